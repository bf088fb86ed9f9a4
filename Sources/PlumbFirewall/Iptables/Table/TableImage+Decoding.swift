import CNetfilter
import PlumbAddress

extension TableImage {
    /// Cuts what the kernel handed out into chains, or fails if it is laid out otherwise.
    ///
    /// The entries begin at `start`; `hooks` says where those of hooks do, counted from there. A chain of the kernel begins
    /// where a hook does, any other with an entry that holds its name; the last entry of each is its policy or its return.
    /// Behind all chains is one more entry with a name.
    init?(_ family: AddressFamily, _ bytes: [UInt8], start: Int, hooks: [(hook: Int, offset: Int)]) {
        var chains: [TableChain] = []
        var begun: ChainBeginning?
        var position = start
        var count = 0
        while position < bytes.count {
            guard let read = ReadEntry(family, bytes, start: start, position: position, number: count) else {
                return nil
            }
            let hook = hooks.first { start + $0.offset == position }?.hook
            if hook != nil || read.chainName != nil {
                if let begun {
                    guard let chain = begun.chain else { return nil }
                    chains.append(chain)
                }
                begun = ChainBeginning(read, hook: hook, position: position)
            } else {
                guard begun != nil else { return nil }
                begun?.entries.append(read.entry)
            }
            position += read.entry.size
            count += 1
        }
        guard let end = begun?.head, begun?.entries.isEmpty == true else { return nil }
        let names = PositionMap(chains.compactMap { chain in chain.position.map { ($0, chain.name) } })
        // Jumps lead to the beginnings of chains and nowhere else.
        let jumps = chains.lazy.flatMap(\.rules).compactMap(\.jump)
        guard jumps.allSatisfy({ $0.position.map { names[$0] != nil } ?? true }) else { return nil }
        self.init(family, kernelBytes: bytes, kernelCount: count, names: names, chains: chains, end: end)
    }

    /// Calls with the bytes of an entry.
    func withView<Result>(of entry: TableEntry, _ body: (EntryView) -> Result) -> Result {
        func call(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> Result {
            guard let view = unsafe EntryView(bytes, at: position, family) else {
                preconditionFailure("entries are checked when they are read")
            }
            return body(view)
        }
        return switch entry.bytes {
        case .kernel(let position, _): unsafe kernelBytes.withUnsafeBytes { unsafe call($0, position) }
        case .added(let bytes): unsafe bytes.withUnsafeBytes { unsafe call($0, 0) }
        }
    }

    /// The name of what an entry does with packets, as iptables has it; empty if it only counts them.
    func targetName(of entry: TableEntry) -> String {
        switch entry.jump {
        case .next: ""
        case .chain(let name): name
        case .position(let position): names[position] ?? ""
        case nil: withView(of: entry) { $0.standardVerdict?.name ?? $0.target?.name ?? "" }
        }
    }
}

/// An entry as it is met in what the kernel handed out.
private struct ReadEntry {
    let entry: TableEntry
    /// The name of the chain that the entry begins.
    let chainName: String?

    /// Reads an entry, or nil where there is none.
    init?(_ family: AddressFamily, _ bytes: [UInt8], start: Int, position: Int, number: Int) {
        let read = unsafe bytes.withUnsafeBytes { bytes -> (size: Int, offset: CInt?, chainName: String?)? in
            unsafe EntryView(bytes, at: position, family).map { ($0.size, $0.jumpOffset, $0.chainName) }
        }
        guard let read else { return nil }
        chainName = read.chainName
        let jump = read.offset.map { offset -> TableEntry.Jump in
            let target = start + Int(offset)
            return target == position + read.size ? .next : .position(target)
        }
        entry = TableEntry(bytes: .kernel(position: position, number: number), size: read.size, jump: jump)
    }
}

/// A chain whose end has not been met.
private struct ChainBeginning {
    let name: String
    let hook: Int?
    let position: Int
    let head: TableEntry?
    var entries: [TableEntry]

    init(_ first: ReadEntry, hook: Int?, position: Int) {
        name = hook.map { kernelChainNames[$0] } ?? first.chainName ?? ""
        self.hook = hook
        self.position = hook == nil ? position + first.entry.size : position
        head = hook == nil ? first.entry : nil
        entries = hook == nil ? [] : [first.entry]
    }

    /// The chain, or nil if it has no last entry.
    var chain: TableChain? {
        guard let foot = entries.last else { return nil }
        let rules = Array(entries.dropLast())
        return TableChain(name: name, hook: hook, position: position, head: head, rules: rules, foot: foot)
    }
}
