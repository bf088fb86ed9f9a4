import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `Names in their natural order` {
    @Test(arguments: [
        ["app-1", "app-2", "app-10"], ["a", "a0", "a1", "a01b", "a2", "a10", "b"], ["1", "2", "10", "a", "é"],
        ["v1.2", "v1.2.1", "v1.10"], ["07", "7", "8"], ["99999999999999999999999", "100000000000000000000000"],
    ])
    func `count as people do`(names: [String]) {
        for (position, name) in names.enumerated() {
            for (other, otherName) in names.enumerated() where other != position {
                let comesFirst = NaturalName(name: name) < NaturalName(name: otherName)
                #expect(comesFirst == (position < other), "\(name), \(otherName)")
            }
            #expect(!(NaturalName(name: name) < NaturalName(name: name)))
        }
    }

    @Test func `order attachments by network, container and interface`() {
        func key(_ network: String, _ container: String, _ interface: String) -> AttachmentKey {
            AttachmentKey(network: network, container: container, interface: interface)
        }
        let keys = [
            key("lan2", "a", "eth0"), key("lan10", "a2", "eth2"), key("lan10", "a2", "eth10"),
            key("lan10", "a10", "eth0"),
        ]
        #expect(keys.reversed().sorted { $0.naturallyPrecedes($1) } == keys)
    }
}
