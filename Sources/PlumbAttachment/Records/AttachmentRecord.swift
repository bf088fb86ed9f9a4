import FoundationEssentials
import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

/// An attachment as the text that the store keeps: one flat JSON object.
///
/// An attachment has some twenty types, and a fresh process would look up for each of them how it is encoded. In a flat
/// object of texts and numbers that costs a quarter, which every ADD and DEL would have to pay.
enum AttachmentRecord {
    static func encode(_ attachment: Attachment) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(AttachmentDocument(attachment)), as: UTF8.self)
    }

    /// Nil when the text is no attachment that this version understands; its owner is then found by the key alone.
    static func decode(_ text: String) -> Attachment? {
        do {
            return try JSONDecoder().decode(AttachmentDocument.self, from: Data(text.utf8)).attachment
        } catch {
            return nil
        }
    }
}

/// The fields of a record: stores on hosts hold them, so they may be added to, but neither be renamed nor change.
///
/// What an early version did not write yet is optional.
private struct AttachmentDocument: Codable {
    var network: String
    var container: String
    var interface: String
    var sandbox: String
    var sandboxDevice: UInt64
    var sandboxInode: UInt64
    var sandboxCookie: UInt64?
    var bridge: String
    var bridgeMAC: String
    var bridgeMTU: Int
    var gateways: [String]
    var replacesAddresses: Bool
    var promiscuous: Bool
    var removedWhenEmpty: Bool
    var hostInterface: String
    var hostMAC: String
    var containerInterface: String
    var containerMAC: String
    var mtu: Int
    var hairpin: Bool
    var isolated: Bool
    var refusesOtherMACs: Bool?
    var detectsDuplicates: Bool
    /// `10.88.0.2/16 10.88.0.1`: the address and its gateway, if it has one.
    var addresses: [String]
    /// `0.0.0.0/0 via 10.88.0.1 mtu 1400`: the destination and what else there is of it.
    var routes: [String]
    /// `tcp 8888 7777 127.0.0.1`: transport, host port, container port, and the host address, if there is one; a range
    /// of ports is `tcp 5000+4 6000`.
    var publishedPorts: [String]
    var backend: String
    var subnets: [String]
    var masquerade: Bool
    var translatesHairpins: Bool
    var ingressPolicy: String
    var isInternal: Bool?
    var randomizesPorts: Bool?
    var chainPrefix: String
    var userChain: String
    var markStore: UInt32
    var markID: UInt64
    var markLabel: String
    var defaultHostAddress: String?
}

extension AttachmentDocument {
    init(_ attachment: Attachment) {
        let policy = attachment.firewall.network
        self.init(
            network: attachment.key.network,
            container: attachment.key.container,
            interface: attachment.key.interface,
            sandbox: attachment.sandbox.path,
            sandboxDevice: attachment.sandbox.identity.device,
            sandboxInode: attachment.sandbox.identity.inode,
            sandboxCookie: attachment.sandbox.cookie,
            bridge: attachment.bridge.name,
            bridgeMAC: attachment.bridge.mac.description,
            bridgeMTU: attachment.bridge.mtu,
            gateways: attachment.bridge.gateways.map(\.description),
            replacesAddresses: attachment.bridge.replacesAddresses,
            promiscuous: attachment.bridge.promiscuous,
            removedWhenEmpty: attachment.bridge.removedWhenEmpty,
            hostInterface: attachment.hostInterface.name,
            hostMAC: attachment.hostInterface.mac.description,
            containerInterface: attachment.containerInterface.name,
            containerMAC: attachment.containerInterface.mac.description,
            mtu: attachment.link.mtu,
            hairpin: attachment.link.hairpin,
            isolated: attachment.link.isolated,
            refusesOtherMACs: attachment.link.refusesOtherMACs,
            detectsDuplicates: attachment.link.detectsDuplicates,
            addresses: attachment.addresses.map(\.recordText),
            routes: attachment.routes.map(\.recordText),
            publishedPorts: attachment.publishedPorts.map(\.recordText),
            backend: attachment.firewall.backend.rawValue,
            subnets: policy.subnets.map(\.description),
            masquerade: policy.masquerade,
            translatesHairpins: policy.hairpin,
            ingressPolicy: policy.ingressPolicy.rawValue,
            isInternal: policy.isInternal,
            randomizesPorts: policy.randomizesPorts,
            chainPrefix: policy.chainPrefix,
            userChain: policy.userChain,
            markStore: attachment.firewall.mark.store,
            markID: attachment.firewall.mark.id,
            markLabel: attachment.firewall.mark.label,
            defaultHostAddress: attachment.defaultHostAddress?.description
        )
    }

    /// Nil when a field holds what this version does not understand.
    var attachment: Attachment? {
        guard
            let bridgeMAC = MACAddress(bridgeMAC),
            let hostMAC = MACAddress(hostMAC),
            let containerMAC = MACAddress(containerMAC),
            let gateways = all(gateways, Prefix.init),
            let addresses = all(addresses, Attachment.Address.init(recordText:)),
            let routes = all(routes, Attachment.Route.init(recordText:)),
            let ports = all(publishedPorts, PublishedPort.read(recordText:)),
            let defaultHostAddresses = all([defaultHostAddress].compactMap(\.self), IPAddress.init),
            let firewall
        else { return nil }
        let identity = NamespaceIdentity(device: sandboxDevice, inode: sandboxInode)
        return Attachment(
            key: AttachmentKey(network: network, container: container, interface: interface),
            sandbox: Attachment.Sandbox(path: sandbox, identity: identity, cookie: sandboxCookie),
            bridge: Bridge(
                name: bridge,
                mac: bridgeMAC,
                mtu: bridgeMTU,
                gateways: gateways,
                replacesAddresses: replacesAddresses,
                promiscuous: promiscuous,
                removedWhenEmpty: removedWhenEmpty
            ),
            hostInterface: Attachment.Interface(name: hostInterface, mac: hostMAC),
            containerInterface: Attachment.Interface(name: containerInterface, mac: containerMAC),
            link: Attachment.Link(
                mtu: mtu,
                hairpin: hairpin,
                isolated: isolated,
                refusesOtherMACs: refusesOtherMACs ?? false,
                detectsDuplicates: detectsDuplicates
            ),
            addresses: addresses,
            routes: routes,
            publishedPorts: ports,
            firewall: firewall,
            defaultHostAddress: defaultHostAddresses.first
        )
    }

    private var firewall: FirewallPlan? {
        guard
            let backend = FirewallBackend(rawValue: backend),
            let subnets = all(subnets, Prefix.init),
            let ingressPolicy = IngressPolicy(rawValue: ingressPolicy),
            ChainNames.isValidPrefix(chainPrefix), ChainNames.isValidChain(userChain)
        else { return nil }
        return FirewallPlan(
            backend: backend,
            network: NetworkPolicy(
                bridge: bridge,
                subnets: subnets,
                masquerade: masquerade,
                hairpin: translatesHairpins,
                ingressPolicy: ingressPolicy,
                isInternal: isInternal ?? false,
                randomizesPorts: randomizesPorts ?? true,
                chainPrefix: chainPrefix,
                userChain: userChain
            ),
            mark: RuleMark(store: markStore, id: markID, label: markLabel)
        )
    }

    /// The values of all texts, or nil when one of them has none.
    private func all<Value>(_ texts: [String], _ value: (String) -> Value?) -> [Value]? {
        let values = texts.compactMap(value)
        return values.count == texts.count ? values : nil
    }
}
