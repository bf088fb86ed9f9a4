import PlumbAddress

/// An element and the name of the set that it is in.
struct NftablesEntry: Hashable, Sendable {
    let set: String
    var element: NftablesElement

    /// What tells entries apart: a set holds a key once.
    struct Place: Hashable, Sendable {
        let set: String
        let key: [UInt8]
        let keyEnd: [UInt8]?
    }

    var place: Place { Place(set: set, key: element.key, keyEnd: element.keyEnd) }

    /// The mark of the attachment that the element belongs to; nil for those of networks.
    var mark: RuleMark? { element.comment.flatMap { RuleMark(comment: $0) } }

    /// Whether the two say the same; what was counted makes no difference.
    func says(_ other: NftablesEntry) -> Bool {
        element.data == other.element.data && element.comment == other.element.comment
    }

    /// Whether the key is a host end, alone or at its beginning: who has the name now owns the entry.
    var isNamedByHostEnd: Bool { !NftablesLayout.portSets.contains(set) }

    /// The same port where it waits for its turn, if the container has it from another of its networks; nil if there is no
    /// such place.
    var spare: NftablesEntry? {
        NftablesLayout.firstPortSets.contains(set) ? NftablesEntry(NftablesLayout.Name.spare(set), element) : nil
    }

    init(_ set: String, _ element: NftablesElement) {
        self.set = set
        self.element = element
    }
}

extension NftablesLayout {
    /// The elements that a network should have.
    func entries(of network: NetworkPolicy) -> [NftablesEntry] {
        let bridge = network.bridge.interfaceKey
        let inside = NftablesVerdict.drop(if: network.ingressPolicy == .isolated)
        var entries = [
            NftablesEntry(Name.bridges, NftablesElement(key: bridge, comment: "rules of version \(Self.version)")),
            NftablesEntry(Name.inside, NftablesElement(key: bridge + bridge, data: .verdict(inside))),
        ]
        for (name, isMember) in [
            (Name.internal, network.isInternal), (Name.protected, network.ingressPolicy == .protected),
            (Name.hairpin, network.hairpin),
        ] where isMember {
            entries.append(NftablesEntry(name, NftablesElement(key: bridge)))
        }
        for subnet in Set(network.subnets.map(\.subnet)).sorted(by: { $0.firstAddress < $1.firstAddress }) {
            let place = NftablesElement(
                key: bridge + subnet.firstAddress.bytes,
                keyEnd: bridge + subnet.lastAddress.bytes
            )
            entries.append(NftablesEntry(Name.subnets(subnet.family), place))
            guard network.masquerade else { continue }
            var leaving = place
            leaving.data = .verdict(.goto(network.randomizesPorts ? Masquerading.random : Masquerading.plain))
            entries.append(NftablesEntry(Name.masquerade(subnet.family), leaving))
        }
        return entries
    }

    /// The elements that a network with the same bridge and the same subnets may have, under whatever policy.
    func possibleEntries(of network: NetworkPolicy) -> [NftablesEntry] {
        let bridge = NftablesElement(key: network.bridge.interfaceKey)
        let open = entries(of: network)
        return open
            + [Name.internal, Name.protected, Name.hairpin].map { NftablesEntry($0, bridge) }
            .filter { flag in !open.contains { $0.place == flag.place } }
            + open.compactMap { entry in
                let family = AddressFamily.allCases.first { Name.subnets($0) == entry.set }
                let masquerade = family.map { NftablesEntry(Name.masquerade($0), entry.element) }
                return masquerade.flatMap { place in open.contains { $0.place == place.place } ? nil : place }
            }
    }

    /// The elements that an attachment should have: one for each published port, and one that says that it has some.
    func entries(of attachment: AttachmentPolicy) -> [NftablesEntry] {
        let comment = NftablesNotes.cut(attachment.mark.comment)
        var entries: [NftablesEntry] = []
        for family in AddressFamily.allCases {
            guard let address = attachment.address(of: family) else { continue }
            for port in attachment.ports(of: family) {
                let host = port.hostAddress.flatMap { $0.isUnspecified ? nil : $0 }
                let set = host == nil ? Name.ports(family) : Name.addressPorts(family)
                let head = (host?.bytes ?? []) + [UInt8(port.transport.number), 0, 0, 0]
                for (hostPort, containerPort) in zip(port.hostPorts, port.containerPorts) {
                    let element = NftablesElement(
                        key: head + hostPort.key,
                        data: .value(address.bytes + containerPort.key),
                        comment: comment
                    )
                    entries.append(NftablesEntry(set, element))
                }
            }
        }
        guard !entries.isEmpty else { return [] }
        let publisher = NftablesElement(key: attachment.hostInterface.interfaceKey, comment: comment)
        return entries + [NftablesEntry(Name.publishers, publisher)]
    }
}

extension NftablesVerdict {
    fileprivate static func drop(if condition: Bool) -> NftablesVerdict { condition ? .drop : .accept }
}

extension UInt16 {
    /// The port as a part of a key: in network byte order, padded to 4 bytes.
    fileprivate var key: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF), 0, 0] }
}
