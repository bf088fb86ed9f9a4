/// A picture as values: what lies where.
struct Drawing: Hashable, Sendable {
    /// A box, a line or a text.
    enum Element: Hashable, Sendable {
        case box(Rectangle, BoxStyle)
        case line([Point], LineStyle)
        case text(Text)
    }

    /// A text at a place, as it is shown and in full.
    struct Text: Hashable, Sendable {
        /// Where the text begins, on its base line.
        let start: Point
        let shown: String
        let full: String
        let lettering: Lettering

        /// The room that it takes at most.
        var frame: Rectangle {
            let size = lettering.size
            return Rectangle(x: start.x, y: start.y - size + 2, width: lettering.width(of: shown), height: size + 1)
        }
    }

    enum BoxStyle: Hashable, Sendable {
        case host
        case outside
        case uplink
        case network(Int)
        case container(Int)
        case broken
        case port
        case hostOnlyPort
        case bridge(Int)
    }

    enum LineStyle: Hashable, Sendable {
        /// The way of packets from outside to published ports.
        case ingress
        /// The same, at its end.
        case ingressEnd
        case wire(Int)
        case brokenWire
        case uplink
    }

    let width: Int
    let height: Int
    /// Later ones lie on top of earlier ones.
    let elements: [Element]

    var texts: [Text] {
        elements.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }
}
