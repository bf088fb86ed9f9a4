import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink

/// What a name leads to as JSON for programs; `kind` tells which of the other keys there are.
///
/// The keys are a promise, as those of `SurveyDocument`.
package struct DetailDocument: Encodable {
    /// `container`, `network` or `link`.
    let kind: String
    let name: String
    var attachments: [AttachmentDocument]?
    var network: NetworkDocument?
    var link: SurveyDocument.Unrecorded?
    /// Why the store can't be read, and the rest of it told; absent where it can.
    var problems: [ProblemDocument]?

    init(container: String, _ inspections: [AttachmentInspection]) {
        kind = "container"
        name = container
        attachments = inspections.map(AttachmentDocument.init)
    }

    init(_ inspection: NetworkInspection) {
        kind = "network"
        name = inspection.network.name
        network = NetworkDocument(inspection)
    }

    init(_ link: Survey.UnrecordedLink) {
        kind = "link"
        name = link.link.name
        self.link = SurveyDocument.Unrecorded(link)
    }
}

/// An attachment in depth.
struct AttachmentDocument: Encodable {
    /// The same as in the list of all.
    let attachment: SurveyDocument.Item
    let sandbox: SandboxDocument
    /// The end in the sandbox; absent when it is gone or out of reach.
    let containerEnd: LinkDocument?
    /// The end on the host; absent when it is gone.
    let hostEnd: LinkDocument?
    let rules: [RuleDocument]
    let connections: [ConnectionDocument]
    /// The host's sysctls that matter, by name.
    let sysctls: [String: String]
    let problems: [ProblemDocument]

    init(_ inspection: AttachmentInspection) {
        attachment = SurveyDocument.Item(inspection.item, Health(inspection.problems))
        sandbox = SandboxDocument(inspection)
        containerEnd = (inspection.sandbox?.link).map(LinkDocument.init)
        hostEnd = inspection.item.link.map(LinkDocument.init)
        rules = inspection.rules.map(RuleDocument.init)
        connections = inspection.connections.map(ConnectionDocument.init)
        sysctls = inspection.hostSysctls.byName
        problems = inspection.problems.map(ProblemDocument.init)
    }
}

/// What is in a sandbox.
struct SandboxDocument: Encodable {
    struct Process: Encodable {
        let pid: Int32
        let name: String
    }

    struct Owner: Encodable {
        let inode: UInt64
        let uid: UInt32
    }

    struct Address: Encodable {
        let address: String
        /// `usable`, `tentative` or `duplicate`.
        let state: String
    }

    struct Route: Encodable {
        let destination: String
        let gateway: String?
        let metric: Int?
        let mtu: Int?
    }

    struct Neighbour: Encodable {
        let address: String
        let mac: String?
        let state: String
    }

    struct Listener: Encodable {
        let `protocol`: String
        let address: String?
        let port: Int
        let processes: [Process]
    }

    let path: String
    let device: UInt64
    let inode: UInt64
    /// Whether it could be looked into; if not, the lists below may lack what is there.
    let entered: Bool
    let userNamespace: Owner?
    let processes: [Process]
    let addresses: [Address]
    let routes: [Route]
    let neighbours: [Neighbour]
    let listeners: [Listener]
    let sysctls: [String: String]

    init(_ inspection: AttachmentInspection) {
        let recorded = inspection.attachment.sandbox
        let sandbox = inspection.sandbox ?? SandboxInspection()
        path = recorded.path
        device = recorded.identity.device
        inode = recorded.identity.inode
        entered = sandbox.isEntered
        userNamespace = sandbox.userNamespace.map { Owner(inode: $0.identity.inode, uid: $0.owner) }
        processes = sandbox.processes.map { Process(pid: $0.pid, name: $0.name) }
        addresses = sandbox.addresses.map { address in
            let state = address.isDuplicate ? "duplicate" : address.isTentative ? "tentative" : "usable"
            return Address(address: "\(address.prefix)", state: state)
        }
        routes = sandbox.routes.map { route in
            Route(
                destination: "\(route.destination)",
                gateway: route.gateway?.description,
                metric: route.metric,
                mtu: route.mtu
            )
        }
        neighbours = sandbox.neighbours.map { neighbour in
            Neighbour(address: "\(neighbour.address)", mac: neighbour.mac?.description, state: neighbour.state)
        }
        listeners = sandbox.listeners.map { listener in
            Listener(
                protocol: listener.transport.name,
                address: listener.boundAddress?.description,
                port: Int(listener.port),
                processes: sandbox.holders(of: listener).map { Process(pid: $0.pid, name: $0.name) }
            )
        }
        sysctls = sandbox.sysctls.byName
    }
}

extension [InspectedSysctl] {
    var byName: [String: String] { Dictionary(map { ($0.name, $0.value) }) { first, _ in first } }
}
