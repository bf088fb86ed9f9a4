import PlumbAddress

extension FirewallSnapshot {
    /// Reads all rules of the network namespace that the thread is in, of iptables and of nftables.
    ///
    /// No table is opened that is not in use.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `iptables-legacy-save`, `ip6tables-legacy-save`, `nft list ruleset`
    package static func take(lockTimeout: Duration = .seconds(5)) throws(FirewallError) -> FirewallSnapshot {
        try take(lockPath: xtablesLockPath(), lockTimeout: lockTimeout)
    }

    static func take(lockPath: String, lockTimeout: Duration) throws(FirewallError) -> FirewallSnapshot {
        let lock = try lockIptables(lockPath, timeout: lockTimeout)
        defer { extendLifetime(lock) }
        var chains: [BaseChain] = []
        for family in AddressFamily.allCases {
            let loaded = try IptablesTable.loaded(family)
            for name in [TableName.raw, .mangle, .nat, .filter] where loaded.contains(name) {
                chains += try IptablesTable.snapshot(name, family).baseChains()
            }
        }
        return FirewallSnapshot(chains + (try NftablesChain.baseChains()))
    }
}
