import PlumbAddress
import PlumbFirewall
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
        #expect(reservation.ports == [PortReservation(transport: "tcp", hostAddress: nil, hostPorts: 8888...8888)])
        #expect(reservation.openPorts == [])
        #expect(reservation.hostInterfaceCandidates == Planner.hostInterfaceNames(reservation.key))
    }

    @Test func `are ports to choose, where the kernel chooses those that nobody names`() throws {
        var plan = Plan(
            keys: #""ipam": {"subnet": "10.88.0.0/16"}, "defaultHostIP": "127.0.0.1""#,
            capabilities: #"""
                {"portMappings": [{"containerPort": 80, "range": 3}, {"hostPort": 5000, "containerPort": 6000, "range": 4}]}
                """#
        )
        plan.facts.localPorts = LocalPorts(range: 40000...50000, reserved: [41000...41010])
        let planner = try plan.planner()
        let reservation = planner.reservation(writer: writer)
        let loopback = try address("127.0.0.1")
        #expect(reservation.ports.map(\.description) == ["127.0.0.1:5000-5003/tcp"])
        #expect(
            reservation.openPorts == [
                OpenPort(
                    transport: "tcp",
                    hostAddress: loopback,
                    count: 3,
                    range: 40000...50000,
                    exceptions: [41000...41010],
                    goesRound: true
                )
            ]
        )
        let attachment = planner.attachment(
            addresses: [try attached("10.88.0.2/16")],
            hostInterface: "veth1",
            sandbox: NamespaceIdentity(device: 4, inode: 5),
            chosenPorts: [40007]
        )
        let published = ["127.0.0.1:40007-40009->80-82/tcp", "127.0.0.1:5000-5003->6000-6003/tcp"]
        #expect(attachment.publishedPorts.map(\.description) == published)
        #expect(AttachmentRecord.decode(try AttachmentRecord.encode(attachment)) == attachment)
    }

    @Test func `are some ports to choose from, beginning with the first of them`() throws {
        let ports = try PortRequest.list("8000-8010:80/udp", variable: "PLUMB_PUBLISH")
        var values = RuntimeValues()
        values.ports = ports
        let planner = Planner(
            network: try specification(),
            request: AttachmentRequest(containerID: "web0", interfaceName: "eth0", sandboxPath: "", values: values),
            facts: HostFacts(bridge: nil)
        )
        let reservation = planner.reservation(writer: writer)
        #expect(reservation.ports == [])
        #expect(reservation.openPorts == [OpenPort(transport: "udp", hostAddress: nil, range: 8000...8010)])
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
