import CNetfilter
import PlumbAddress

/// A table as the kernel takes it.
struct EncodedTable {
    /// The entries, behind as many zeros as were asked for.
    var bytes: [UInt8]
    /// Which of the kernel's entries each one is, or nil for those that were added.
    var numbers: [Int?] = []
    /// By hook, where its chain begins, counted from the first entry (`hook_entry`).
    var hookEntries = [UInt32](repeating: 0, count: kernelChainNames.count)
    /// By hook, where its chain's policy is, counted from the first entry (`underflow`).
    var underflows = [UInt32](repeating: 0, count: kernelChainNames.count)
    /// The hooks that the table has a chain for, one bit each (`valid_hooks`).
    var hooks: UInt32 = 0
}

extension TableImage {
    /// The table as the kernel takes it, behind room for a header.
    func encoded(headerSize: Int) -> EncodedTable {
        let layout = ChainLayout(chains)
        var table = EncodedTable(bytes: [])
        table.bytes.reserveCapacity(headerSize + layout.size + end.size)
        table.bytes.append(contentsOf: repeatElement(0, count: headerSize))
        for chain in chains {
            if let head = chain.head { append(head, to: &table, layout, headerSize) }
            if let hook = chain.hook { table.hookEntries[hook] = UInt32(table.bytes.count - headerSize) }
            for rule in chain.rules { append(rule, to: &table, layout, headerSize) }
            if let hook = chain.hook {
                table.underflows[hook] = UInt32(table.bytes.count - headerSize)
                table.hooks |= 1 << UInt32(hook)
            }
            append(chain.foot, to: &table, layout, headerSize)
        }
        append(end, to: &table, layout, headerSize)
        return table
    }

    private func append(
        _ entry: TableEntry,
        to table: inout EncodedTable,
        _ layout: ChainLayout,
        _ headerSize: Int
    ) {
        let position = table.bytes.count
        switch entry.bytes {
        case .kernel(let start, _): table.bytes += kernelBytes[start..<start + entry.size]
        case .added(let bytes): table.bytes += bytes
        }
        table.numbers.append(entry.number)
        guard let jump = entry.jump else { return }
        let offset = jump == .next ? table.bytes.count - headerSize : layout.offset(of: jump)
        unsafe table.bytes.withUnsafeMutableBytes { bytes in
            let view = unsafe EntryView(UnsafeRawBufferPointer(bytes), at: position, family)
            guard let field = view?.verdictPosition else { preconditionFailure("only standard targets jump") }
            unsafe bytes.storeBytes(of: CInt(offset), toByteOffset: position + field, as: CInt.self)
        }
    }
}

/// Where the first entry of each chain comes to stand, counted from the first of the table.
private struct ChainLayout {
    private let byPosition: PositionMap<Int>
    private let byName: [(name: String, offset: Int)]
    /// The bytes of all chains.
    let size: Int

    init(_ chains: [TableChain]) {
        var byPosition: [(position: Int, value: Int)] = []
        var byName: [(name: String, offset: Int)] = []
        var size = 0
        for chain in chains {
            size += chain.head?.size ?? 0
            if let position = chain.position { byPosition.append((position, size)) }
            byName.append((chain.name, size))
            size += chain.rules.reduce(chain.foot.size) { $0 + $1.size }
        }
        self.byPosition = PositionMap(byPosition)
        self.byName = byName
        self.size = size
    }

    /// Where a jump to a chain leads; a chain is not deleted while there are any.
    func offset(of jump: TableEntry.Jump) -> Int {
        let offset: Int? =
            switch jump {
            case .next: nil
            case .position(let position): byPosition[position]
            case .chain(let name): byName.first { $0.name == name }?.offset
            }
        guard let offset else { preconditionFailure("a jump leads to a chain that is not there") }
        return offset
    }
}
