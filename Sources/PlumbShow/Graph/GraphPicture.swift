/// The picture of a graph: the host as a box, its uplinks and published ports on the left, a lane for each network.
struct GraphPicture {
    private static let margin = 16
    private static let outsideWidth = 84
    private static let wallGap = 40
    private static let headHeight = 36
    private static let portWidths = 120...320
    private static let widestUplink = 420

    private let graph: NetworkGraph
    private let measures: NetworkLane.Measures
    private let hasPorts: Bool

    init(_ graph: NetworkGraph) {
        self.graph = graph
        let attachments = graph.networks.flatMap(\.attachments)
        let boxWidth = ContainerBox.commonWidth(
            attachments.map(ContainerBox.init),
            hostEnds: attachments.map(\.hostEnd)
        )
        let columns = Self.columns(graph.networks.map(\.attachments.count).max() ?? 0)
        let combWidth = NetworkLane.barWidth + columns * (boxWidth + NetworkLane.gap)
        let headWidth = graph.networks.map(NetworkLane.headWidth).max() ?? 0
        let portTexts = graph.networks.flatMap(NetworkLane.ports).map { NetworkLane.portText($0.port, $0.container) }
        let portWidth = (portTexts.map { Lettering.port.width(of: $0) }.max() ?? 0) + 16
        hasPorts = !portTexts.isEmpty
        measures = NetworkLane.Measures(
            columns: columns,
            boxWidth: boxWidth,
            portWidth: min(max(portWidth, Self.portWidths.lowerBound), Self.portWidths.upperBound),
            innerWidth: max(combWidth, min(headWidth, 360))
        )
    }

    /// About twice as wide as high, as screens are, with at most six containers in a row.
    private static func columns(_ count: Int) -> Int {
        guard count > 3 else { return max(1, count) }
        return min(6, Int((Double(count) * 1.3).squareRoot().rounded(.up)))
    }

    var drawing: Drawing {
        let hostX = graph.uplinks.isEmpty ? Self.margin : Self.margin + Self.outsideWidth + Self.wallGap
        let uplinks = uplinkBoxes(at: Point(x: hostX + Self.margin, y: Self.margin + Self.headHeight))
        let railX = hostX + Self.margin + 12
        let portX = railX + 20
        let laneX = hasPorts ? portX + measures.portWidth + NetworkLane.padding + 20 : hostX + Self.margin
        let top = top(below: uplinks.last?.frame, laneX: laneX)
        let lanes = lanes(top: top, laneX: laneX, portX: portX, railX: graph.uplinks.isEmpty ? nil : railX)

        let right = max(
            graph.networks.isEmpty ? hostX + 320 : laneX + measures.innerWidth + 2 * NetworkLane.padding,
            uplinks.map(\.frame.right).max() ?? 0
        )
        let host = Rectangle(
            x: hostX,
            y: Self.margin,
            width: right + Self.margin - hostX,
            height: max(lanes.bottom, uplinks.last?.frame.bottom ?? 0)
        )
        var elements: [Drawing.Element] = [.box(host, .host)]
        elements.append(heading(in: host))
        if let railEnd = lanes.railEnd, let first = uplinks.first {
            elements.append(.line([Point(x: railX, y: first.frame.y), Point(x: railX, y: railEnd)], .ingress))
        }
        elements += uplinks.flatMap { outside($0.frame, wall: hostX) + $0.elements } + lanes.elements
        return Drawing(
            width: host.right + Self.margin,
            height: host.bottom + Self.margin,
            elements: elements
        )
    }

    /// Where the first lane begins: beside the uplinks if there is room, with its ports below them.
    private func top(below uplink: Rectangle?, laneX: Int) -> Int {
        let top = Self.margin + Self.headHeight
        guard let uplink else { return top }
        guard laneX >= uplink.right + Self.margin else { return uplink.bottom + Self.margin }
        return max(top, uplink.bottom + Self.margin + NetworkLane.portHeight / 2 - NetworkLane.headHeight)
    }

    private func heading(in host: Rectangle) -> Drawing.Element {
        let start = Point(x: host.x + Self.margin, y: host.y + 24)
        return .text("host \(graph.host)", .heading, at: start, width: host.width - 2 * Self.margin)
    }

    private func lanes(
        top: Int,
        laneX: Int,
        portX: Int,
        railX: Int?
    ) -> (elements: [Drawing.Element], bottom: Int, railEnd: Int?) {
        guard !graph.networks.isEmpty else {
            let start = Point(x: laneX, y: top + 30)
            return ([.text("No containers are attached.", .plain, at: start, width: 300)], top + 40, nil)
        }
        var elements: [Drawing.Element] = []
        var y = top
        var railEnd: Int?
        for (number, network) in graph.networks.enumerated() {
            let lane = NetworkLane(network, number: number, measures: measures)
            elements += lane.elements(at: Point(x: laneX, y: y), ports: portX, rail: railX)
            if let last = lane.lastOpenPort { railEnd = y + last }
            y += lane.height + Self.margin
        }
        return (elements, y - Self.margin, railEnd)
    }

    private func uplinkBoxes(at corner: Point) -> [(frame: Rectangle, elements: [Drawing.Element])] {
        var y = corner.y
        return graph.uplinks.map { uplink in
            let lines: [(text: String, lettering: Lettering)] =
                [(uplink.name, .name)] + uplink.addresses.map { ($0, .plain) }
            let padding = ContainerBox.padding
            let textWidth = lines.map { $0.lettering.width(of: $0.text) }.max() ?? 0
            let frame = Rectangle(
                x: corner.x,
                y: y,
                width: min(textWidth, Self.widestUplink) + 2 * padding,
                height: lines.reduce(2 * padding - 4) { $0 + $1.lettering.lineHeight }
            )
            var baseline = y + padding - 4
            let texts = lines.map { line -> Drawing.Element in
                baseline += line.lettering.lineHeight
                let start = Point(x: frame.x + padding, y: baseline)
                return .text(line.text, line.lettering, at: start, width: frame.width - 2 * padding)
            }
            y = frame.bottom + Self.margin
            return (frame, [.box(frame, .uplink)] + texts)
        }
    }

    /// What is beyond an uplink, with the line through the host's wall.
    private func outside(_ uplink: Rectangle, wall hostX: Int) -> [Drawing.Element] {
        let frame = Rectangle(x: Self.margin, y: uplink.y, width: Self.outsideWidth, height: uplink.height)
        let middle = uplink.y + uplink.height / 2
        let start = Point(x: frame.x + 14, y: middle + 4)
        return [
            .line([Point(x: frame.right, y: middle), Point(x: uplink.x, y: middle)], .uplink),
            .box(frame, .outside),
            .text("outside", .plain, at: start, width: frame.width - 20),
        ]
    }
}

extension NetworkGraph {
    /// The graph as a picture in SVG.
    package var svg: String { GraphPicture(self).drawing.svg }
}
