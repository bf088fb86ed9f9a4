import PlumbLinux

/// The comment by which the rules of an attachment are found again: `plumb 0123abcd-0123456789abcdef web0 eth0 lan`.
///
/// Rules in kernels carry it, so its form never may change.
package struct RuleMark: Hashable, Sendable, Codable {
    /// The hash of the store's directory: only rules of the own store are known to be orphans.
    package let store: UInt32

    /// The hash of network, container and interface.
    package let id: UInt64

    /// What a person needs to know whose rule it is.
    package let label: String

    /// The longest comment that `xt_comment` holds (`XT_MAX_COMMENT_LEN`, less the zero byte).
    private static let longestComment = 255

    /// The bytes of a comment up to the label: `plumb `, 8 digits, a hyphen, 16 digits.
    private static let headLength = 31

    /// Makes a mark; the label loses its control characters, and its end where the comment would be too long.
    package init(store: UInt32, id: UInt64, label: String) {
        self.store = store
        self.id = id
        var room = Self.longestComment - Self.headLength - 1
        var kept = String.UnicodeScalarView()
        for scalar in label.unicodeScalars where scalar.properties.generalCategory != .control {
            room -= scalar.utf8.count
            if room < 0 { break }
            kept.append(scalar)
        }
        self.label = String(kept)
    }

    /// Makes the mark of an attachment that is recorded in a store.
    package init(storeDirectory: String, network: String, container: String, interface: String) {
        self.init(
            store: Self.store(of: storeDirectory),
            id: stableHash([network, container, interface]),
            label: "\(container.prefix(12)) \(interface) \(network)"
        )
    }

    /// The number that marks have of the store in a directory.
    package static func store(of directory: String) -> UInt32 {
        UInt32(truncatingIfNeeded: stableHash([directory]))
    }

    /// Reads a mark from a rule's comment, or nil when the comment is none.
    package init?(comment: String) {
        guard let identity = Identity(comment: comment.utf8) else { return nil }
        let label = comment.utf8.dropFirst(Self.headLength + 1)
        self.init(store: identity.store, id: identity.id, label: String(decoding: label, as: UTF8.self))
    }

    /// The comment that the rules carry: at most 255 bytes.
    package var comment: String {
        let head = "plumb \(hexadecimal(store, digits: 8))-\(hexadecimal(id, digits: 16))"
        return label.isEmpty ? head : "\(head) \(label)"
    }

    /// Whether the marks are of one container in one store, as far as their labels tell: they hold the beginning of its id.
    func sharesContainer(with other: RuleMark) -> Bool {
        store == other.store && label.prefix { $0 != " " } == other.label.prefix { $0 != " " }
    }

    /// The part of a mark that tells rules apart.
    struct Identity: Hashable, Sendable {
        let store: UInt32
        let id: UInt64
    }

    var identity: Identity { Identity(store: store, id: id) }
}

extension RuleMark.Identity {
    /// Reads the identity from the bytes of a comment.
    ///
    /// It is asked for every rule of a table, so it allocates nothing.
    init?(comment: some Collection<UInt8>) {
        var rest = comment[...]
        func skip(_ expected: String) -> Bool {
            guard rest.starts(with: expected.utf8) else { return false }
            rest = rest.dropFirst(expected.utf8.count)
            return true
        }
        func number(digits: Int) -> UInt64? {
            var value: UInt64 = 0
            for _ in 0..<digits {
                guard let digit = rest.popFirst().flatMap(Self.value(ofDigit:)) else { return nil }
                value = value << 4 | digit
            }
            return value
        }
        guard
            skip("plumb "), let store = number(digits: 8), skip("-"), let id = number(digits: 16),
            rest.isEmpty || rest.first == UInt8(ascii: " ")
        else { return nil }
        self.init(store: UInt32(store), id: id)
    }

    private static func value(ofDigit digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a")) + 10
        default: nil
        }
    }
}
