import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

/// Opens the store of a test's directory.
func openStore(_ directory: borrowing TemporaryDirectory) throws -> SubnetStore {
    try openStore(at: directory.path)
}

func openStore(at path: String) throws -> SubnetStore {
    guard let store = try SubnetStore.open(directory: path) else {
        throw StoreError(.unusable("no store in \(path)"))
    }
    return store
}

func address(_ text: String) throws -> IPAddress {
    try #require(IPAddress(text))
}

/// A range of a subnet in a notation for tests: the subnet, and the fields that are not left out.
func subnetRange(
    _ subnet: String,
    first: String? = nil,
    last: String? = nil,
    gateway: String? = nil
) throws -> SubnetRange {
    try SubnetRange(
        subnet: #require(Prefix(subnet)),
        first: first.map(address),
        last: last.map(address),
        gateway: gateway.map(address)
    )
}

func key(_ container: String, network: String = "web", interface: String = "eth0") -> AttachmentKey {
    AttachmentKey(network: network, container: container, interface: interface)
}

extension SubnetStore {
    /// Attaches a container and returns the addresses that it got, without their lengths.
    @discardableResult
    func attach(
        _ key: AttachmentKey,
        _ rangeSets: [RangeSet] = [],
        requesting requested: [String] = [],
        ports: [PortReservation] = [],
        sharesPorts: Bool = false
    ) throws -> [String] {
        let reservation = Reservation(
            key: key,
            writer: try ProcessIdentity.current(),
            hostInterfaceCandidates: ["veth-\(key)"],
            rangeSets: rangeSets,
            requestedAddresses: try requested.map(address),
            ports: ports,
            sharesPorts: sharesPorts
        )
        return try reserve(reservation) { _, _, _ in "{}" }.map(\.address.address.description)
    }

    /// What SQLite's own check finds, `ok` if nothing.
    func integrity() throws -> String? {
        try read { database throws(StoreError) in
            try database.prepare("PRAGMA integrity_check").first([]) { row throws(StoreError) in try row.text(0) }
        }
    }
}

/// The kind of store error that a step throws, if it throws one.
func failure(of step: () throws -> Void) -> StoreError.Kind? {
    do {
        try step()
        return nil
    } catch {
        return (error as? StoreError)?.kind
    }
}
