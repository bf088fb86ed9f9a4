import Glibc
import PlumbAddress
import PlumbLinux
import PlumbNetlink

/// The addresses that the containers of this machine have right now, found in every network namespace that a process is
/// in or that has a name.
struct LiveAddresses {
    /// An address where it was found.
    struct Place {
        let prefix: Prefix
        let sandboxPath: String
        let sandbox: NamespaceIdentity
        let interface: Link
    }

    let places: [IPAddress: Place]

    /// Looks into each namespace once; the host's own is left out.
    static func find(_ host: Host) throws -> LiveAddresses {
        var seen: Set<NamespaceIdentity> = [host.namespace.identity]
        var places: [IPAddress: Place] = [:]
        for path in try candidates() {
            // Processes come and go while this runs.
            guard let identity = NamespaceIdentity(path: path), seen.insert(identity).inserted else { continue }
            for place in try look(into: path, host) { places[place.prefix.address] = place }
        }
        return LiveAddresses(places: places)
    }

    /// Named namespaces first: their paths outlive single processes.
    private static func candidates() throws(SystemError) -> [String] {
        let directory = "/run/netns"
        let named = unsafe access(directory, F_OK) == 0 ? try listDirectory(directory) : []
        let processes = try listDirectory("/proc").filter { $0.allSatisfy(\.isNumber) }
        return named.map { "\(directory)/\($0)" } + processes.map { "/proc/\($0)/ns/net" }
    }

    private static func look(into path: String, _ host: Host) throws -> [Place] {
        let namespace: NetworkNamespace
        do throws(NamespaceError) {
            namespace = try NetworkNamespace.open(path)
        } catch {
            // The process is gone, or the name is none of a namespace.
            return []
        }
        let socket = try namespace.enter(from: host.namespace) { try NetlinkSocket.open() }
        var places: [Place] = []
        for link in try socket.links(kind: "veth") {
            for prefix in try prefixes(of: link, socket) {
                places.append(
                    Place(prefix: prefix, sandboxPath: path, sandbox: namespace.identity, interface: link)
                )
            }
        }
        return places
    }

    /// The addresses of a link; none of one that has gone, as a namespace that dies loses its links one by one.
    private static func prefixes(of link: Link, _ socket: borrowing NetlinkSocket) throws(NetlinkError) -> [Prefix] {
        do throws(NetlinkError) {
            return try socket.addresses(linkIndex: link.index)
        } catch {
            guard error.errno == ENODEV else { throw error }
            return []
        }
    }
}
