import PlumbTestSupport
import Testing

@Suite struct `Bad input` {
    @Test(arguments: BadInput.environment + BadInput.documents)
    func `of the environment or the document is refused and changes nothing`(input: BadInput) throws {
        try expectRefusal(of: input)
    }

    @Test(arguments: BadInput.network)
    func `about the network is refused and changes nothing`(input: BadInput) throws {
        try expectRefusal(of: input)
    }

    @Test(arguments: BadInput.addresses + BadInput.publishedPorts)
    func `about addresses or ports is refused and changes nothing`(input: BadInput) throws {
        try expectRefusal(of: input)
    }

    private func expectRefusal(of input: BadInput) throws {
        let host = try TestHost()
        let container = try host.container("web")
        var configuration = JSON.network(Family.allCases, ports: [.port(8888, 7777)])
        var call = host.call("ADD", container, configuration)
        let document = call.configuration
        input.change(&call, &configuration)
        if call.configuration == document { call.configuration = "\(configuration)" }

        let before = try host.state(with: [container])
        let reply = try host.plumb(call)
        let changes = try host.state(with: [container]).changes(since: before)
        #expect(reply.result.status == .exited(1), "\(reply)")
        #expect(reply.code == input.code, "\(reply)")
        for word in input.words { #expect(reply.message.contains(word), "\(word) is not in \(reply)") }
        if input.hasWayOut { #expect(!reply.details.isEmpty, "\(reply)") }
        #expect(reply.json["cniVersion"] != nil)
        #expect(reply.message.utf8.count < 600 && reply.details.utf8.count < 600, "\(reply)")
        #expect(changes.filter { !(input.isFoundByStore && $0.hasPrefix("+ file: ")) } == [])
        #expect(try host.remains() == [])
    }
}
