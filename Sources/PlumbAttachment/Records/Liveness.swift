import Glibc
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// Proves attachments dead, from what the kernel says; no runtime is asked.
enum Liveness {
    /// What is known of an attachment's life.
    enum Verdict {
        case alive
        /// The sandbox is gone from its path, but the kernel has not removed its veth pair yet, or it lives elsewhere.
        case uncertain
        case dead
    }

    /// Judges one attachment.
    ///
    /// An unfinished one is as alive as the process that works on it, unless that changes it only. Another one is dead on two proofs: its path leads
    /// to its namespace no more, and its veth pair is gone, which the kernel removes with the namespace. A container whose
    /// path was merely unmounted keeps its pair and so its addresses.
    static func verdict(_ entry: StoreEntry, _ host: Host) throws -> Verdict {
        if entry.isBusy { return .alive }
        guard [.attached, .changing].contains(entry.row.state) else { return .dead }
        guard let attachment = entry.attachment else { return .alive }
        let sandbox = attachment.sandbox
        if NamespaceIdentity(path: sandbox.path) == sandbox.identity {
            let hasPair = try host.socket.linkIndex(named: attachment.hostInterface.name) != nil
            return try hasPair || !isReplaced(sandbox, host) ? .alive : .dead
        }
        guard let link = try host.socket.link(named: attachment.hostInterface.name) else { return .dead }
        return link.kind == "veth" ? .uncertain : .dead
    }

    /// Whether a later namespace with the same inode number lies at the path; false where that can't be proved.
    private static func isReplaced(_ sandbox: Attachment.Sandbox, _ host: Host) throws -> Bool {
        guard let cookie = sandbox.cookie else { return false }
        let namespace: NetworkNamespace
        do throws(NamespaceError) {
            namespace = try NetworkNamespace.open(sandbox.path)
        } catch {
            // It has gone since it was looked at; the next caller finds it so.
            return false
        }
        let inside = try namespace.enter(from: host.namespace) { try NetlinkSocket.open() }
        return inside.namespaceCookie.map { $0 != cookie } ?? false
    }

    /// The dead among some attachments.
    ///
    /// Namespaces die in the background: where the path is gone but the pair is not, the kernel is given a moment.
    static func dead(among entries: [StoreEntry], _ host: Host) throws -> [StoreEntry] {
        var dead: [StoreEntry] = []
        var candidates = entries
        for _ in 0..<25 {
            var uncertain: [StoreEntry] = []
            for entry in candidates {
                switch try verdict(entry, host) {
                case .dead: dead.append(entry)
                case .uncertain: uncertain.append(entry)
                case .alive: continue
                }
            }
            if !dead.isEmpty || uncertain.isEmpty { break }
            candidates = uncertain
            usleep(20_000)
        }
        return dead
    }
}
