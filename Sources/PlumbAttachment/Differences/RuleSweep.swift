import PlumbFirewall
import PlumbSubnetStore

/// Looks for rules that carry marks of a store but belong to no attachment of it, whatever else is recorded.
///
/// They come back when a saved ruleset is restored, by hand or at boot, after their container has gone: a published port
/// then leads to an address that nobody has, or that somebody else has by now.
struct RuleSweep {
    let stateDirectory: String
    let isDryRun: Bool
    /// The marks of attachments that a runtime answers for, recorded or not.
    var kept: Set<UInt64> = []
    /// How long other programs may keep the firewall from being changed.
    var lockTimeout: Duration = .seconds(30)

    /// Removes such rules from all firewalls that the kernel offers, and tells each; a dry run only tells.
    ///
    /// - Throws: An error of the layers below; `StoreError` when the store can't be read, which is no proof of anything.
    func run(_ host: Host, _ tell: (ForgottenRule) -> Void) throws {
        let number = RuleMark.store(of: stateDirectory)
        var failures = Failures()
        // The checks of sources are in nftables, whichever backend is asked.
        var told: Set<ForgottenRule> = []
        for backend in FirewallBackend.offered() {
            failures.collect {
                let firewall = try makeFirewall(backend, lockTimeout: lockTimeout)
                let rules = try firewall.sweep(store: number, dryRun: isDryRun) { try kept.union(known(host, number)) }
                for rule in rules where told.insert(rule).inserted { tell(rule) }
            }
        }
        try failures.throwIfAny()
    }

    /// The marks that somebody answers for: those of records, or without a store those of containers that live.
    ///
    /// The store is opened anew: if it was made since, so were rules.
    private func known(_ host: Host, _ number: UInt32) throws -> Set<UInt64> {
        if let store = try Store.openExisting(stateDirectory) { return try store.stayingMarks() }
        return Set(try Survivors.links(ofStore: number, host).map(\.mark.id))
    }
}
