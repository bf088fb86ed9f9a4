import Glibc
import PlumbNetlink

/// Removes many links at a time.
enum LinkBatch {
    /// How many links the kernel removes under one hold of its lock; with 50 others wait for about 30 ms.
    private static let chunk = 50

    /// The upper half of the groups' numbers, apart from what people choose; the lower half tells processes apart.
    private static let groups: UInt32 = 0x706c_0000

    /// Removes links by way of a group of their own, which takes one grace period of the kernel for a whole chunk.
    ///
    /// Equivalent to: `ip link set LINK group GROUP` for each, and `ip link delete group GROUP`
    static func remove(_ links: [Link], _ host: Host) throws {
        let group = groups | UInt32(truncatingIfNeeded: getpid()) & 0xFFFF
        var rest = links[...]
        while !rest.isEmpty {
            for link in rest.prefix(chunk) {
                try applyIfPresent(.changeLink(.index(link.index), LinkSettings(group: group)), host)
            }
            try applyIfPresent(.removeLinks(group: group), host)
            rest = rest.dropFirst(chunk)
        }
    }

    /// Makes a change, unless what it is for went by itself in the meantime.
    private static func applyIfPresent(_ change: NetlinkChange, _ host: Host) throws(NetlinkError) {
        do throws(NetlinkError) {
            try host.socket.apply([change])
        } catch {
            guard error.errno == ENODEV else { throw error }
        }
    }
}
