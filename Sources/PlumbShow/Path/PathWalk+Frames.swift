import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink

/// A place where frames come by rules: of an interface, or of a bridge.
private struct FramePlace {
    let hook: Hook
    let layer: Layer
    var input: String?
    var output: String?
}

/// The way below IP, through interfaces and bridges, to which the families netdev and bridge of nftables belong.
extension PathWalk {
    /// From the client to the host.
    func framesFromClient(_ words: String) -> Finding? {
        guard let input = facts.ends.input else { return nil }
        guard let client = facts.ends.attachment else {
            return pass([FramePlace(hook: .ingress, layer: .interface(input), input: input)], from: nil, words)
        }
        let mac = facts.isItself ? inside?.link?.mac : facts.client?.value?.link?.mac
        return pass(received(from: client), from: mac, words)
    }

    /// From the host to the container.
    func framesIn() -> Finding? {
        var walk = self
        walk.packet.source = seenClient
        return walk.pass(sent(to: facts.attachment), from: facts.host.bridge?.mac, "packets to \(facts.target.end)")
    }

    /// From the container to the host.
    func framesOut(by attachment: Attachment, _ words: String) -> Finding? {
        let isPublished = attachment.key == facts.attachment.key
        let mac = isPublished ? inside?.link?.mac : attachment.containerInterface.mac
        return pass(received(from: attachment), from: mac, words)
    }

    /// From the host to the client.
    func framesToClient(_ words: String) -> Finding? {
        guard let output = facts.ends.input else { return nil }
        guard let client = facts.ends.attachment else {
            return pass([FramePlace(hook: .egress, layer: .interface(output), output: output)], from: nil, words)
        }
        return pass(sent(to: client), from: nil, words)
    }

    /// Whether the packet stays on the bridge, whose own hooks show it to the firewall.
    private var isBridged: Bool { facts.isNeighbour && facts.bridgesThroughFirewall }

    private func received(from attachment: Attachment) -> [FramePlace] {
        let port = attachment.hostInterface.name
        let bridge = attachment.bridge.name
        let arrival = [
            FramePlace(hook: .ingress, layer: .interface(port), input: port),
            FramePlace(hook: .prerouting, layer: .bridge, input: port),
        ]
        guard !isBridged else { return arrival }
        return arrival + [
            FramePlace(hook: .input, layer: .bridge, input: port),
            FramePlace(hook: .ingress, layer: .interface(bridge), input: bridge),
        ]
    }

    private func sent(to attachment: Attachment) -> [FramePlace] {
        let port = attachment.hostInterface.name
        let bridge = attachment.bridge.name
        let start =
            isBridged
            ? [FramePlace(hook: .forward, layer: .bridge, output: port)]
            : [
                FramePlace(hook: .egress, layer: .interface(bridge), output: bridge),
                FramePlace(hook: .output, layer: .bridge, output: port),
            ]
        return start + [
            FramePlace(hook: .postrouting, layer: .bridge, output: port),
            FramePlace(hook: .egress, layer: .interface(port), output: port),
        ]
    }

    /// Shows the packet to the rules at places; what is wrong there, or nil.
    private func pass(_ places: [FramePlace], from mac: MACAddress?, _ words: String) -> Finding? {
        guard let firewall = facts.firewall.value else { return nil }
        return Finding.worst(
            places.map { place in
                var frame = packet
                frame.layer = place.layer
                frame.sourceMAC = mac
                (frame.input, frame.output) = (place.input, place.output)
                let passage = firewall.passage(of: frame, at: place.hook, local: facts.host.localAddresses)
                return finding(on: passage, at: place.hook, words)
            }
        )
    }
}
