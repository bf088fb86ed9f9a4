import CLibnl
import Glibc

extension NftablesSocket {
    /// Makes changes, all or none.
    ///
    /// With the generation of the state that they were planned for, they are refused with ERESTART if others have changed
    /// anything since.
    ///
    /// - Throws: `FirewallError` that names the first change that was refused, with the kernel's errno and words.
    ///   Equivalent to: `nft -f FILE`
    mutating func commit(_ changes: [NftablesChange], generation: UInt32? = nil) throws(FirewallError) {
        let parts = changes.flatMap(\.parts)
        guard let last = parts.indices.last else { return }
        let operation = "change nftables"
        let first = try send(parts.count + 2, for: operation) { messages, first in
            messages.append(
                type: NFNL_MSG_BATCH_BEGIN,
                flags: 0,
                sequence: first,
                family: UInt8(NFPROTO_UNSPEC),
                resource: UInt16(NFNL_SUBSYS_NFTABLES)
            ) { message in
                if let generation { message.put(NFNL_BATCH_GENID, number: generation) }
            }
            for (position, change) in parts.enumerated() {
                change.encode(to: &messages, sequence: first + 1 + UInt32(position), isLast: position == last)
            }
            messages.append(
                type: NFNL_MSG_BATCH_END,
                flags: 0,
                sequence: first + 1 + UInt32(parts.count),
                family: UInt8(NFPROTO_UNSPEC),
                resource: UInt16(NFNL_SUBSYS_NFTABLES)
            )
        }
        try readVerdict(on: parts, first: first)
    }

    /// Reads the answers to a batch: one for each change that was refused, and one for the last.
    private func readVerdict(on parts: [NftablesChange], first: UInt32) throws(FirewallError) {
        var refusal: FirewallError?
        var isAcknowledged = false
        _ = try receive(for: "hear of a change of nftables") { message in
            guard let failure = message.failure else { return false }
            let position = Int(message.sequence &- first) - 1
            if failure == 0 {
                isAcknowledged = isAcknowledged || position == parts.count - 1
            } else if refusal == nil {
                let change = parts.indices.contains(position) ? parts[position].description : "change nftables"
                refusal = Self.error(change, failure, text: message.failureText)
            }
            return false
        }
        if let refusal { throw refusal }
        guard isAcknowledged else { throw Self.error("change nftables", EPROTO) }
    }
}
