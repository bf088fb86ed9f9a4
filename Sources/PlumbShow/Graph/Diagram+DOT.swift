extension NetworkGraph {
    /// The graph in the language of Graphviz, for `dot -Tsvg`.
    package var dot: String { Diagram(self).dot }
}

extension Diagram {
    fileprivate var dot: String {
        var lines = [
            "digraph plumb {",
            "  rankdir=LR",
            "  graph [fontname=monospace]",
            "  node [shape=box, fontname=monospace, fontsize=11]",
            "  edge [fontname=monospace, fontsize=10]",
        ]
        lines += (outside.map { [$0.dot] } ?? []) + host.dot
        lines += edges.map(\.dot)
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }
}

extension Diagram.Group {
    fileprivate var dot: [String] {
        ["  subgraph cluster_\(id) {", "  label=\(quotedForDOT([title]))"]
            + nodes.map(\.dot) + groups.flatMap(\.dot) + ["  }"]
    }
}

extension Diagram.Node {
    fileprivate var dot: String {
        let style =
            switch kind {
            case .outside: ", shape=oval"
            case .link: ""
            case .port: ", style=rounded"
            case .bridge: ", style=bold"
            }
        return "  \(id) [label=\(quotedForDOT(lines))\(style)]"
    }
}

extension Diagram.Edge {
    fileprivate var dot: String {
        var attributes = label.map { ["label=\(quotedForDOT([$0]))"] } ?? []
        switch kind {
        case .ingress: break
        case .wire: attributes.append("dir=none")
        case .broken: attributes += ["dir=none", "style=dashed"]
        }
        return "  \(from) -> \(to)" + (attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]")
    }
}

/// Lines as a string of DOT, where a backslash begins an escape of labels even before what has none.
func quotedForDOT(_ lines: [String]) -> String {
    let escaped = lines.map { line in
        var text = ""
        for scalar in line.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                text += "?"
                continue
            }
            if scalar == "\\" || scalar == "\"" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text
    }
    return "\"\(escaped.joined(separator: "\\n"))\""
}
