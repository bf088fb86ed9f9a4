/// The box of a container's interface: what is written in it, and how much room that takes.
struct ContainerBox {
    /// A line of text, and how many letters of its end stay when it has to be shortened.
    struct Line {
        let text: String
        let lettering: Lettering
        var keptEnd = 0
    }

    /// How many published ports are named; the rest is counted.
    static let shownPorts = 4

    static let padding = 10
    private static let widths = 176...280

    let lines: [Line]

    init(_ attachment: NetworkGraph.Attachment) {
        var lines = [
            Line(text: attachment.container, lettering: .name),
            Line(
                text: [attachment.interface, attachment.mac].compactMap(\.self).joined(separator: " · "),
                lettering: .faint
            ),
        ]
        // The end of an IPv6 address tells it from the others of its subnet.
        lines += attachment.addresses.map { Line(text: $0, lettering: .plain, keptEnd: 12) }
        lines += attachment.ports.prefix(Self.shownPorts).map {
            Line(text: "\($0.host) → \($0.container)", lettering: .port, keptEnd: 8)
        }
        if attachment.ports.count > Self.shownPorts {
            lines.append(Line(text: "and \(attachment.ports.count - Self.shownPorts) more ports", lettering: .port))
        }
        if !attachment.otherNetworks.isEmpty {
            let networks = attachment.otherNetworks.joined(separator: ", ")
            lines.append(Line(text: "also on \(networks)", lettering: .faint))
        }
        if let trouble = attachment.trouble { lines.append(Line(text: trouble, lettering: .trouble)) }
        self.lines = lines
    }

    var height: Int { lines.reduce(2 * Self.padding) { $0 + $1.lettering.lineHeight } }

    /// The width in which all boxes hold their texts; what is longer than the widest box is shortened.
    static func commonWidth(_ boxes: [ContainerBox], hostEnds: [String]) -> Int {
        let texts = boxes.flatMap(\.lines).map { $0.lettering.width(of: $0.text) + 2 * padding }
        let ends = hostEnds.map { Lettering.faint.width(of: $0) + NetworkLane.wireInset + 2 * padding }
        return min(max((texts + ends).max() ?? 0, widths.lowerBound), widths.upperBound)
    }

    /// The texts in a box whose upper left corner is given.
    func texts(at corner: Point, width: Int) -> [Drawing.Element] {
        var y = corner.y + Self.padding
        return lines.map { line in
            y += line.lettering.lineHeight
            return .text(
                line.text,
                line.lettering,
                at: Point(x: corner.x + Self.padding, y: y - 4),
                width: width - 2 * Self.padding,
                keepingEnd: line.keptEnd
            )
        }
    }
}

extension Drawing.Element {
    /// A text that is shortened to a width in pixels.
    static func text(
        _ text: String,
        _ lettering: Lettering,
        at start: Point,
        width: Int,
        keepingEnd end: Int = 0
    ) -> Self {
        let shown = Lettering.shortened(text, to: lettering.columns(in: width), keeping: end)
        return .text(Drawing.Text(start: start, shown: shown, full: text, lettering: lettering))
    }
}
