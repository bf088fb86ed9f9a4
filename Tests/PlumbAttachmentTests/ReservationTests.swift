import PlumbAddress
import PlumbLinux
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `What a plan asks of the store` {
    private let writer = ProcessIdentity(pid: 4711, startTime: 1)

    @Test func `are an address of each set, and the ports`() throws {
        let reservation = try Plan(
            keys: #""ipam": {"ranges": [[{"subnet": "10.88.0.0/16"}], [{"subnet": "fd00:88::/64"}]]}"#,
            capabilities: #"{"ips": ["10.88.0.9/16"], "portMappings": [{"hostPort": 8888, "containerPort": 7777}]}"#
        ).planner().reservation(writer: writer)
        #expect(reservation.key == AttachmentKey(network: "lan", container: "web0", interface: "eth0"))
        #expect(reservation.writer == writer)
        #expect(reservation.rangeSets.compactMap(\.first?.subnet.description) == ["10.88.0.0/16", "fd00:88::/64"])
        #expect(reservation.requestedAddresses == [try address("10.88.0.9")])
        #expect(reservation.ports == [PortReservation(transport: "tcp", hostAddress: nil, hostPort: 8888)])
        #expect(reservation.hostInterfaceCandidates == Planner.hostInterfaceNames(reservation.key))
    }

    @Test func `are no addresses where the configuration fixes them`() throws {
        let planner = try Plan(
            keys: #""ipam": {"addresses": [{"address": "10.88.0.5/16"}]}"#,
            capabilities: #"{"ips": ["10.88.0.9/16"]}"#
        ).planner()
        let reservation = planner.reservation(writer: writer)
        #expect(reservation.rangeSets.isEmpty)
        #expect(reservation.requestedAddresses.isEmpty)
        #expect(planner.addresses(for: []) == [try attached("10.88.0.9/16")])
    }

    @Test func `becomes the attachment's addresses`() throws {
        let planner = try Plan(keys: #""ipam": {"subnet": "10.88.0.0/16"}"#).planner()
        let lease = Lease(address: try prefix("10.88.0.7/16"), gateway: try address("10.88.0.1"), rangeSet: 0)
        #expect(planner.addresses(for: [lease]) == [try attached("10.88.0.7/16", via: "10.88.0.1")])
    }
}
