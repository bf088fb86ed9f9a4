/// A graph as the diagram languages have it: boxes in groups, and edges between them.
struct Diagram {
    struct Node {
        /// A name of letters, digits and `_`, as every language takes it.
        let id: String
        let lines: [String]
        let kind: Kind
    }

    enum Kind {
        case outside
        case link
        case port
        case bridge
    }

    /// A box around nodes and other groups.
    struct Group {
        let id: String
        let title: String
        var nodes: [Node] = []
        var groups: [Group] = []
    }

    struct Edge {
        let from: String
        let to: String
        var label: String?
        let kind: EdgeKind
    }

    enum EdgeKind {
        /// Packets come this way to a published port.
        case ingress
        /// Packets go both ways.
        case wire
        /// Nothing goes, as an end is missing.
        case broken
    }

    private(set) var outside: Node?
    private(set) var host: Group
    private(set) var edges: [Edge] = []

    init(_ graph: NetworkGraph) {
        host = Group(id: "host", title: "host \(graph.host)")
        let uplinks = graph.uplinks.enumerated().map { number, uplink in
            Node(id: "uplink\(number)", lines: [uplink.name] + uplink.addresses, kind: .link)
        }
        if !uplinks.isEmpty { outside = Node(id: "outside", lines: ["outside"], kind: .outside) }
        host.nodes = uplinks
        edges = uplinks.map { Edge(from: "outside", to: $0.id, kind: .wire) }

        var containers: [String: Int] = [:]
        for (number, network) in graph.networks.enumerated() {
            let lines = ["network \(network.name)", "bridge \(network.bridge)"] + network.gateways
            let bridge = Node(id: "bridge\(number)", lines: lines, kind: .bridge)
            host.nodes.append(bridge)
            for (index, attachment) in network.attachments.enumerated() {
                addPorts(of: attachment, suffix: "\(number)_\(index)", to: bridge, from: uplinks)
                let group = containers[attachment.container] ?? host.groups.count
                if containers.updateValue(group, forKey: attachment.container) == nil {
                    host.groups.append(Group(id: "container\(group)", title: attachment.container))
                }
                addInterface(of: attachment, id: "interface\(number)_\(index)", group: group, to: bridge)
            }
        }
    }

    private mutating func addPorts(
        of attachment: NetworkGraph.Attachment,
        suffix: String,
        to bridge: Node,
        from uplinks: [Node]
    ) {
        for (index, port) in attachment.ports.enumerated() {
            let text = NetworkLane.portText(port, attachment.container)
            let node = Node(id: "port\(suffix)_\(index)", lines: [text], kind: .port)
            host.nodes.append(node)
            if !port.isHostOnly { edges += uplinks.map { Edge(from: $0.id, to: node.id, kind: .ingress) } }
            edges.append(Edge(from: node.id, to: bridge.id, kind: .ingress))
        }
    }

    private mutating func addInterface(
        of attachment: NetworkGraph.Attachment,
        id: String,
        group: Int,
        to bridge: Node
    ) {
        let name = [attachment.interface, attachment.mac].compactMap(\.self)
        let lines = name + attachment.addresses + (attachment.trouble.map { [$0] } ?? [])
        host.groups[group].nodes.append(Node(id: id, lines: lines, kind: .link))
        let kind = attachment.trouble == nil ? EdgeKind.wire : .broken
        edges.append(Edge(from: bridge.id, to: id, label: attachment.hostEnd, kind: kind))
    }
}
