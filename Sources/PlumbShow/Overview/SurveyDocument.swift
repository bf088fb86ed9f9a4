import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// A survey as JSON for programs.
///
/// The keys are a promise: they may be added to, but neither be renamed nor change their meaning. A key without a value
/// is left out.
package struct SurveyDocument: Encodable {
    struct Network: Encodable {
        let name: String
        let bridge: String?
        let health: Health
        let rangeSets: [RangeSet]
    }

    struct RangeSet: Encodable {
        let subnets: [String]
        let gateways: [String]
        /// Counts are text, since those of IPv6 are beyond what JSON readers keep exact.
        let used: String
        let free: String
    }

    struct Item: Encodable {
        let container: String
        let network: String
        let interface: String
        let mac: String
        let mtu: Int
        let addresses: [String]
        let sandbox: String
        let bridge: String
        let hostVeth: String
        let hostMAC: String
        let hostIndex: Int?
        let peerIndex: Int?
        let state: String
        let health: Health
        /// In seconds since 1970.
        let attachedAt: Int64
        let publishedPorts: [Port]
    }

    struct Port: Encodable {
        let hostIP: String?
        let hostPort: Int
        let containerPort: Int
        let `protocol`: String
        /// How many ports follow each other; nil for a single one.
        let range: Int?
    }

    struct Unrecorded: Encodable {
        let hostVeth: String
        let hostIndex: Int
        let peerIndex: Int?
        let bridge: String?
        /// The beginning of the container's id, as far as the mark holds it.
        let container: String
        let network: String
        let interface: String
    }

    let stateDirectory: String
    let networks: [Network]
    let attachments: [Item]
    let unrecorded: [Unrecorded]
    let problems: [ProblemDocument]

    package init(_ survey: Survey) {
        let health = HealthReport(survey)
        stateDirectory = survey.stateDirectory
        networks = survey.networks.map { Network($0, health.health(ofNetwork: $0.name)) }
        attachments = survey.items.map { Item($0, health.health(of: $0.attachment.key)) }
        unrecorded = survey.unrecorded.map(Unrecorded.init)
        problems = survey.problems.map(ProblemDocument.init)
    }
}

/// A problem as JSON for programs.
struct ProblemDocument: Encodable {
    let severity: String
    /// `store`, `firewall`, `network`, `attachment` or `link`.
    let subject: String
    let network: String?
    let container: String?
    let interface: String?
    let link: String?
    let text: String
    /// Commands that a shell takes as they are.
    let fixes: [String]
    /// What helps and is no command; absent where there is nothing to say.
    let advice: [String]?

    init(_ problem: Problem) {
        severity = Health([problem]).rawValue
        text = problem.text
        fixes = problem.fixes
        advice = problem.advice.isEmpty ? nil : problem.advice
        var (network, container, interface, link): (String?, String?, String?, String?)
        switch problem.subject {
        case .store:
            subject = "store"
        case .firewall:
            subject = "firewall"
        case .network(let name):
            subject = "network"
            network = name
        case .attachment(let key):
            subject = "attachment"
            (network, container, interface) = (key.network, key.container, key.interface)
        case .link(let name):
            subject = "link"
            link = name
        }
        (self.network, self.container, self.interface, self.link) = (network, container, interface, link)
    }
}

extension SurveyDocument.Network {
    init(_ network: Survey.Network, _ health: Health) {
        self.init(
            name: network.name,
            bridge: network.bridge,
            health: health,
            rangeSets: network.usage.map { usage in
                SurveyDocument.RangeSet(
                    subnets: usage.subnets.map(\.description),
                    gateways: usage.gateways.map(\.description),
                    used: "\(usage.used)",
                    free: "\(usage.free)"
                )
            }
        )
    }
}

extension SurveyDocument.Item {
    init(_ item: Survey.Item, _ health: Health) {
        let attachment = item.attachment
        self.init(
            container: attachment.key.container,
            network: attachment.key.network,
            interface: attachment.containerInterface.name,
            mac: attachment.containerInterface.mac.description,
            mtu: attachment.link.mtu,
            addresses: attachment.addresses.map(\.prefix.description),
            sandbox: attachment.sandbox.path,
            bridge: attachment.bridge.name,
            hostVeth: attachment.hostInterface.name,
            hostMAC: attachment.hostInterface.mac.description,
            hostIndex: item.link?.index,
            peerIndex: item.peerIndex,
            state: item.state.rawValue,
            health: health,
            attachedAt: item.createdAt,
            publishedPorts: attachment.publishedPorts.map(SurveyDocument.Port.init)
        )
    }
}

extension SurveyDocument.Port {
    init(_ port: PublishedPort) {
        self.init(
            hostIP: port.hostAddress?.description,
            hostPort: Int(port.hostPort),
            containerPort: Int(port.containerPort),
            protocol: port.transport.rawValue,
            range: port.count == 1 ? nil : Int(port.count)
        )
    }
}

extension SurveyDocument.Unrecorded {
    init(_ link: Survey.UnrecordedLink) {
        self.init(
            hostVeth: link.link.name,
            hostIndex: link.link.index,
            peerIndex: link.link.peerIndex,
            bridge: link.bridge,
            container: link.container,
            network: link.network,
            interface: link.interface
        )
    }
}
