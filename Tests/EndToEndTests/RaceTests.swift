import PlumbTestSupport
import Testing

@Suite struct `Many calls at once` {
    @Test func `for one host port let exactly one win`() throws {
        let host = try TestHost()
        let configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        let containers = try (0..<12).map { try host.container("c\($0)") }
        let replies = try host.plumb(all: containers.map { host.call("ADD", $0, configuration) })
        #expect(replies.filter(\.succeeded).count == 1)
        #expect(replies.filter { $0.code == 101 }.count == 11, "\(replies)")
        for container in containers { try host.detach(container, configuration) }
        #expect(try host.remains() == [])
    }

    @Test func `for one container let exactly one win`() throws {
        let host = try TestHost()
        let configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        let container = try host.container("web")
        let call = host.call("ADD", container, configuration)
        let replies = try host.plumb(all: Array(repeating: call, count: 8))
        #expect(replies.filter(\.succeeded).count == 1, "\(replies)")
        let server = try Server("web", in: container.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, Family.ipv6.host, 8888).server == server.name)
        let removals = try host.plumb(all: Array(repeating: host.call("DEL", container, configuration), count: 8))
        for reply in removals { #expect(reply.succeeded, "\(reply)") }
        #expect(try host.remains() == [])
    }
}
