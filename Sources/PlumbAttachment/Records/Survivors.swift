import Glibc
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// Links of containers that live on although the store that had their records is gone, or was emptied.
///
/// A new store would give their addresses out again, and their rules would look like nobody's.
enum Survivors {
    /// The host ends with marks of a store, whose number is the hash of its directory.
    static func links(ofStore store: UInt32, _ host: Host) throws(NetlinkError) -> [(link: Link, mark: RuleMark)] {
        try host.socket.links(kind: "veth").compactMap { link in
            guard let mark = link.alias.flatMap({ RuleMark(comment: $0) }), mark.store == store else { return nil }
            return (link, mark)
        }
    }

    /// The names of the host ends with marks of the store of a directory, apart from that of an attachment.
    ///
    /// Namespaces die in the background: the kernel is given a moment for links of the dead.
    static func names(
        inStoreOf directory: String,
        besides key: AttachmentKey? = nil,
        _ host: Host
    ) throws(NetlinkError) -> [String] {
        let store = RuleMark.store(of: directory)
        let own = key.map { Planner.mark($0, stateDirectory: directory).id }
        var names: [String] = []
        for _ in 0..<25 {
            names = try links(ofStore: store, host).filter { $0.mark.id != own }.map(\.link.name)
            if names.isEmpty { break }
            usleep(20_000)
        }
        return names
    }
}
