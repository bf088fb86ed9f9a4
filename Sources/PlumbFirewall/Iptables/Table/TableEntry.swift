/// An entry of a table: a rule, or what begins or ends a chain.
struct TableEntry {
    /// Where the entry's bytes are.
    enum Bytes {
        /// At a position of what the kernel handed out, as which of its entries.
        case kernel(position: Int, number: Int)
        case added([UInt8])
    }

    /// Where the standard target sends packets, if that is no verdict: the kernel has an offset there, which changes with
    /// whatever comes before.
    enum Jump: Equatable {
        /// To the entry behind this one: the way the kernel knows rules without a target.
        case next
        /// To the chain whose first entry was at a position of what the kernel handed out.
        case position(Int)
        case chain(String)

        var position: Int? {
            guard case .position(let position) = self else { return nil }
            return position
        }
    }

    let bytes: Bytes
    let size: Int
    let jump: Jump?

    init(bytes: Bytes, size: Int, jump: Jump? = nil) {
        self.bytes = bytes
        self.size = size
        self.jump = jump
    }

    init(adding bytes: [UInt8], jump: Jump? = nil) {
        self.init(bytes: .added(bytes), size: bytes.count, jump: jump)
    }

    /// Which of the kernel's entries it is, whose counters are kept; nil of an added one.
    var number: Int? {
        guard case .kernel(_, let number) = bytes else { return nil }
        return number
    }
}

/// A chain of a table.
struct TableChain {
    let name: String
    /// The hook that the kernel asks the chain at (`NF_INET_*`), or nil for one that rules jump to.
    let hook: Int?
    /// Where the first entry was in what the kernel handed out, which is what jumps to the chain say there.
    let position: Int?
    /// The entry that holds the name, which chains of the kernel don't have.
    let head: TableEntry?
    var rules: [TableEntry]
    /// The last entry: the policy, or the return to where the jump came from.
    let foot: TableEntry
}

/// The chains that the kernel asks, by hook (`enum nf_inet_hooks` of `linux/netfilter.h`).
let kernelChainNames = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]
