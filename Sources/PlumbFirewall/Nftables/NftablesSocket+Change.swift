import CLibnl
import Glibc
import PlumbLinux

/// Runs changes that are planned for what was read, until no other program comes between.
///
/// No lock is needed: the kernel refuses what others have overtaken, and then all is read and planned again.
struct NftablesTransaction {
    /// What was planned for tables.
    enum Outcome {
        case change([NftablesTablePlan])
        /// An element that stands in the way is about to be gone.
        case wait
    }

    /// For how long others may come between.
    let timeout: Duration

    /// How often what was planned may turn out to be impossible before it is an error: others may add or delete what the
    /// plan names.
    private static let mostRefusals = 4

    /// Plans and carries out; the plan is told whether an object that had to be there was not.
    ///
    /// - Throws: `FirewallError`, `.unavailable` without nftables, `.locked` if others never gave way.
    func run(
        _ plan: (inout NftablesSocket, _ lacksObjects: Bool) throws(FirewallError) -> Outcome
    ) throws(FirewallError) {
        guard var socket = try NftablesSocket.open() else { throw FirewallError.noNftables }
        let deadline = ContinuousClock.now + timeout
        var refusals = 0
        var lacksObjects = false
        var frames: [any NftablesFrame] = []
        while true {
            let generation = try socket.generation()
            do throws(FirewallError) {
                switch try plan(&socket, lacksObjects) {
                case .change(let plans):
                    frames = plans.map(\.frame)
                    return try socket.carryOut(plans, generation: generation)
                case .wait:
                    guard ContinuousClock.now < deadline else { throw Self.tooLong }
                    usleep(500)
                }
            } catch {
                guard error.isOvertaken else { throw try socket.misfit(of: frames, error) ?? error }
                guard ContinuousClock.now < deadline else { throw Self.tooLong }
                guard error.errno != ERESTART else { continue }
                refusals += 1
                guard refusals < Self.mostRefusals else { throw try socket.misfit(of: frames, error) ?? error }
                lacksObjects = error.errno == ENOENT
            }
        }
    }

    private static var tooLong: FirewallError {
        FirewallError(
            .locked,
            "change nftables",
            errno: ERESTART,
            reason: "other programs have kept changing it for too long"
        )
    }
}

extension NftablesSocket {
    /// Carries plans out in one batch.
    ///
    /// An element that is deleted would keep every process that closes a socket to netfilter waiting for an RCU grace
    /// period, this one too, some 10 ms. One whose timeout is changed to a millisecond goes without that, where the
    /// kernel can (from 6.12 on; earlier ones leave the timeout alone).
    mutating func carryOut(_ plans: [NftablesTablePlan], generation: UInt32) throws(FirewallError) {
        let plans = plans.filter { !$0.isEmpty }
        guard !plans.isEmpty else { return }
        let isPinned = plans.contains(where: \.needsGeneration)
        try commit(plans.flatMap(\.changes), generation: isPinned ? generation : nil)
        var leavesWork = isPinned
        for plan in plans {
            guard let sample = plan.expirations.first else { continue }
            if try expires(sample, of: plan.frame.table) {
                try awaitConnectionless(plan)
            } else {
                try deleteAll(plan.expirations, of: plan.frame.table)
                leavesWork = true
            }
        }
        if leavesWork { try leaveToChild() }
    }

    /// Whether an element whose timeout was changed is going to be gone, or is.
    private mutating func expires(_ entry: NftablesEntry, of table: NftablesTable) throws(FirewallError) -> Bool {
        guard let found = try elements(table, [(entry.set, entry.element)])[0] else { return true }
        return found.timeout != nil
    }

    /// Waits until ports of protocols without connections are gone, which takes one or two clock ticks.
    ///
    /// A sender that never pauses would be tracked anew after its flow was forgotten, and its packets go on for ever.
    private mutating func awaitConnectionless(_ plan: NftablesTablePlan) throws(FirewallError) {
        // All elements of a change have the same time to live.
        guard let entry = plan.expirations.first(where: \.isConnectionless) else { return }
        for _ in 0..<100 {
            guard try elements(plan.frame.table, [(entry.set, entry.element)])[0] != nil else { return }
            usleep(500)
        }
    }

    /// Deletes elements, of which some may be gone already.
    mutating func deleteAll(_ entries: [NftablesEntry], of table: NftablesTable) throws(FirewallError) {
        for _ in 0..<2 {
            var left: [NftablesEntry] = []
            for (entry, found) in zip(entries, try elements(table, entries.map { ($0.set, $0.element) }))
            where found != nil {
                left.append(entry)
            }
            let sets = Dictionary(grouping: left, by: \.set)
            let changes = sets.sorted { $0.key < $1.key }.map { set, entries in
                NftablesChange.deleteElements(entries.map(\.element), set: set, table)
            }
            do throws(FirewallError) {
                return try commit(changes)
            } catch {
                guard error.errno == ENOENT else { throw error }
            }
        }
    }

    /// Lets a child hold the socket while the kernel waits for a grace period, as whoever closes it would have to wait.
    private func leaveToChild() throws(FirewallError) {
        // As long as three of the longest grace periods that were measured.
        guard CLibnl_holdInChild(descriptor, 150) >= 0 else {
            throw Self.error("leave a socket to a child", errno)
        }
    }
}

extension FirewallError {
    /// Whether others may have changed what a batch was planned for.
    fileprivate var isOvertaken: Bool { [ERESTART, ENOENT, EEXIST, EBUSY].contains(errno) && kind == .refused }

    /// What is thrown when the kernel has no nftables.
    static var noNftables: FirewallError {
        let reason = "the kernel offers no nftables (modprobe nf_tables, CONFIG_NF_TABLES); "
        return FirewallError(.unavailable, "open nftables", reason: reason + runWithoutFirewall)
    }
}
