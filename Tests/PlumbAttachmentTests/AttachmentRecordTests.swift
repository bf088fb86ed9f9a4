import PlumbAddress
import Testing

@testable import PlumbAttachment

@Suite struct `The record of an attachment` {
    @Test func `is read as it was written`() throws {
        let attachment = try exampleAttachment()
        #expect(AttachmentRecord.decode(try AttachmentRecord.encode(attachment)) == attachment)
    }

    @Test func `is read as it was written with every part of a route`() throws {
        let route = #"{"dst": "10.0.0.0/8", "mtu": 1400, "advmss": 1360, "priority": 7, "table": 100, "scope": 253}"#
        let attachment = try Plan(keys: #""ipam": {"subnet": "10.88.0.0/16", "routes": [\#(route)]}"#)
            .attachment(attached("10.88.0.2/16"))
        #expect(AttachmentRecord.decode(try AttachmentRecord.encode(attachment)) == attachment)
    }

    @Test(arguments: ["192.0.2.10", "2001:db8::10"])
    func `is read as it was written with a host address for later ports`(address: String) throws {
        let attachment = try Plan(keys: #""defaultHostIP": "\#(address)""#).attachment(attached("10.88.0.2/16"))
        #expect(attachment.defaultHostAddress?.description == address)
        #expect(AttachmentRecord.decode(try AttachmentRecord.encode(attachment)) == attachment)
    }

    // Stores on hosts hold such records. One that can't be read any more makes DEL guess, so this text stays as it is.
    @Test func `can be read for ever`() throws {
        #expect(AttachmentRecord.decode(Self.stored) == (try exampleAttachment()))
    }

    @Test func `may hold what later versions add`() throws {
        let text = Self.stored.replacing(
            "\"addresses\":",
            with: "\"later\":{\"a\":[1]},\"addresses\":",
            maxReplacements: 1
        )
        #expect(AttachmentRecord.decode(text) == (try exampleAttachment()))
    }

    @Test(arguments: ["", "{", "{}", "null", "[]", "{\"network\":\"lan\"}"])
    func `is none when it can't be understood`(text: String) {
        #expect(AttachmentRecord.decode(text) == nil)
    }

    private static let stored = #"""
        {"network":"lan","container":"web0","interface":"eth0","sandbox":"/run/netns/web","sandboxDevice":4,\#
        "sandboxInode":4026532000,"bridge":"br0","bridgeMAC":"36:cf:a2:fc:95:20","bridgeMTU":1400,\#
        "gateways":["10.88.0.1/16","fd00:88::1/64"],"replacesAddresses":true,"promiscuous":false,\#
        "removedWhenEmpty":false,"hostInterface":"vethd6385992","hostMAC":"66:39:d8:0e:8e:04",\#
        "containerInterface":"eth0","containerMAC":"02:42:0a:58:00:02","mtu":1400,"hairpin":true,\#
        "isolated":false,"detectsDuplicates":false,\#
        "addresses":["10.88.0.2/16 10.88.0.1","fd00:88::2/64 fd00:88::1"],\#
        "routes":["0.0.0.0/0 via 10.88.0.1","::/0 via fd00:88::1"],"publishedPorts":["tcp 8888 7777"],\#
        "backend":"auto","subnets":["10.88.0.0/16","fd00:88::/64"],"masquerade":true,\#
        "translatesHairpins":true,"ingressPolicy":"open","chainPrefix":"PLUMB","userChain":"PLUMB-USER",\#
        "markStore":2113086464,"markID":5270568600264805285,"markLabel":"web0 eth0 lan"}
        """#
}
