import PlumbAddress
import PlumbCNI
package import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// ADD: gives a container an interface on a network.
package struct Attach {
    private let network: NetworkSpecification
    private let request: AttachmentRequest
    private let trace: Trace

    package init(network: NetworkSpecification, request: AttachmentRequest, trace: Trace = .off) {
        self.network = network
        self.request = request
        self.trace = trace
    }

    /// Plans, records the intent, acts, and marks the attachment as done.
    ///
    /// Whatever can be refused is refused before anything is changed. What fails half-way is undone; a process that dies
    /// half-way leaves a record from which somebody else undoes it.
    ///
    /// - Throws: `CNIError`, or an error of the layers below that `CNIError.init(describing:)` puts into CNI's words.
    package func run() throws -> Attachment {
        let ports = PublishedPortCheck(network: network, ports: request.values.ports)
        try ports.refuseInternal()
        try ports.refuseUnreachable()
        trace.begin(.readHost)
        let host = try Host.open(trace)
        let sandbox = try Sandbox.open(request, host: host)
        var facts = try HostFacts.gather(network, host.socket)
        facts.sandboxCookie = sandbox.socket.namespaceCookie
        if request.values.ports.contains(where: \.isOpen) { facts.localPorts = try LocalPorts.read() }
        try BridgeSetup.verify(facts.bridge)
        try BridgeSetup.verifyAddresses(facts, network)
        let choice = Planner(network: network, request: request, facts: facts).firewallBackend
        if choice == .auto { facts.firewallBackend = FirewallBackend.preferred() }
        let planner = Planner(network: network, request: request, facts: facts)
        let firewall = try openFirewall(
            planner.firewallBackend,
            isRequired: planner.requiresFirewall,
            warn: printWarning
        )
        try ports.refuseHeldByHost(except: request.containerID)

        trace.begin(.reserve)
        let writer = try ProcessIdentity.current()
        let store = try Store.open(network.stateDirectory, for: planner.key, host: host)
        let reserved = try Reclaim(writer: writer).reserve(planner, sandbox.namespace.identity, store, host)
        let attachment = reserved.attachment
        do {
            if reserved.hasRemoved { try facts.readBridge(network, host.socket) }
            try apply(attachment, facts, sandbox, host, firewall, store)
            trace.begin(.mark)
            try store.mark(attachment.key, .attached, writer: writer)
        } catch {
            throw undoing(attachment, after: error, writer: writer, store: store, host: host)
        }
        trace.begin(.answer)
        return attachment
    }

    private func apply(
        _ attachment: Attachment,
        _ facts: HostFacts,
        _ sandbox: borrowing Sandbox,
        _ host: Host,
        _ firewall: (any Firewall)?,
        _ store: Store
    ) throws {
        trace.begin(.bridge)
        let setup = BridgeSetup(bridge: attachment.bridge, families: attachment.families)
        if attachment.needsForwarding { try HostForwarding.ensure(attachment.families) }
        let link = try setup.ensure(facts, host.socket)
        trace.begin(.pair)
        try VethPair(attachment: attachment).create(bridge: link, sandbox: sandbox, host: host)
        trace.begin(.sandbox)
        try sandbox.configure(attachment, host: host)

        guard let firewall else { return }
        trace.begin(.firewall)
        let plan = attachment.firewall
        try firewall.attach(attachment.firewallPolicy, to: plan.network) { try store.marks() }
        // Not before its guard is there.
        if attachment.answersAtLoopback { try setup.routeLoopback(link) }
        // A flow that was here before the container would go on to whoever had the port then.
        let connectionless = attachment.publishedPorts.filter { $0.transport != .tcp }
        guard !connectionless.isEmpty else { return }
        trace.begin(.conntrack)
        try flushConntrack(ports: connectionless, addresses: [], families: attachment.families)
    }

    /// Takes back what was done, and returns the error that it was for.
    private func undoing(
        _ attachment: Attachment,
        after error: any Error,
        writer: ProcessIdentity,
        store: Store,
        host: Host
    ) -> any Error {
        do {
            try Removal(writer: writer).run([attachment], store: store, host: host)
            return error
        } catch let second {
            let first = CNIError(describing: error)
            let details = [first.details, "Taking back what was done failed too: \(second)"]
            return CNIError(first.code, first.message, details: details.filter { !$0.isEmpty }.joined(separator: " "))
        }
    }
}

extension Attachment {
    /// What the firewall has to know of the attachment.
    package var firewallPolicy: AttachmentPolicy {
        AttachmentPolicy(
            mark: firewall.mark,
            hostInterface: hostInterface.name,
            onlyMAC: link.refusesOtherMACs ? containerInterface.mac : nil,
            addresses: addresses.map(\.prefix.address),
            ports: publishedPorts
        )
    }

    /// Whether the host has to forward packets for it, which it never does for an internal network.
    var needsForwarding: Bool { !bridge.gateways.isEmpty && !firewall.network.isInternal }

    /// Whether a published port can be reached at 127.0.0.1.
    var answersAtLoopback: Bool {
        firewall.network.hairpin && families.contains(.ipv4)
            && publishedPorts.contains { port in
                guard let address = port.hostAddress else { return true }
                return address.family == .ipv4 && (address.isUnspecified || address.isLoopback)
            }
    }
}
