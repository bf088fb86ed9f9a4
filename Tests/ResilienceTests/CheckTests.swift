import PlumbTestSupport
import Testing

/// A container on both families with published ports, checked as a runtime does: with the result of ADD.
private final class CheckedSite {
    let host: TestHost
    let container: Container
    let hostEnd: String
    private var configuration = JSON.network(Family.allCases, version: "1.1.0", ports: JSON.ports(8888, 7777))

    init() throws {
        host = try TestHost()
        container = try host.container("web")
        let result = try host.attach(container, configuration)
        hostEnd = result["interfaces"][1]["name"].string ?? ""
        configuration["prevResult"] = result
    }

    func check() throws -> PlumbReply {
        try host.plumb(host.call("CHECK", container, configuration))
    }

    /// Removes the attachment with its record.
    func detach() throws { try host.detach(container, configuration) }
}

/// Something that an administrator or another program might do to an attachment.
private enum Damage: String, CaseIterable, CustomTestStringConvertible {
    case containerLinkDown, hostLinkDown, bridgeDown
    case bridgeGone, loopbackDown
    case hairpinOff, isolatedOn, aliasGone
    case otherMaster
    case addressGone, secondAddressGone
    case routeGone
    case translationGone, admissionGone, masqueradingGone
    case containerMTU, hostMTU
    case containerMAC, hostMAC
    case bridgeAddressGone
    case forwardingOff
    case containerLinkRenamed
    case hostLinkGone
    case recordGone

    var testDescription: String { rawValue }

    func apply(_ site: CheckedSite) throws {
        let host = site.host.namespace
        let inside = site.container.namespace
        switch self {
        case .containerLinkDown: try inside.require("ip", "link", "set", "eth0", "down")
        case .hostLinkDown: try host.require("ip", "link", "set", site.hostEnd, "down")
        case .bridgeDown: try host.require("ip", "link", "set", "web0", "down")
        case .bridgeGone: try host.require("ip", "link", "delete", "web0")
        case .loopbackDown: try inside.require("ip", "link", "set", "lo", "down")
        case .hairpinOff: try host.require("ip", "link", "set", site.hostEnd, "type", "bridge_slave", "hairpin", "off")
        case .isolatedOn: try host.require("ip", "link", "set", site.hostEnd, "type", "bridge_slave", "isolated", "on")
        case .aliasGone: try host.require("ip", "link", "set", site.hostEnd, "alias", "")
        case .otherMaster:
            try host.require("ip", "link", "add", "stray0", "type", "bridge")
            try host.require("ip", "link", "set", site.hostEnd, "master", "stray0")
        case .addressGone: try inside.require("ip", "address", "delete", "10.88.0.2/24", "dev", "eth0")
        case .secondAddressGone: try inside.require("ip", "address", "delete", "fd00:88::2/64", "dev", "eth0")
        case .routeGone: try inside.require("ip", "route", "delete", "default")
        case .translationGone: try host.require("iptables-legacy", "-t", "nat", "-F", "PLUMB")
        case .admissionGone: try host.require("ip6tables-legacy", "-F", "PLUMB")
        case .masqueradingGone: try host.require("iptables-legacy", "-t", "nat", "-F", "POSTROUTING")
        case .containerMTU: try inside.require("ip", "link", "set", "eth0", "mtu", "1400")
        case .hostMTU: try host.require("ip", "link", "set", site.hostEnd, "mtu", "1400")
        case .containerMAC: try inside.require("ip", "link", "set", "eth0", "address", "02:00:00:00:00:01")
        case .hostMAC: try host.require("ip", "link", "set", site.hostEnd, "address", "02:00:00:00:00:02")
        case .bridgeAddressGone: try host.require("ip", "address", "delete", "10.88.0.1/24", "dev", "web0")
        case .forwardingOff: try host.setSysctl("ipv4/ip_forward", "0")
        case .containerLinkRenamed: try inside.require("ip", "link", "set", "eth0", "down", "name", "other0")
        case .hostLinkGone: try host.require("ip", "link", "delete", site.hostEnd)
        case .recordGone: try site.detach()
        }
    }

    /// Words that the error must hold, `HOST` standing for the host end's name.
    var words: [String] {
        switch self {
        case .containerLinkDown: ["eth0 is down"]
        case .hostLinkDown: ["HOST is down"]
        case .bridgeDown: ["web0 is down"]
        case .bridgeGone: ["web0 is missing", "HOST is no port of web0"]
        case .loopbackDown: ["lo is down"]
        case .hairpinOff: ["HOST of web0 has hairpin off, not on"]
        case .isolatedOn: ["HOST of web0 has isolated on, not off"]
        case .aliasGone: ["HOST does not carry the mark"]
        case .otherMaster: ["HOST is no port of web0"]
        case .addressGone: ["eth0 lacks the address 10.88.0.2/24"]
        case .secondAddressGone: ["eth0 lacks the address fd00:88::2/64"]
        case .routeGone: ["route to 0.0.0.0/0 via 10.88.0.1"]
        case .translationGone: ["iptables-legacy -t nat -A PLUMB", "--dport 8888", "DNAT"]
        case .admissionGone: ["ip6tables-legacy -t filter -A PLUMB", "--dport 7777"]
        case .masqueradingGone: ["MASQUERADE"]
        case .containerMTU: ["eth0 has the MTU 1400, not 1500"]
        case .hostMTU: ["HOST has the MTU 1400, not 1500"]
        case .containerMAC: ["eth0 has the MAC 02:00:00:00:00:01"]
        case .hostMAC: ["HOST has the MAC 02:00:00:00:00:02"]
        case .bridgeAddressGone: ["web0 lacks the gateway address 10.88.0.1/24"]
        case .forwardingOff: ["net.ipv4.ip_forward is not 1"]
        case .containerLinkRenamed: ["eth0 is missing"]
        case .hostLinkGone: ["HOST is missing"]
        case .recordGone: ["not in the subnet store"]
        }
    }
}

@Suite struct `CHECK` {
    @Test func `finds nothing wrong after ADD and changes nothing`() throws {
        let site = try CheckedSite()
        let state = try site.host.state(with: [site.container])
        for _ in 0..<2 {
            let reply = try site.check()
            #expect(reply.succeeded && reply.result.output.isEmpty, "\(reply)")
        }
        #expect(try site.host.state(with: [site.container]).changesApartFromLAN(since: state) == [])
    }

    @Test(arguments: Damage.allCases)
    private func `names the damage`(damage: Damage) throws {
        let site = try CheckedSite()
        try damage.apply(site)
        try expect([damage], in: site.check(), site)
    }

    @Test func `names all of several damages`() throws {
        let damages: [Damage] = [
            .hostMTU, .containerMAC, .secondAddressGone, .translationGone, .masqueradingGone, .bridgeAddressGone,
            .forwardingOff, .hostLinkDown,
        ]
        let site = try CheckedSite()
        for damage in damages { try damage.apply(site) }
        try expect(damages, in: site.check(), site)
    }

    @Test func `finds that another sandbox has the path`() throws {
        let site = try CheckedSite()
        let stranger = try site.host.container("web")
        var call = site.host.call("CHECK", stranger, .network(Family.allCases, version: "1.1.0"))
        call.configuration = "\(JSON.network(Family.allCases, version: "1.1.0").withResult)"
        let reply = try site.host.plumb(call)
        #expect(reply.code == 107)
        #expect(reply.message.contains("another namespace"), "\(reply)")
    }

    private func expect(_ damages: [Damage], in reply: PlumbReply, _ site: CheckedSite) throws {
        #expect(reply.result.status == .exited(1))
        #expect(reply.code == 107)
        for word in damages.flatMap(\.words) {
            let word = word.split(separator: "HOST", omittingEmptySubsequences: false).joined(separator: site.hostEnd)
            #expect(reply.message.contains(word), "\(reply)")
        }
        #expect(!reply.details.isEmpty)
    }
}

extension JSON {
    /// The configuration with a result of ADD that says nothing.
    fileprivate var withResult: JSON {
        var configuration = self
        configuration["prevResult"] = ["cniVersion": "1.1.0"]
        return configuration
    }
}
