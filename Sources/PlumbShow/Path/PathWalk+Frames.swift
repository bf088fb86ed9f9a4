import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink

/// The way below IP, through interfaces and bridges, to which the families netdev and bridge of nftables belong.
extension PathWalk {
    /// From the client to the host.
    func framesFromClient(_ words: String) -> Finding? {
        guard let input = facts.ends.input else { return nil }
        let translated =
            facts.firewall.value?.passage(of: packet, at: .prerouting, local: facts.host.localAddresses).packet
        let frames = Frames(before: packet, after: translated ?? packet, words: words)
        guard let client = facts.ends.attachment else {
            return passAnyPort(frames, FramePlace.arriving(by: input)) { port in
                FramePlace.arriving(by: input, port: port, translates: facts.bridgesThroughFirewall)
            }
        }
        let mac = facts.isItself ? inside?.link?.mac : facts.client?.value?.link?.mac
        return pass(frames, from: mac, received(from: client))
    }

    /// From the host to the container.
    func framesIn() -> Finding? {
        var masqueraded = packet
        masqueraded.source = seenClient
        let frames = Frames(before: packet, after: masqueraded, words: "packets to \(facts.target.end)")
        return pass(frames, from: isBridged ? nil : facts.host.bridge?.mac, sent(to: facts.attachment))
    }

    /// From the container to the host.
    func framesOut(by attachment: Attachment, _ words: String) -> Finding? {
        let isPublished = attachment.key == facts.attachment.key
        let mac = isPublished ? inside?.link?.mac : attachment.containerInterface.mac
        var translated = packet
        translated.destination = facts.ends.client
        return pass(Frames(before: packet, after: translated, words: words), from: mac, received(from: attachment))
    }

    /// From the host to the client, whom the host shows as the source what the client called.
    func framesToClient(_ words: String) -> Finding? {
        guard let output = facts.ends.input else { return nil }
        var translated = packet
        (translated.source, translated.sourcePort) = (facts.ends.called, facts.target.hostPort)
        let frames = Frames(before: packet, after: translated, words: words)
        guard let client = facts.ends.attachment else {
            return passAnyPort(frames, FramePlace.departing(by: output)) { FramePlace.departing(by: output, port: $0) }
        }
        return pass(frames, from: nil, sent(to: client))
    }

    /// Whether the packet stays on the bridge, which shows it to the hooks of IP itself.
    private var isBridged: Bool { facts.isNeighbour && facts.bridgesThroughFirewall }

    private func received(from attachment: Attachment) -> [FramePlace] {
        FramePlace.arriving(
            by: attachment.bridge.name,
            port: attachment.hostInterface.name,
            translates: facts.bridgesThroughFirewall,
            stays: isBridged
        )
    }

    private func sent(to attachment: Attachment) -> [FramePlace] {
        FramePlace.departing(by: attachment.bridge.name, port: attachment.hostInterface.name, stays: isBridged)
    }
}

/// A packet in its frames, as it is before and after it is translated at the hooks of IP.
private struct Frames {
    let before: Packet
    let after: Packet
    let words: String
}

extension PathWalk {
    /// Shows the packet to the rules at places; what is wrong there, or nil.
    private func pass(_ frames: Frames, from mac: MACAddress?, _ places: [FramePlace]) -> Finding? {
        guard let firewall = facts.firewall.value else { return nil }
        func finding(_ packet: Packet, at place: FramePlace) -> Finding? {
            var frame = packet
            frame.layer = place.layer
            frame.sourceMAC = mac
            (frame.input, frame.output) = (place.input, place.output)
            let passage = firewall.passage(of: frame, at: place.hook, local: facts.host.localAddresses)
            return self.finding(on: passage, at: place.hook, frames.words)
        }
        return Finding.worst(
            places.map { place in
                switch place.view {
                case .before: finding(frames.before, at: place)
                case .after: finding(frames.after, at: place)
                case .around:
                    Finding.any(of: [finding(frames.before, at: place), finding(frames.after, at: place)]) {
                        "it can't be told whether br_netfilter translates packets first; otherwise \($0)"
                    }
                }
            }
        )
    }

    /// Shows the packet to the rules of the link that leads to the client, and of the one of its ports that does.
    private func passAnyPort(
        _ frames: Frames,
        _ alone: [FramePlace],
        _ byPort: (_ port: String) -> [FramePlace]
    ) -> Finding? {
        guard let input = facts.host.input, !facts.host.ports.isEmpty else { return pass(frames, from: nil, alone) }
        let findings = facts.host.ports.map { port in
            // Members of a bond take frames in for it without a hook of their bridge.
            let places = byPort(port).filter { input.kind == "bridge" || $0.layer != .bridge }
            return pass(frames, from: nil, places)
        }
        return Finding.any(of: findings) { "which port leads to the client can't be told, and by one \($0)" }
    }
}
