package import PlumbAddress

/// A neighbour as the kernel remembers it: which MAC an address of the link has.
package struct Neighbour: Hashable, Sendable {
    /// The index of the link that the neighbour is on.
    package let linkIndex: Int

    /// The neighbour's address.
    package let address: IPAddress

    /// The neighbour's MAC; nil where it is not known, or not yet.
    package let mac: MACAddress?

    /// How sure the kernel is (`NUD_…` of `linux/neighbour.h`), in lower case: `reachable`, `stale`, `failed`, `permanent`.
    package let state: String
}
