import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink

/// A link as JSON for programs.
struct LinkDocument: Encodable {
    struct Counters: Encodable {
        let packets: UInt64
        let bytes: UInt64
        let errors: UInt64
        let dropped: UInt64

        init(_ counters: LinkCounters) {
            packets = counters.packets
            bytes = counters.bytes
            errors = counters.errors
            dropped = counters.dropped
        }
    }

    let name: String
    let index: Int
    let peerIndex: Int?
    let mac: String?
    let mtu: Int
    let up: Bool
    let carrier: Bool
    let state: String
    let alias: String?
    let received: Counters
    let sent: Counters

    init(_ link: Link) {
        name = link.name
        index = link.index
        peerIndex = link.peerIndex
        mac = link.mac?.description
        mtu = link.mtu
        up = link.isUp
        carrier = link.hasCarrier
        state = link.operationalState
        alias = link.alias
        received = Counters(link.received)
        sent = Counters(link.sent)
    }
}

/// A rule as JSON for programs.
struct RuleDocument: Encodable {
    let family: String
    let table: String
    let chain: String
    /// As `iptables -S` or `nft list ruleset` prints it.
    let rule: String
    /// Absent where nobody counts.
    let packets: UInt64?
    let bytes: UInt64?

    init(_ rule: InspectedRule) {
        family =
            switch rule.syntax {
            case .iptables(let family): family.rawValue
            case .nftables(let family): family
            }
        table = rule.table
        chain = rule.chain
        self.rule = rule.rule.text
        packets = rule.rule.packets
        bytes = rule.rule.bytes
    }
}

/// A tracked connection as JSON for programs.
struct ConnectionDocument: Encodable {
    struct End: Encodable {
        let address: String?
        let port: Int

        init(_ end: TrackedConnection.End) {
            address = end.address?.description
            port = Int(end.port)
        }
    }

    let `protocol`: String
    let source: End
    let destination: End
    let answeredBy: End
    let answeredTo: End

    init(_ connection: TrackedConnection) {
        `protocol` = connection.protocol
        source = End(connection.source)
        destination = End(connection.destination)
        answeredBy = End(connection.answeredBy)
        answeredTo = End(connection.answeredTo)
    }
}

/// A network in depth.
struct NetworkDocument: Encodable {
    struct Port: Encodable {
        let link: LinkDocument
        /// Absent for a link that plumb did not plug in.
        let owner: String?
    }

    /// The same as in the list of all.
    let network: SurveyDocument.Network
    /// Absent when it is missing.
    let bridge: LinkDocument?
    let addresses: [String]
    let attachments: [SurveyDocument.Item]
    let ports: [Port]
    let rules: [RuleDocument]
    let sysctls: [String: String]
    let problems: [ProblemDocument]

    init(_ inspection: NetworkInspection) {
        network = SurveyDocument.Network(inspection.network, Health(inspection.problems))
        bridge = inspection.bridge.map(LinkDocument.init)
        addresses = inspection.addresses.map(\.description)
        attachments = inspection.items.map { item in
            let subject = Problem.Subject.attachment(item.attachment.key)
            return SurveyDocument.Item(item, Health(inspection.problems.filter { $0.subject == subject }))
        }
        ports = inspection.ports.map { Port(link: LinkDocument($0.link), owner: $0.owner) }
        rules = inspection.rules.map(RuleDocument.init)
        sysctls = inspection.sysctls.byName
        problems = inspection.problems.map(ProblemDocument.init)
    }
}
