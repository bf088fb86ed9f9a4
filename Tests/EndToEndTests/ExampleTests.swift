import PlumbTestSupport
import Testing

@Suite struct `The example configurations` {
    /// The files of `cni-conf`, which lies beside the folder of the tests.
    static let files: [String] = {
        let root = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let path = root.joined(separator: "/") + "/cni-conf"
        return TemporaryFolder.names(in: path).filter { $0.hasSuffix(".conflist") }.map { "\(path)/\($0)" }
    }()

    @Test func `are there`() {
        #expect(Self.files.count >= 4)
    }

    @Test(arguments: files)
    func `attach containers, publish ports and leave nothing`(path: String) throws {
        let list = try JSON(parsing: try Command(["cat", path]).run().output)
        let host = try TestHost()
        let container = try host.container("web")
        var configurations: [JSON] = []
        for plugin in list["plugins"].elements {
            // What a runtime does with a list: the name, the version and what the plugin says that it can take.
            var configuration = plugin
            configuration["cniVersion"] = list["cniVersion"]
            configuration["name"] = list["name"]
            if plugin["capabilities"]["portMappings"] == true {
                configuration["runtimeConfig"]["portMappings"] = .array(JSON.ports(8888, 7777))
            }
            configuration["capabilities"] = nil
            configurations.append(configuration)
        }
        var result = JSON.null
        for index in configurations.indices {
            configurations[index]["prevResult"] = result
            result = try host.attach(container, configurations[index])
        }
        let server = try Server("web", in: container.namespace, port: 7777)
        #expect(configurations.contains { $0["runtimeConfig"]["portMappings"] != nil })
        for family in Family.allCases where result["ips"].elements.contains(where: family.isFamily) {
            for transport in Transport.allCases {
                #expect(try host.lan.ask(transport, family.host, 8888).server == server.name)
            }
            let outside = try Server("outside", in: host.lan, port: 80, at: [family.lan])
            #expect(try container.namespace.ask(.tcp, family.lan, 80) == .from(outside.name, sawPeer: family.host))
        }
        for configuration in configurations.reversed() { try host.detach(container, configuration) }
        #expect(try host.remains() == [])
    }
}

extension Family {
    /// Whether an address of a result is of the family.
    fileprivate func isFamily(_ ip: JSON) -> Bool {
        (ip["address"].string ?? "").contains(":") == (self == .ipv6)
    }
}
