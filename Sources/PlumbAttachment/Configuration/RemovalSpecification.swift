import PlumbCNI
import PlumbFirewall

extension NetworkSpecification {
    /// What DEL and GC need of a configuration, which may be broken or another one than at ADD: what does not make sense
    /// is as if it were absent.
    package init(forRemovalOf name: String, settings: NetworkSettings?, defaults: NetworkDefaults) {
        var usable = NetworkSettings()
        if let bridge = settings?.bridge, interfaceNameProblem(bridge) == nil { usable.bridge = bridge }
        if let prefix = settings?.chainPrefix, ChainNames.isValidPrefix(prefix) { usable.chainPrefix = prefix }
        let directory = settings?.ipam?.dataDir.flatMap { $0.hasPrefix("/") ? $0 : nil }

        self.name = name
        self.bridgeName = usable.bridge ?? defaults.bridgeName
        self.isGateway = true
        self.isDefaultGateway = false
        self.replacesAddresses = false
        self.mtu = nil
        self.hairpin = nil
        self.promiscuous = false
        self.isolatesPorts = false
        self.detectsDuplicates = false
        self.addressing = .none
        self.routes = []
        self.dns = DNS()
        self.masquerade = false
        self.randomizesPorts = true
        self.isInternal = false
        self.refusesOtherMACs = false
        self.translatesHairpins = true
        self.defaultHostAddress = nil
        self.ingressPolicy = defaults.ingressPolicy
        // Who was attached by way of another backend has rules there.
        self.firewallBackend = settings?.firewallBackend == FirewallBackend.none.rawValue ? .none : .auto
        self.chainPrefix = usable.chainPrefix ?? "PLUMB"
        self.userChain = "\(self.chainPrefix)-USER"
        self.stateDirectory = directory ?? defaults.stateDirectory
        self.removedWhenEmpty = false
    }
}
