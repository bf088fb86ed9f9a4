import Glibc
import PlumbLinux
import Testing

@testable import PlumbShow

@Suite struct `The picture of the networks` {
    static let graphs: [NetworkGraph] = [.example, .worst, .many(0), .many(1), .many(4), .many(40), .many(200)]

    @Test func `is the one of the README`() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/Sources/plumb/Documentation/networks.svg"
        if unsafe getenv("UPDATE_PICTURE") != nil {
            let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            try file.writeAll(Array(NetworkGraph.example.svg.utf8))
        }
        let picture = try readText(path) + "\n"
        #expect(
            picture == NetworkGraph.example.svg,
            "UPDATE_PICTURE=1 swift test --filter PlumbShowTests draws it anew"
        )
    }

    @Test(arguments: graphs) func `has no text over another`(graph: NetworkGraph) {
        let texts = GraphPicture(graph).drawing.texts
        for (index, text) in texts.enumerated() {
            for other in texts[..<index] where text.frame.overlaps(other.frame) {
                Issue.record("\(text.shown) lies over \(other.shown)")
            }
        }
    }

    @Test(arguments: graphs) func `has each text within the innermost box around its beginning`(graph: NetworkGraph) {
        let drawing = GraphPicture(graph).drawing
        let paper = Rectangle(x: 0, y: 0, width: drawing.width, height: drawing.height)
        let boxes = drawing.elements.compactMap { if case .box(let box, _) = $0 { box } else { nil } }
        for box in boxes { #expect(paper.contains(box)) }
        for text in drawing.texts {
            let start = Rectangle(x: text.frame.x, y: text.frame.y, width: 1, height: text.frame.height)
            let around = boxes.filter { $0.contains(start) }.min { $0.width * $0.height < $1.width * $1.height }
            #expect((around ?? paper).contains(text.frame), "\(text.shown)")
        }
    }

    @Test(arguments: graphs) func `keeps boxes of one kind apart`(graph: NetworkGraph) {
        var boxes: [Rectangle] = []
        for case .box(let box, let style) in GraphPicture(graph).drawing.elements {
            switch style {
            case .container, .broken, .port, .hostOnlyPort, .uplink, .outside: boxes.append(box)
            case .host, .network, .bridge: break
            }
        }
        for (index, box) in boxes.enumerated() {
            #expect(!boxes[..<index].contains { $0.overlaps(box) }, "\(box)")
        }
    }

    @Test func `names every container, address and port, in full where it is shortened`() {
        for graph in Self.graphs {
            let texts = Set(GraphPicture(graph).drawing.texts.map(\.full))
            for attachment in graph.networks.flatMap(\.attachments) {
                #expect(texts.contains(attachment.container) && texts.contains(attachment.hostEnd))
                #expect(texts.isSuperset(of: attachment.addresses))
                for port in attachment.ports.prefix(ContainerBox.shownPorts) {
                    #expect(texts.contains("\(port.host) → \(attachment.container):\(port.container)"))
                }
            }
        }
    }

    @Test func `stays legible with many containers`() {
        let drawing = GraphPicture(.many(40)).drawing
        #expect(drawing.width <= 2000 && drawing.height <= 2000, "\(drawing.width) by \(drawing.height)")
    }

    @Test func `says that nothing is attached`() {
        let graph = NetworkGraph(host: "tern", uplinks: [], networks: [])
        #expect(graph.svg.contains("No containers are attached."))
    }

    @Test(arguments: [
        ("<a & \"b\">", "&lt;a &amp; &quot;b&quot;&gt;"),
        ("bell\u{7}\u{0}", "bell??"),
        ("容器", "容器"),
    ])
    func `escapes what XML would read as its own`(text: String, escaped: String) {
        #expect(escapedForXML(text) == escaped)
    }
}

@Suite struct `The diagrams in text` {
    @Test func `escape what their languages would read as their own`() {
        #expect(quotedForDOT([#"a"b\n"#, "c\nd"]) == #""a\"b\\n\nc?d""#)
        #expect(quotedForMermaid([#"a"b#;`"#, "<c>"]) == #""a#34;b#35;#59;#96;<br>#60;c#62;""#)
    }

    @Test func `have a node for each interface, and one group for a container on two networks`() {
        let dot = NetworkGraph.example.dot
        let mermaid = NetworkGraph.example.mermaid
        #expect(dot.components(of: "subgraph cluster_container") == 3)
        #expect(mermaid.components(of: "subgraph container") == 3)
        #expect(dot.components(of: "interface") == 8 && mermaid.components(of: "interface") == 8)
        #expect(mermaid.components(of: "\n  end") == 4)
    }

    @Test func `lead from outside to open ports only`() {
        let diagram = Diagram(.example)
        let entered = Set(diagram.edges.filter { $0.from == "uplink0" }.map(\.to))
        #expect(entered == ["port0_0_0", "port0_0_1", "port0_0_2"])
        #expect(diagram.edges.contains { $0.from == "port0_1_0" && $0.to == "bridge0" })
    }
}

extension String {
    /// How often a text is in this one.
    fileprivate func components(of text: String) -> Int {
        indices.count { self[$0...].hasPrefix(text) }
    }
}
