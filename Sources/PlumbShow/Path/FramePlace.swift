import PlumbAttachment
import PlumbFirewall

/// A place where frames come by rules: of an interface, or of a bridge.
struct FramePlace {
    /// How the packet inside stands there to the translation at the hooks of IP.
    enum View {
        case before
        case after
        /// Either, by the priority of the rules.
        case around
    }

    let hook: Hook
    let layer: Layer
    var input: String?
    var output: String?
    let view: View

    private static func arrival(_ hook: Hook, _ layer: Layer, _ input: String, _ view: View) -> FramePlace {
        FramePlace(hook: hook, layer: layer, input: input, view: view)
    }

    private static func departure(_ hook: Hook, _ layer: Layer, _ output: String, _ view: View) -> FramePlace {
        FramePlace(hook: hook, layer: layer, output: output, view: view)
    }

    /// Where a link of the host takes packets in.
    static func arriving(by link: String) -> [FramePlace] {
        [arrival(.ingress, .interface(link), link, .before)]
    }

    /// Where a link of the host sends packets out.
    static func departing(by link: String) -> [FramePlace] {
        [departure(.egress, .interface(link), link, .after)]
    }

    /// Where a bridge takes packets in by a port.
    ///
    /// - Parameters:
    ///   - bridge: The name of the bridge.
    ///   - port: The name of the port.
    ///   - translates: Whether the bridge shows packets to the hooks of IP before routing does (`br_netfilter`).
    ///   - stays: Whether the packet leaves by another port, and not by the host's routing.
    /// - Returns: The places in their order.
    static func arriving(by bridge: String, port: String, translates: Bool, stays: Bool = false) -> [FramePlace] {
        let start = arriving(by: port) + [arrival(.prerouting, .bridge, port, translates ? .around : .before)]
        guard !stays else { return start }
        let view: View = translates ? .after : .before
        return start + [
            arrival(.input, .bridge, port, view), arrival(.ingress, .interface(bridge), bridge, view),
        ]
    }

    /// Where a bridge sends packets out by a port, which come from another one if they stay on the bridge.
    static func departing(by bridge: String, port: String, stays: Bool = false) -> [FramePlace] {
        let start =
            stays
            ? [departure(.forward, .bridge, port, .before), departure(.postrouting, .bridge, port, .around)]
            : departing(by: bridge) + [.output, .postrouting].map { departure($0, .bridge, port, .after) }
        return start + departing(by: port)
    }
}
