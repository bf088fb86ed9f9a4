import PlumbTestSupport
import Testing

@Suite struct `A store in trouble` {
    /// What may be in the place of the store's folder.
    enum Impostor: CaseIterable {
        case file
        case linkToFolder
        case folderThatOthersCanWrite
        case folderOfSomebodyElse
        case nothingWithinAFile

        /// Puts it there, with the tools of a shell.
        func script(_ path: String) -> String {
            switch self {
            case .file: "touch \(path)"
            case .linkToFolder: "mkdir -m 700 \(path).real && ln -s \(path).real \(path)"
            case .folderThatOthersCanWrite: "mkdir \(path) && chmod 777 \(path)"
            case .folderOfSomebodyElse: "mkdir -m 700 \(path) && chown 65534 \(path)"
            case .nothingWithinAFile: "touch \(path)"
            }
        }
    }

    @Test(arguments: Impostor.allCases)
    func `is not used when something else is in its place`(impostor: Impostor) throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.namespace.require("sh", "-c", impostor.script(host.stateDirectory))
        var call = host.call("ADD", container, .network(ports: JSON.ports(8888, 7777)))
        let directory = impostor == .nothingWithinAFile ? "\(host.stateDirectory)/deeper" : host.stateDirectory
        call.environment["PLUMB_STATE_DIR"] = directory
        let before = try host.namespace.ip("address").elements.count
        let reply = try host.plumb(call)
        #expect(reply.result.status == .exited(1) && reply.code == 105, "\(reply)")
        #expect(reply.message.contains(directory), "\(reply)")
        #expect(try host.namespace.ip("address").elements.count == before)
        #expect(try host.firewallRules() == [])
        #expect(try container.namespace.ip("link").elements.count == 1)
    }

    /// What may happen to the database.
    enum Damage: String, CaseIterable {
        case cutOff = "truncate -s 5000 $file"
        case overwritten = "head -c 49152 /dev/zero | tr '\\0' 'x' > $file"
        case damagedInside = "printf garbage | dd of=$file bs=1 seek=4200 conv=notrunc 2>/dev/null"
    }

    /// How nothing may be left of the database, while links and rules are as they were.
    enum Loss: String, CaseIterable {
        case emptied = ": > $file"
        case removed = "rm $file $file-journal"
    }

    @Test(arguments: Damage.allCases)
    func `with damage never gives a living container's address or port away`(damage: Damage) throws {
        try expectNoTheft(after: damage.rawValue)
    }

    @Test(arguments: Loss.allCases)
    func `that is lost never gives a living container's address or port away`(loss: Loss) throws {
        try expectNoTheft(after: loss.rawValue)
    }

    private func expectNoTheft(after command: String) throws {
        let site = try Site()
        let script = "for file in \(site.host.stateDirectory)/*.sqlite; do \(command); done"
        try site.host.namespace.require("sh", "-c", script)

        let rival = try site.host.container("rival")
        let reply = try site.host.add(rival, .network(Family.allCases, ports: JSON.ports(9999, 7777)))
        if reply.succeeded {
            let addresses = reply.json["ips"].elements.compactMap { $0["address"].string }
            #expect(Set(addresses).isDisjoint(with: ["10.88.0.2/24", "fd00:88::2/64"]), "\(reply)")
        } else {
            #expect(reply.code == 105 && reply.message.contains(site.host.stateDirectory), "\(reply)")
        }
        let thief = try site.host.add(
            try site.host.container("thief"),
            .network(Family.allCases, ports: JSON.ports(8888, 7777))
        )
        #expect(!thief.succeeded && thief.code != nil, "\(thief)")
        for family in Family.allCases {
            #expect(try site.host.lan.ask(.tcp, family.host, 8888).server == "server")
        }
    }
}
