import CNetfilter
import Glibc
import PlumbAddress

/// A table of x_tables as a value: what the kernel handed out, cut into chains, and what was changed of it.
struct TableImage {
    let family: AddressFamily
    /// What the kernel handed out; entries that stayed are found here.
    let kernelBytes: [UInt8]
    /// How many entries the kernel handed out.
    let kernelCount: Int
    /// The names of the chains that the kernel handed out, by where they were.
    let names: PositionMap<String>
    /// The chains in the order of the table: first those of the kernel.
    private(set) var chains: [TableChain]
    /// The entry behind all chains.
    let end: TableEntry

    init(
        _ family: AddressFamily,
        kernelBytes: [UInt8],
        kernelCount: Int,
        names: PositionMap<String>,
        chains: [TableChain],
        end: TableEntry
    ) {
        self.family = family
        self.kernelBytes = kernelBytes
        self.kernelCount = kernelCount
        self.names = names
        self.chains = chains
        self.end = end
    }

    func chain(_ name: String) -> TableChain? { chains.first { $0.name == name } }

    /// Makes the change of a plan.
    ///
    /// - Returns: nil, or the reason why that cannot be, as `errno(3)` has it.
    mutating func apply(_ edit: TablePlan.Edit) -> CInt? {
        switch edit {
        case .create(let name): return create(name)
        case .delete(let name): return delete(name)
        case .insert(let rule, let name, let position):
            guard let index = index(of: name) else { return ENOENT }
            guard position <= chains[index].rules.count else { return E2BIG }
            var jump: TableEntry.Jump?
            if case .jump(let target) = rule.target {
                guard chain(target)?.head != nil else { return ENOENT }
                jump = .chain(target)
            }
            chains[index].rules.insert(TableEntry(adding: rule.encoded(for: family), jump: jump), at: position)
            return nil
        case .remove(let name, let position):
            guard let index = index(of: name) else { return ENOENT }
            guard position < chains[index].rules.count else { return E2BIG }
            chains[index].rules.remove(at: position)
            return nil
        }
    }

    private func index(of name: String) -> Int? { chains.firstIndex { $0.name == name } }

    /// Adds an empty chain in the place that iptables would give it: by name among those that are not the kernel's.
    private mutating func create(_ name: String) -> CInt? {
        guard !name.isEmpty, name.utf8.count < Int(XT_EXTENSION_MAXNAMELEN) else { return EINVAL }
        guard chain(name) == nil else { return EEXIST }
        let chain = TableChain(
            name: name,
            hook: nil,
            position: nil,
            head: TableEntry(adding: EntryBytes.chainHead(name, family)),
            rules: [],
            foot: TableEntry(adding: EntryBytes.return(family))
        )
        chains.insert(chain, at: chains.firstIndex { $0.hook == nil && $0.name > name } ?? chains.endIndex)
        return nil
    }

    private mutating func delete(_ name: String) -> CInt? {
        guard let index = index(of: name) else { return ENOENT }
        guard chains[index].hook == nil else { return EINVAL }
        guard chains[index].rules.isEmpty else { return ENOTEMPTY }
        guard !isUsed(chains[index]) else { return EMLINK }
        chains.remove(at: index)
        return nil
    }

    private func isUsed(_ chain: TableChain) -> Bool {
        var jumps: [TableEntry.Jump] = [.chain(chain.name)]
        if let position = chain.position { jumps.append(.position(position)) }
        return chains.contains { other in
            other.rules.contains { rule in rule.jump.map(jumps.contains) ?? false }
        }
    }
}

extension EntryBytes {
    /// The entry that a chain begins with: a target ERROR with its name (`struct xt_error_target`).
    fileprivate static func chainHead(_ name: String, _ family: AddressFamily) -> [UInt8] {
        var target = EntryBytes(capacity: 64)
        target.append("ERROR", revision: 0, InlineArray<30, UInt8>.self) { field in
            copy(Array(name.utf8), to: &field)
        }
        return entry(of: family, rest: target, targetOffset: 0)
    }

    /// The entry that a chain ends with: back to where the jump came from.
    fileprivate static func `return`(_ family: AddressFamily) -> [UInt8] {
        var target = EntryBytes(capacity: 40)
        target.append(.return)
        return entry(of: family, rest: target, targetOffset: 0)
    }
}
