/// A network's part of the picture: its bridge as a comb whose teeth are rows of containers, and its published ports.
///
/// ```
///                     │ network lan
///  8888/tcp → web:80  │ ▌──┬─────────┬────
///  ─────────────────► │ ▌ web       db
///                     │ ▌──┬─────────┬────
/// ```
struct NetworkLane {
    /// What all lanes of a picture have in common.
    struct Measures {
        /// How many containers stand side by side.
        let columns: Int
        let boxWidth: Int
        let portWidth: Int
        /// The room within a lane's frame.
        let innerWidth: Int
    }

    /// From the left side of a container's box to the wire that ends there.
    static let wireInset = 18

    static let padding = 14
    static let gap = 18
    static let barWidth = 10
    private static let wireLength = 36
    static let portHeight = 22
    private static let portPitch = 28
    private static let headLettering: [Lettering] = [.name, .plain, .faint]
    static let headHeight = headLettering.reduce(padding) { $0 + $1.lineHeight } + 14

    private let network: NetworkGraph.Network
    private let number: Int
    private let measures: Measures
    private let boxes: [ContainerBox]

    /// Lays a network out; its number among the networks chooses its colour.
    init(_ network: NetworkGraph.Network, number: Int, measures: Measures) {
        self.network = network
        self.number = number
        self.measures = measures
        boxes = network.attachments.map(ContainerBox.init)
    }

    static func headTexts(_ network: NetworkGraph.Network) -> [String] {
        let count = network.attachments.count
        return [
            "network \(network.name)",
            (["bridge \(network.bridge)"] + network.gateways).joined(separator: " · "),
            (network.rules + [count == 1 ? "1 container" : "\(count) containers"]).joined(separator: " · "),
        ]
    }

    static func headWidth(_ network: NetworkGraph.Network) -> Int {
        zip(headTexts(network), headLettering).map { $1.width(of: $0) }.max() ?? 0
    }

    /// The published ports, each with the container that it leads to.
    static func ports(_ network: NetworkGraph.Network) -> [(port: NetworkGraph.Port, container: String)] {
        network.attachments.flatMap { attachment in
            attachment.ports.prefix(ContainerBox.shownPorts).map { ($0, attachment.container) }
        }
    }

    static func portText(_ port: NetworkGraph.Port, _ container: String, columns: Int = .max) -> String {
        let rest = Lettering.columns(of: "\(port.host) → :\(port.container)")
        let name = Lettering.shortened(container, to: max(4, columns - rest))
        return "\(port.host) → \(name):\(port.container)"
    }

    private var rows: [Range<Int>] {
        stride(from: 0, to: boxes.count, by: measures.columns).map { start in
            start..<min(start + measures.columns, boxes.count)
        }
    }

    var height: Int {
        let rowsHeight = rows.reduce(0) { $0 + height(ofRow: $1) }
        return Self.headHeight + max(rowsHeight - Self.gap, Self.ports(network).count * Self.portPitch) + Self.padding
    }

    private func height(ofRow row: Range<Int>) -> Int {
        Self.wireLength + (boxes[row].map(\.height).max() ?? 0) + Self.gap
    }

    /// What is to be drawn for a lane whose frame begins at a corner, with the ports left of it.
    func elements(at corner: Point, ports portX: Int, rail railX: Int?) -> [Drawing.Element] {
        let frame = Rectangle(
            x: corner.x,
            y: corner.y,
            width: measures.innerWidth + 2 * Self.padding,
            height: height
        )
        return [.box(frame, .network(number))] + head(in: frame) + comb(in: frame)
            + portElements(at: Point(x: portX, y: frame.y + Self.headHeight), in: frame, rail: railX)
    }

    private func head(in frame: Rectangle) -> [Drawing.Element] {
        var y = frame.y + Self.padding
        return zip(Self.headTexts(network), Self.headLettering).map { text, lettering in
            y += lettering.lineHeight
            return .text(
                text,
                lettering,
                at: Point(x: frame.x + Self.padding, y: y - 4),
                width: measures.innerWidth
            )
        }
    }

    private func comb(in frame: Rectangle) -> [Drawing.Element] {
        let barX = frame.x + Self.padding
        let firstX = barX + Self.barWidth + Self.gap
        var elements: [Drawing.Element] = []
        var y = frame.y + Self.headHeight
        var lastY = y
        for row in rows {
            lastY = y
            let end = firstX + (row.count - 1) * (measures.boxWidth + Self.gap) + Self.wireInset
            elements.append(.line([Point(x: barX, y: y), Point(x: end, y: y)], .wire(number)))
            for (column, index) in row.enumerated() {
                let x = firstX + column * (measures.boxWidth + Self.gap)
                elements += container(index, at: Point(x: x, y: y + Self.wireLength), below: y)
            }
            y += height(ofRow: row)
        }
        let bar = Rectangle(
            x: barX,
            y: frame.y + Self.headHeight - 8,
            width: Self.barWidth,
            height: lastY - frame.y - Self.headHeight + 16
        )
        return elements + [.box(bar, .bridge(number))]
    }

    private func container(_ index: Int, at corner: Point, below railY: Int) -> [Drawing.Element] {
        let attachment = network.attachments[index]
        let box = boxes[index]
        let x = corner.x + Self.wireInset
        let isWhole = attachment.trouble == nil
        let frame = Rectangle(x: corner.x, y: corner.y, width: measures.boxWidth, height: box.height)
        return [
            .line([Point(x: x, y: railY), Point(x: x, y: corner.y)], isWhole ? .wire(number) : .brokenWire),
            .box(Rectangle(x: x - 4, y: railY - 4, width: 8, height: 8), .bridge(number)),
            .box(frame, isWhole ? .container(number) : .broken),
            .box(Rectangle(x: x - 4, y: corner.y - 4, width: 8, height: 8), .bridge(number)),
            .text(
                attachment.hostEnd,
                .faint,
                at: Point(x: x + 10, y: railY + Self.wireLength / 2 + 5),
                width: measures.boxWidth - Self.wireInset - 10
            ),
        ] + box.texts(at: corner, width: measures.boxWidth)
    }

    private func portElements(at corner: Point, in frame: Rectangle, rail railX: Int?) -> [Drawing.Element] {
        let ports = Self.ports(network)
        guard !ports.isEmpty else { return [] }
        var elements: [Drawing.Element] = []
        let collectorX = corner.x + measures.portWidth + Self.padding
        for (index, (port, container)) in ports.enumerated() {
            let y = corner.y + index * Self.portPitch
            let box = Rectangle(
                x: corner.x,
                y: y - Self.portHeight / 2,
                width: measures.portWidth,
                height: Self.portHeight
            )
            if let railX, !port.isHostOnly {
                elements.append(.line([Point(x: railX, y: y), Point(x: box.x, y: y)], .ingressEnd))
            }
            elements.append(.line([Point(x: box.right, y: y), Point(x: collectorX, y: y)], .ingress))
            elements.append(.box(box, port.isHostOnly ? .hostOnlyPort : .port))
            elements.append(portText(port, container, in: box))
        }
        let lastY = corner.y + (ports.count - 1) * Self.portPitch
        elements.append(.line([Point(x: collectorX, y: lastY), Point(x: collectorX, y: corner.y)], .ingress))
        let bar = Point(x: frame.x + Self.padding, y: corner.y)
        return elements + [.line([Point(x: collectorX, y: corner.y), bar], .ingressEnd)]
    }

    private func portText(_ port: NetworkGraph.Port, _ container: String, in box: Rectangle) -> Drawing.Element {
        let columns = Lettering.port.columns(in: box.width - 16)
        // First the name gives way; an address of IPv6 with a range of ports may be too long without any.
        let named = Self.portText(port, container, columns: columns)
        let text = Drawing.Text(
            start: Point(x: box.x + 8, y: box.y + Self.portHeight / 2 + 4),
            shown: Lettering.shortened(named, to: columns, keeping: columns / 2),
            full: Self.portText(port, container),
            lettering: .port
        )
        return .text(text)
    }

    /// The height of the last published port's middle below the lane's upper side, if there is one that others reach.
    var lastOpenPort: Int? {
        Self.ports(network).lastIndex { !$0.port.isHostOnly }.map { Self.headHeight + $0 * Self.portPitch }
    }
}
