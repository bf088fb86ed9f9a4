import PlumbAddress
import PlumbLinux
import PlumbNetlink
import PlumbTestSupport
import Testing

@testable import PlumbAttachment
@testable import PlumbSubnetStore

@Suite struct `An attachment in the store` {
    private let host: Namespace
    private let container: Namespace
    private let living: ProcessIdentity
    private let dead: ProcessIdentity

    init() throws {
        host = try Namespace()
        container = try Namespace()
        living = try ProcessIdentity.current()
        dead = ProcessIdentity(pid: living.pid, startTime: living.startTime + 1)
    }

    @Test(arguments: [AttachmentState.attaching, .detaching])
    func `that is unfinished lives as long as its writer`(state: AttachmentState) throws {
        #expect(try verdict(entry(state, writer: living)) == .alive)
        #expect(try verdict(entry(state, writer: dead)) == .dead)
    }

    @Test func `lives as long as its namespace is at its path`() throws {
        #expect(try verdict(entry(.attached, writer: dead, path: container.path)) == .alive)
    }

    @Test func `lives when its record can't be read`() throws {
        #expect(try verdict(entry(.attached, writer: dead, record: "{}")) == .alive)
    }

    @Test func `is dead when namespace and pair are gone`() throws {
        #expect(try verdict(entry(.attached, writer: living)) == .dead)
    }

    @Test func `is dead when its path leads to another namespace and the pair is gone`() throws {
        let identity = NamespaceIdentity(device: 4, inode: 1)
        #expect(try verdict(entry(.attached, writer: living, path: container.path, identity: identity)) == .dead)
    }

    @Test func `is dead when a later namespace has its inode number and the pair is gone`() throws {
        let own = try container.enter { try NetlinkSocket.open().namespaceCookie }
        let cookie = try #require(own)
        #expect(try verdict(entry(.attached, writer: living, path: container.path, cookie: cookie)) == .alive)
        #expect(try verdict(entry(.attached, writer: living, path: container.path, cookie: cookie + 1)) == .dead)
        try host.require("ip", "link", "add", "vethd6385992", "type", "veth", "peer", "name", "other")
        #expect(try verdict(entry(.attached, writer: living, path: container.path, cookie: cookie + 1)) == .alive)
    }

    @Test func `may live elsewhere as long as its pair is there`() throws {
        try host.require("ip", "link", "add", "vethd6385992", "type", "veth", "peer", "name", "other")
        #expect(try verdict(entry(.attached, writer: living)) == .uncertain)
    }

    @Test func `does not live by a link of another kind`() throws {
        try host.require("ip", "link", "add", "vethd6385992", "type", "bridge")
        #expect(try verdict(entry(.attached, writer: living)) == .dead)
    }

    private func verdict(_ entry: StoreEntry) throws -> Liveness.Verdict {
        try host.enter { try Liveness.verdict(entry, Host.open()) }
    }

    private func entry(
        _ state: AttachmentState,
        writer: ProcessIdentity,
        path: String = "/run/netns/gone",
        identity: NamespaceIdentity? = nil,
        cookie: UInt64? = nil,
        record: String? = nil
    ) throws -> StoreEntry {
        let behindPath = NamespaceIdentity(path: path) ?? NamespaceIdentity(device: 4, inode: 1)
        var facts = HostFacts(bridge: nil)
        facts.sandboxCookie = cookie
        let planner = try Plan(facts: facts).planner(sandboxPath: path)
        let attachment = planner.attachment(
            addresses: [],
            hostInterface: "vethd6385992",
            sandbox: identity ?? behindPath
        )
        return StoreEntry(
            StoredAttachment(
                number: 1,
                key: attachment.key,
                state: state,
                writer: writer,
                hostInterface: "vethd6385992",
                record: try record ?? AttachmentRecord.encode(attachment),
                createdAt: 0
            )
        )
    }
}
