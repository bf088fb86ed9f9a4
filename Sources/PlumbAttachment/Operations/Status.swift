import Glibc
import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// STATUS: whether an ADD could succeed now, found out without changing anything.
package struct Status {
    private let network: NetworkSpecification

    package init(network: NetworkSpecification) {
        self.network = network
    }

    /// Does nothing when the network is ready.
    ///
    /// - Throws: `CNIError` 50 when no container can be attached, 51 when those that are may be cut off too.
    package func run() throws {
        let host = try Host.open()
        let bridge = try host.socket.link(named: network.bridgeName)
        try checkBridge(bridge, host)
        try checkForwarding(bridge)
        try checkFirewall()
        try checkStore(host)
    }

    private func checkBridge(_ bridge: Link?, _ host: Host) throws {
        guard let bridge else { return }
        do throws(CNIError) {
            try BridgeSetup.verify(bridge)
        } catch {
            throw CNIError(.pluginNotAvailable, error.message, details: error.details)
        }
        guard try host.socket.links(master: bridge.index).count >= VethPair.mostPorts else { return }
        let error = VethPair.bridgeFull(bridge.name)
        throw CNIError(.pluginNotAvailable, error.message, details: error.details)
    }

    /// With the bridge in place there may be containers, which need forwarding now; the first ADD switches it on.
    private func checkForwarding(_ bridge: Link?) throws {
        guard bridge != nil, network.isGateway, !network.isInternal else { return }
        let missing = try HostForwarding.missing(network.addressing.families)
        guard !missing.isEmpty else { return }
        let names = missing.map { HostForwarding.sysctl($0).description }
        throw CNIError(
            .limitedConnectivity,
            "forwarding is switched off: \(names.joined(separator: ", ")) is not 1",
            details: "Set it to 1; the next ADD does so as well."
        )
    }

    private func checkFirewall() throws {
        let isRequired = network.masquerade || network.isInternal || network.ingressPolicy != .open
        guard isRequired, network.firewallBackend != .none else { return }
        do throws(FirewallError) {
            guard let firewall = try openFirewall(network.firewallBackend, isRequired: true) else { return }
            _ = try firewall.rules(of: network.chainPrefix)
        } catch {
            throw CNIError(.pluginNotAvailable, "firewallBackend: \(error)")
        }
    }

    private func checkStore(_ host: Host) throws {
        guard let store = try openStore() else { return try refuseSurvivors(host) }
        guard case .ranges(let sets) = network.addressing else { return }
        let usage = try store.usage().first { $0.network == network.name }?.rangeSets ?? []
        let full = usage.first { $0.free == 0 && sets.contains($0.ranges) }
        guard let full else { return }
        let dead = try Liveness.dead(among: try store.entries(network: network.name), host)
        guard dead.isEmpty else { return }
        let ranges = full.ranges.map(\.range.description).joined(separator: ", ")
        throw CNIError(
            .pluginNotAvailable,
            "no address is free in \(ranges) of network \"\(network.name)\": \(full.used) of \(full.size) are in use",
            details: "Remove containers, or give the network a larger range."
        )
    }

    /// Without a store there must be nobody whose record was in one.
    private func refuseSurvivors(_ host: Host) throws {
        let names = try Survivors.names(inStoreOf: network.stateDirectory, host)
        guard !names.isEmpty else { return }
        let links = names.joined(separator: ", ")
        throw CNIError(
            .pluginNotAvailable,
            "the subnet store in \(network.stateDirectory) was lost, but containers of it live: \(links)"
        )
    }

    private func openStore() throws(CNIError) -> Store? {
        do throws(StoreError) {
            try SubnetStore.checkWritable(directory: network.stateDirectory)
            return try Store.openExisting(network.stateDirectory)
        } catch {
            throw CNIError(.pluginNotAvailable, "\(error)")
        }
    }
}
