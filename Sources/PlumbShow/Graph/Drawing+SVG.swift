extension Drawing {
    /// The colours that tell networks apart: strong enough for text on white (WCAG 2.2 §1.4.3), and few.
    private static let hues = ["#0550ae", "#116329", "#8250df", "#953800", "#1b7c83", "#a40e26"]

    /// The picture as a document of SVG 1.1, which browsers, `rsvg-convert` and README files on the web show.
    var svg: String {
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img">
            """,
            "<style>", Self.styleSheet, "</style>",
            """
            <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" \
            orient="auto"><path d="M0 0L8 4L0 8z" fill="#953800"/></marker></defs>
            """,
            "<rect class=\"paper\" width=\"\(width)\" height=\"\(height)\" rx=\"8\"/>",
        ]
        lines += elements.map(\.svg)
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private static var styleSheet: String {
        var rules = [
            "text { font-family: 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace; fill: #1f2328; }",
            ".heading, .name { font-weight: bold; }",
            "text.port { fill: #953800; }",
            "text.faint { fill: #59636e; }",
            "text.trouble { fill: #a40e26; font-weight: bold; }",
            "rect { fill: #ffffff; stroke-width: 1.5; }",
            "rect.paper { stroke: none; }",
            "rect.host { fill: #f6f8fa; stroke: #59636e; }",
            "rect.outside { fill: #eaeef2; stroke: none; }",
            "rect.uplink { stroke: #59636e; }",
            "rect.published { fill: #fff1e5; stroke: #953800; }",
            "rect.host-only { fill: #fff1e5; stroke: #953800; stroke-dasharray: 4 3; }",
            "rect.broken { stroke: #a40e26; stroke-dasharray: 6 4; }",
            "polyline { fill: none; stroke-width: 1.5; }",
            ".ingress { stroke: #953800; }",
            ".uplink-line { stroke: #59636e; stroke-width: 3; }",
            ".broken-wire { stroke: #a40e26; stroke-dasharray: 4 4; }",
        ]
        rules += Lettering.allCases.map { ".\($0.rawValue) { font-size: \($0.size)px; }" }
        for (number, hue) in hues.enumerated() {
            rules.append(".hue\(number) { stroke: \(hue); } rect.bridge.hue\(number) { fill: \(hue); }")
        }
        return rules.joined(separator: "\n")
    }

    fileprivate static func hue(_ network: Int) -> String { "hue\(network % hues.count)" }
}

extension Drawing.Element {
    fileprivate var svg: String {
        switch self {
        case .box(let box, let style):
            return """
                <rect class="\(style.classes)" x="\(box.x)" y="\(box.y)" width="\(box.width)" height="\(box.height)" \
                rx="\(style.cornerRadius)"/>
                """
        case .line(let points, let style):
            let path = points.map { "\($0.x),\($0.y)" }.joined(separator: " ")
            let arrow = style == .ingressEnd ? " marker-end=\"url(#arrow)\"" : ""
            return "<polyline class=\"\(style.classes)\" points=\"\(path)\"\(arrow)/>"
        case .text(let text):
            let title = text.shown == text.full ? "" : "<title>\(escapedForXML(text.full))</title>"
            return """
                <text class="\(text.lettering.rawValue)" x="\(text.start.x)" y="\(text.start.y)">\
                \(escapedForXML(text.shown))\(title)</text>
                """
        }
    }
}

extension Drawing.BoxStyle {
    fileprivate var classes: String {
        switch self {
        case .host: "host"
        case .outside: "outside"
        case .uplink: "uplink"
        case .network(let number): "network \(Drawing.hue(number))"
        case .container(let number): "container \(Drawing.hue(number))"
        case .broken: "broken"
        case .port: "published"
        case .hostOnlyPort: "host-only"
        case .bridge(let number): "bridge \(Drawing.hue(number))"
        }
    }

    fileprivate var cornerRadius: Int {
        switch self {
        case .host, .outside, .network: 8
        case .uplink, .container, .broken, .port, .hostOnlyPort: 4
        case .bridge: 2
        }
    }
}

extension Drawing.LineStyle {
    fileprivate var classes: String {
        switch self {
        case .ingress, .ingressEnd: "ingress"
        case .wire(let number): Drawing.hue(number)
        case .brokenWire: "broken-wire"
        case .uplink: "uplink-line"
        }
    }
}

/// A text as it stands in XML (XML 1.0 §2.4); control characters, which XML has no room for, become `?`.
func escapedForXML(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case _ where scalar.properties.generalCategory == .control: escaped += "?"
        case "\u{FFFE}", "\u{FFFF}": escaped += "?"
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped
}
