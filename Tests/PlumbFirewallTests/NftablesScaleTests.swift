import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// What an attachment costs however many ports others publish.
@Suite(.isolatedNetwork, .serialized) struct `With ten thousand ports published` {
    let lan = network("br0", "10.88.0.0/24")
    let host: Host

    init() throws { host = try Host(.nftables) }

    /// One container that publishes ranges of ports.
    private func publish(_ count: Int) throws -> AttachmentPolicy {
        let range = PublishedPort(
            hostAddress: nil,
            hostPort: 20_000,
            containerPort: 30_000,
            count: UInt16(count),
            transport: .udp
        )
        let crowd = attachment("crowd", "10.88.0.200", ports: [range])
        try host.attach(crowd, to: lan)
        return crowd
    }

    /// The shortest times of many attachments and their ends, which is what foreign load does least to.
    private func shortest() throws -> (attach: Duration, detach: Duration) {
        let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
        var attach = Duration.seconds(1)
        var detach = Duration.seconds(1)
        for _ in 0..<40 {
            attach = min(
                attach,
                try ContinuousClock().measure { try host.firewall.attach(web, to: lan) { [web.mark.id] } }
            )
            detach = min(detach, try ContinuousClock().measure { try host.firewall.detach([web], from: lan) { [] } })
        }
        return (attach, detach)
    }

    @Test func `an attachment takes as long as with none`() throws {
        try host.attach(attachment("first", "10.88.0.9"), to: lan)
        let alone = try shortest()
        _ = try publish(10_000)
        let crowded = try shortest()
        // The target is 1.3; a machine that does much else at the same time gets some leeway.
        #expect(crowded.attach < alone.attach * 2)
        #expect(crowded.detach < alone.detach * 2)
    }

    @Test func `all of one container come and go in one change each`() throws {
        try host.attach(attachment("first", "10.88.0.9"), to: lan)
        guard var socket = try NftablesSocket.open() else { return }
        let before = try socket.generation()
        let crowd = try publish(10_000)
        #expect(try socket.generation() == before + 1)
        #expect(try host.firewall.differences(crowd, in: lan).isEmpty)
        try host.detach([crowd], from: lan)
        #expect(try socket.generation() == before + 2)
    }
}
