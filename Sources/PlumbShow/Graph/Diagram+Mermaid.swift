extension NetworkGraph {
    /// The graph as a Mermaid flowchart, which Markdown viewers show as a picture.
    package var mermaid: String { Diagram(self).mermaid }
}

extension Diagram {
    fileprivate var mermaid: String {
        let lines = ["flowchart LR"] + (outside.map { [$0.mermaid] } ?? []) + host.mermaid + edges.map(\.mermaid)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Diagram.Group {
    fileprivate var mermaid: [String] {
        ["  subgraph \(id) [\(quotedForMermaid([title]))]"]
            + nodes.map(\.mermaid) + groups.flatMap(\.mermaid) + ["  end"]
    }
}

extension Diagram.Node {
    fileprivate var mermaid: String {
        let text = quotedForMermaid(lines)
        return switch kind {
        case .outside: "  \(id)([\(text)])"
        case .link: "  \(id)[\(text)]"
        case .port: "  \(id)(\(text))"
        case .bridge: "  \(id)[[\(text)]]"
        }
    }
}

extension Diagram.Edge {
    fileprivate var mermaid: String {
        let line =
            switch kind {
            case .ingress: "-->"
            case .wire: "---"
            case .broken: "-.-"
            }
        let text = label.map { "|\(quotedForMermaid([$0]))|" } ?? ""
        return "  \(from) \(line)\(text) \(to)"
    }
}

/// Lines as a quoted text of Mermaid, in which all but letters, digits and a few signs stand as their numbers (`#35;`).
func quotedForMermaid(_ lines: [String]) -> String {
    let plain = Set(" .:,/-_@→".unicodeScalars)
    let escaped = lines.map { line in
        var text = ""
        for scalar in line.unicodeScalars {
            let isLetterOrDigit = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            switch scalar {
            case _ where scalar.properties.generalCategory == .control: text += "?"
            case _ where isLetterOrDigit || plain.contains(scalar): text.unicodeScalars.append(scalar)
            default: text += "#\(scalar.value);"
            }
        }
        return text
    }
    return "\"\(escaped.joined(separator: "<br>"))\""
}
