import CLibiptc
import Glibc
import PlumbAddress

/// A snapshot of a table of iptables, which changes reach the kernel from on `commit()`.
///
/// The snapshot belongs to the network namespace that the thread was in. Whoever wants to commit holds the lock of
/// iptables from before the snapshot until after the commit.
@safe struct IptablesTable: ~Copyable {
    let name: TableName
    let family: AddressFamily
    let handle: OpaquePointer

    private init(adopting handle: OpaquePointer, _ name: TableName, _ family: AddressFamily) {
        self.name = name
        self.family = family
        unsafe self.handle = handle
    }

    deinit {
        switch family {
        case .ipv4: unsafe iptc_free(handle)
        case .ipv6: unsafe ip6tc_free(handle)
        }
    }

    /// Reads a table.
    ///
    /// - Throws: `FirewallError`; `.unavailable` when the kernel has no such table.
    static func snapshot(_ name: TableName, _ family: AddressFamily) throws(FirewallError) -> IptablesTable {
        let handle =
            switch family {
            case .ipv4: unsafe iptc_init(name.rawValue)
            case .ipv6: unsafe ip6tc_init(name.rawValue)
            }
        if let handle = unsafe handle { return unsafe IptablesTable(adopting: handle, name, family) }
        let reason = TableError(family)
        let operation = "open the \(family.iptables) table \(name.rawValue)"
        let absent = [ENOENT, ENOPROTOOPT, EPROTONOSUPPORT, EAFNOSUPPORT, ESRCH]
        guard absent.contains(reason.errno) else {
            throw FirewallError(.refused, operation, errno: reason.errno, reason: reason.text)
        }
        let module = "\(family == .ipv4 ? "iptable" : "ip6table")_\(name.rawValue)"
        let advice = "the kernel needs the module \(module) (CONFIG_NETFILTER_XTABLES_LEGACY); \(runWithoutFirewall)"
        throw FirewallError(.unavailable, operation, errno: reason.errno, reason: "\(reason.text); \(advice)")
    }

    /// Makes the changes of a plan in the snapshot.
    ///
    /// - Throws: `FirewallError`
    func apply(_ edits: [TablePlan.Edit]) throws(FirewallError) {
        for edit in edits {
            let isDone =
                switch edit {
                case .create(let chain): create(chain)
                case .insert(let rule, let chain, let position): insert(rule, in: chain, at: position)
                case .remove(let chain, let position): remove(from: chain, at: position)
                case .delete(let chain): delete(chain)
                }
            guard isDone else {
                let reason = TableError(family)
                let operation = "\(edit) in the \(family.iptables) table \(name.rawValue)"
                throw FirewallError(.refused, operation, errno: reason.errno, reason: reason.text)
            }
        }
    }

    private func create(_ chain: String) -> Bool {
        switch family {
        case .ipv4: unsafe iptc_create_chain(label(chain), handle) != 0
        case .ipv6: unsafe ip6tc_create_chain(label(chain), handle) != 0
        }
    }

    private func insert(_ rule: Rule, in chain: String, at position: Int) -> Bool {
        unsafe rule.encoded(for: family).withUnsafeBytes { bytes in
            let position = UInt32(position)
            switch family {
            case .ipv4:
                let entry = unsafe bytes.baseAddress?.assumingMemoryBound(to: ipt_entry.self)
                return unsafe iptc_insert_entry(label(chain), entry, position, handle) != 0
            case .ipv6:
                let entry = unsafe bytes.baseAddress?.assumingMemoryBound(to: ip6t_entry.self)
                return unsafe ip6tc_insert_entry(label(chain), entry, position, handle) != 0
            }
        }
    }

    private func remove(from chain: String, at position: Int) -> Bool {
        switch family {
        case .ipv4: unsafe iptc_delete_num_entry(label(chain), UInt32(position), handle) != 0
        case .ipv6: unsafe ip6tc_delete_num_entry(label(chain), UInt32(position), handle) != 0
        }
    }

    private func delete(_ chain: String) -> Bool {
        switch family {
        case .ipv4: unsafe iptc_delete_chain(label(chain), handle) != 0
        case .ipv6: unsafe ip6tc_delete_chain(label(chain), handle) != 0
        }
    }

    /// Puts the snapshot in the place of the table.
    ///
    /// - Returns: nil, or why the kernel refused. EAGAIN: the table has changed since. EINVAL: perhaps refused, but
    ///   perhaps in place, where somebody changed the table before libiptc had copied the counters.
    func commit() -> TableError? {
        let isDone =
            switch family {
            case .ipv4: unsafe iptc_commit(handle) != 0
            case .ipv6: unsafe ip6tc_commit(handle) != 0
            }
        return isDone ? nil : TableError(family)
    }
}

/// What libiptc says about the call that failed last.
struct TableError {
    let errno: CInt
    let text: String

    /// Has to be made right after the call, as libiptc remembers which it was.
    init(_ family: AddressFamily) {
        let errno = Glibc.errno
        self.errno = errno
        let text =
            switch family {
            case .ipv4: unsafe iptc_strerror(errno)
            case .ipv6: unsafe ip6tc_strerror(errno)
            }
        self.text = unsafe text.map { unsafe String(cString: $0) } ?? "error \(errno)"
    }
}

extension AddressFamily {
    /// The name that people know the family's tables by.
    var iptables: String {
        switch self {
        case .ipv4: "iptables"
        case .ipv6: "ip6tables"
        }
    }

    /// The program that shows and changes the family's tables: where both are installed, the plain name may be the one
    /// that translates to nftables.
    var iptablesProgram: String { "\(iptables)-legacy" }
}

/// A chain's name the way libiptc wants it: it copies 32 bytes, however long the name is.
func label(_ chain: String) -> [CChar] {
    let bytes = chain.utf8.prefix(31).map { CChar(bitPattern: $0) }
    return bytes + repeatElement(0, count: 32 - bytes.count)
}

extension TablePlan.Edit: CustomStringConvertible {
    /// The edit as options of iptables, which count from 1.
    var description: String {
        switch self {
        case .create(let chain): "-N \(chain)"
        case .insert(let rule, let chain, let position):
            "-I \(chain) \(position + 1)\(rule.text(in: chain).dropFirst("-A ".utf8.count + chain.utf8.count))"
        case .remove(let chain, let position): "-D \(chain) \(position + 1)"
        case .delete(let chain): "-X \(chain)"
        }
    }
}
