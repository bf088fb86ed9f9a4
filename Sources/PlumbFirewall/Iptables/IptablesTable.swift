import Glibc
import PlumbAddress
import PlumbLinux

/// A snapshot of a table of iptables, and the way of changes to the kernel.
///
/// The snapshot belongs to the network namespace that the thread was in. Whoever wants to commit holds the lock of
/// iptables from before the snapshot until after the commit.
struct IptablesTable: ~Copyable {
    let name: TableName
    private let socket: TableSocket
    let image: TableImage

    var family: AddressFamily { image.family }

    /// Reads a table.
    ///
    /// - Throws: `FirewallError`; `.unavailable` when the kernel has no such table.
    static func snapshot(_ name: TableName, _ family: AddressFamily) throws(FirewallError) -> IptablesTable {
        let operation = "read the \(family.iptables) table \(name.rawValue)"
        do throws(SystemError) {
            let socket = try TableSocket.open(family)
            let image = try socket.read(name.rawValue)
            return IptablesTable(name: name, socket: socket, image: image)
        } catch {
            let absent = [ENOENT, ENOPROTOOPT, EPROTONOSUPPORT, EAFNOSUPPORT, ESRCH]
            guard absent.contains(error.errno) else { throw Self.unreadable(operation, error) }
            let module = "\(family == .ipv4 ? "iptable" : "ip6table")_\(name.rawValue)"
            let advice =
                "the kernel needs the module \(module) (CONFIG_NETFILTER_XTABLES_LEGACY); \(runWithoutFirewall)"
            let reason = "\(errnoText(error.errno)); \(advice)"
            throw FirewallError(.unavailable, operation, errno: error.errno, reason: reason)
        }
    }

    private static func unreadable(_ operation: String, _ error: SystemError) -> FirewallError {
        switch error.errno {
        case EAGAIN:
            FirewallError(.locked, operation, errno: EAGAIN, reason: "another program keeps changing it")
        case EBADMSG:
            FirewallError(
                .refused,
                operation,
                errno: EBADMSG,
                reason:
                    "its entries are laid out in a way that plumb does not know; firewallBackend nftables does without it"
            )
        default: FirewallError(operation, error)
        }
    }

    private init(name: TableName, socket: consuming TableSocket, image: TableImage) {
        self.name = name
        self.socket = socket
        self.image = image
    }

    /// Puts the snapshot with the changes of a plan in the place of the table.
    ///
    /// - Returns: Whether nobody else changed the table since the snapshot. If somebody did, the changes may be in or not:
    ///   take a new snapshot and see.
    /// - Throws: `FirewallError`
    func commit(_ edits: [TablePlan.Edit]) throws(FirewallError) -> Bool {
        var changed = image
        for edit in edits {
            if let errno = changed.apply(edit) {
                let operation = "\(edit) in the \(family.iptables) table \(name.rawValue)"
                throw FirewallError(.refused, operation, errno: errno, reason: Self.reason(editing: errno))
            }
        }
        do throws(SystemError) {
            return try socket.replace(name.rawValue, with: changed)
        } catch {
            let operation = "commit the \(family.iptables) table \(name.rawValue)"
            throw FirewallError(.refused, operation, errno: error.errno, reason: Self.reason(committing: error.errno))
        }
    }

    /// Why a table can't be changed so.
    private static func reason(editing errno: CInt) -> String {
        switch errno {
        case EMLINK: "\(errnoText(errno)); rules of others still jump to the chain"
        case ENOENT: "\(errnoText(errno)); the table has no such chain"
        case E2BIG: "\(errnoText(errno)); the chain has no rule in that place"
        default: errnoText(errno)
        }
    }

    /// Why the kernel refuses a table.
    private static func reason(committing errno: CInt) -> String {
        switch errno {
        case ENOENT:
            "\(errnoText(errno)); the kernel lacks a match or target of the rules, such as xt_comment or xt_nat"
        case EINVAL: "\(errnoText(errno)); the kernel's log (dmesg) may say which rule it does not take"
        case ELOOP: "\(errnoText(errno)); a chain jumps to itself, perhaps over others"
        default: errnoText(errno)
        }
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
