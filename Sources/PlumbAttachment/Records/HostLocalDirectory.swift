import Glibc
import PlumbAddress
import PlumbLinux

/// The directory in which the IPAM plugin host-local keeps the leases of one network: a file for each address that holds
/// the container's identifier and, on a second line, the interface name.
struct HostLocalDirectory {
    /// One reservation of the directory.
    struct Reservation: Hashable {
        let address: IPAddress
        let container: String
        /// Missing in files of versions before 0.6.
        let interface: String?
    }

    let path: String

    /// Reads all reservations; files that name no address, such as `lock` and `last_reserved_ip.0`, are none.
    ///
    /// - Throws: `SystemError` when the directory can't be read.
    func reservations() throws(SystemError) -> [Reservation] {
        var reservations: [Reservation] = []
        for name in try listDirectory(path) {
            guard let address = IPAddress(name) else { continue }
            // A file that a crash left empty names no container; it holds an address of nobody.
            let lines = try readText("\(path)/\(name)").split { $0.isNewline }
            guard let container = lines.first else { continue }
            reservations.append(
                Reservation(
                    address: address,
                    container: String(container),
                    interface: lines.dropFirst().first.map(String.init)
                )
            )
        }
        return reservations.sorted { $0.address < $1.address }
    }
}
