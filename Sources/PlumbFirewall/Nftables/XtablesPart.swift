import CNetfilter
import PlumbAddress

/// Matches and targets of x_tables in rules that iptables-nft has made: the same bytes without their header.
enum XtablesPart {
    /// What a match compares.
    static func conditions(_ name: String, revision: UInt32, _ info: [UInt8]) -> [Condition] {
        read(name, revision, info) { $0.conditions } ?? [.unknown(name)]
    }

    /// What becomes of packets by a target.
    static func verdict(
        _ name: String,
        revision: UInt32,
        _ info: [UInt8],
        _ family: AddressFamily
    ) -> KernelRule.Verdict {
        read(name, revision, info) { $0.verdict(family) } ?? .unknown(name)
    }

    private static func read<Value>(
        _ name: String,
        _ revision: UInt32,
        _ info: [UInt8],
        _ body: (EntryView.Part) -> Value
    ) -> Value? {
        let size = EntryView.Part.headerSize + info.count
        let text = Array(name.utf8.prefix(Int(XT_EXTENSION_MAXNAMELEN) - 1))
        let padding = [UInt8](repeating: 0, count: Int(XT_EXTENSION_MAXNAMELEN) - text.count)
        let length = unsafe withUnsafeBytes(of: UInt16(clamping: size)) { unsafe Array($0) }
        let bytes = length + text + padding + [UInt8(truncatingIfNeeded: revision)] + info
        return unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return unsafe EntryView.Part(base, room: bytes.count).map(body)
        }
    }
}
