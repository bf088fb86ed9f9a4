package import PlumbAddress
package import PlumbCNI

/// What the fields are called where the user wrote them: keys of the JSON configuration, or environment variables.
package struct FieldNames: Sendable {
    private let aliases: [String: String]

    /// Every field goes by its path in the JSON configuration.
    package static let configuration = FieldNames(aliases: [:])

    /// Makes names from a table of JSON path to what stands for it.
    package init(aliases: [String: String]) {
        self.aliases = aliases
    }

    /// The names with some more.
    package func adding(_ more: [String: String]) -> FieldNames {
        FieldNames(aliases: aliases.merging(more) { $1 })
    }

    /// What the user calls the field.
    package subscript(path: String) -> String { aliases[path] ?? path }

    /// The error for a field whose value makes no sense (CNI code 7).
    package func invalid(_ path: String, _ value: some CustomStringConvertible, _ problem: String) -> CNIError {
        CNIError(.invalidConfiguration, "\(self[path]): \"\(value)\" \(problem)")
    }

    /// An address with its prefix length.
    ///
    /// - Throws: `CNIError` 7 naming field and value.
    package func prefix(_ path: String, _ text: String) throws(CNIError) -> Prefix {
        guard let prefix = Prefix(text) else {
            throw invalid(path, text, "is not an address with a prefix length, such as 10.88.0.0/16 or fd00:88::/64")
        }
        return prefix
    }

    /// An address of either family.
    ///
    /// - Throws: `CNIError` 7 naming field and value.
    package func address(_ path: String, _ text: String) throws(CNIError) -> IPAddress {
        guard let address = IPAddress(text) else {
            throw invalid(path, text, "is not an IP address, such as 10.88.0.1 or fd00:88::1")
        }
        return address
    }

    /// An address of either family; nil for none, which an empty text means as well.
    ///
    /// - Throws: `CNIError` 7 naming field and value.
    package func address(_ path: String, ifGiven text: String?) throws(CNIError) -> IPAddress? {
        guard let text, !text.isEmpty else { return nil }
        return try address(path, text)
    }

    /// One of a few words; a default for none, which an empty text means as well.
    ///
    /// - Throws: `CNIError` 7 naming field, value and the words.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ path: String,
        _ text: String?,
        otherwise: Choice
    ) throws(CNIError) -> Choice {
        guard let text, !text.isEmpty else { return otherwise }
        guard let choice = Choice(rawValue: text) else {
            throw invalid(path, text, "is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// An interface's MAC address, which must be able to belong to one.
    package func mac(_ path: String, _ text: String) throws(CNIError) -> MACAddress {
        guard let mac = MACAddress(text) else {
            throw invalid(path, text, "is not a MAC address, such as 02:42:0a:58:00:02")
        }
        guard !mac.isMulticast, !mac.isZero else {
            throw invalid(path, text, "can't belong to an interface: it is a group's address, or zero")
        }
        return mac
    }

    /// An MTU in bytes; nil for 0, which leaves the choice to plumb.
    ///
    /// 68 is what IPv4 needs at least (RFC 791), 1280 what IPv6 needs (RFC 8200), 65535 what the kernel takes for veth.
    package func mtu(_ path: String, _ value: Int?, families: [AddressFamily]) throws(CNIError) -> Int? {
        guard let value, value != 0 else { return nil }
        let least = families.contains(.ipv6) ? 1280 : 68
        guard (least...65535).contains(value) else {
            throw invalid(path, value, "is not an MTU from \(least) to 65535 bytes")
        }
        return value
    }
}
