import CLibnl
package import PlumbAddress

/// A rule that decides which routing table is asked for a packet, or that none is (`ip-rule(8)`).
package struct PolicyRule: Hashable, Sendable {
    /// What becomes of the packets that the rule is for.
    enum Action: Hashable, Sendable {
        case lookup(table: UInt32)
        case blackhole
        case unreachable
        case prohibit
        /// Goes on at the rule with this priority.
        case goto(UInt32)
        /// Goes on at the next rule.
        case nop
    }

    /// Rules are asked from the lowest to the highest.
    let priority: UInt32

    /// Nil for all addresses.
    let source: Prefix?
    let destination: Prefix?

    /// The interface that packets come in by, `lo` for those that the namespace sends itself; nil for all.
    let input: String?

    /// Whether it is for the packets that the rest does not describe (`ip rule add not …`).
    let isInverted: Bool

    /// Whether it picks packets by more, such as a mark, so that one without any of that is not among them.
    let picksByMore: Bool
    let action: Action

    /// Whether the rule is for a packet of which no more is known than this.
    func picks(from source: IPAddress, to destination: IPAddress, input: String) -> Bool {
        let fits =
            !picksByMore && (self.source?.contains(source) ?? true) && (self.destination?.contains(destination) ?? true)
            && (self.input ?? input) == input
        return fits != isInverted
    }
}

extension PolicyRule: CustomStringConvertible {
    /// The rule as `ip rule` prints it, as far as it is known: `100: from 10.88.0.0/24 lookup 7`.
    package var description: String {
        let selectors =
            [isInverted ? "not" : nil, "from \(source.map { "\($0)" } ?? "all")", destination.map { "to \($0)" }]
            + [input.map { "iif \($0)" }]
        return "\(priority): \((selectors.compactMap(\.self) + [actionText]).joined(separator: " "))"
    }

    private var actionText: String {
        switch action {
        case .lookup(let table) where table == RT_TABLE_MAIN.rawValue: "lookup main"
        case .lookup(let table) where table == RT_TABLE_LOCAL.rawValue: "lookup local"
        case .lookup(let table) where table == RT_TABLE_DEFAULT.rawValue: "lookup default"
        case .lookup(let table): "lookup \(table)"
        case .blackhole: "blackhole"
        case .unreachable: "unreachable"
        case .prohibit: "prohibit"
        case .goto(let priority): "goto \(priority)"
        case .nop: "nop"
        }
    }
}

extension NetlinkSocket {
    /// Looks for the rule that decides where a packet goes before the main table is asked; nil if there is none.
    ///
    /// The link that the packet comes in by is nil for one that the namespace sends itself.
    ///
    /// - Throws: `NetlinkError`. Equivalent to: `ip rule`, and `ip route show table TABLE` for the tables that it names
    package borrowing func ruleBeforeMain(
        from source: IPAddress,
        to destination: IPAddress,
        input: String?
    ) throws(NetlinkError) -> PolicyRule? {
        let rules = try policyRules(destination.family).sorted { $0.priority < $1.priority }
        var start: UInt32 = 0
        for rule in rules where rule.picks(from: source, to: destination, input: input ?? "lo") {
            guard rule.priority >= start else { continue }
            switch rule.action {
            case .lookup(let table) where table == RT_TABLE_MAIN.rawValue: return nil
            case .lookup(let table) where table == RT_TABLE_LOCAL.rawValue: continue
            case .lookup(let table):
                if try hasRoute(to: destination, inTable: table) { return rule }
            case .blackhole, .unreachable, .prohibit: return rule
            case .goto(let priority): start = priority
            case .nop: continue
            }
        }
        return nil
    }

    /// The rules of a family; none where the kernel has a single table (`CONFIG_IP_MULTIPLE_TABLES`).
    private borrowing func policyRules(_ family: AddressFamily) throws(NetlinkError) -> [PolicyRule] {
        var header = fib_rule_hdr()
        header.family = family.number
        let message = Message(RTM_GETRULE, flags: NLM_F_DUMP)
        message.append(header: header)
        do {
            return try query(message, for: "list the rules of routing") { answer in
                let flags = answer.ruleFlags
                return unsafe answer.object { rule in unsafe PolicyRule(reading: rule, flags: flags) }
            }
        } catch {
            guard [EAFNOSUPPORT, EOPNOTSUPP].contains(error.errno) else { throw error }
            return []
        }
    }

    /// Whether a table has a route for an address, of whatever type.
    private borrowing func hasRoute(to address: IPAddress, inTable table: UInt32) throws(NetlinkError) -> Bool {
        var header = rtmsg()
        header.rtm_family = address.family.number
        let message = Message(RTM_GETROUTE, flags: NLM_F_DUMP)
        message.append(header: header)
        message.put(Int(RTA_TABLE.rawValue), table)
        do {
            let routes = try query(message, for: "list the routes of the table \(table)") { answer in
                unsafe answer.route { route -> Bool? in
                    let covers = unsafe prefix(rtnl_route_get_dst(route))?.contains(address) == true
                    return unsafe rtnl_route_get_table(route) == table && covers ? true : nil
                }
            }
            return !routes.isEmpty
        } catch {
            // There is no such table before its first route.
            guard error.errno == ENOENT else { throw error }
            return false
        }
    }
}

extension Answer {
    /// The flags in the head of a message about a rule (`FIB_RULE_…`), which libnl leaves out.
    fileprivate var ruleFlags: UInt32 {
        guard
            unsafe nlmsg_datalen(header) >= MemoryLayout<fib_rule_hdr>.size, let head = unsafe nlmsg_data(header)
        else { return 0 }
        return unsafe head.load(as: fib_rule_hdr.self).flags
    }
}

extension PolicyRule {
    /// Reads a `struct rtnl_rule`, or gives nil for an action that the kernel has no name for.
    @unsafe fileprivate init?(reading rule: OpaquePointer, flags: UInt32) {
        switch unsafe Int(rtnl_rule_get_action(rule)) {
        case FR_ACT_TO_TBL: action = .lookup(table: unsafe rtnl_rule_get_table(rule))
        case FR_ACT_GOTO: action = .goto(unsafe rtnl_rule_get_goto(rule))
        case FR_ACT_NOP: action = .nop
        case FR_ACT_BLACKHOLE: action = .blackhole
        case FR_ACT_UNREACHABLE: action = .unreachable
        case FR_ACT_PROHIBIT: action = .prohibit
        default: return nil
        }
        priority = unsafe rtnl_rule_get_prio(rule)
        source = unsafe prefix(rtnl_rule_get_src(rule))
        destination = unsafe prefix(rtnl_rule_get_dst(rule))
        input = unsafe rtnl_rule_get_iif(rule).map { unsafe String(cString: $0) }
        isInverted = flags & UInt32(FIB_RULE_INVERT) != 0
        var number: UInt8 = 0
        var first: UInt16 = 0
        var last: UInt16 = 0
        picksByMore =
            unsafe rtnl_rule_get_mark(rule) != 0 || rtnl_rule_get_oif(rule) != nil || rtnl_rule_get_dsfield(rule) != 0
            || rtnl_rule_get_l3mdev(rule) > 0 || rtnl_rule_get_ipproto(rule, &number) >= 0
            || rtnl_rule_get_sport(rule, &first, &last) >= 0 || rtnl_rule_get_dport(rule, &first, &last) >= 0
    }
}
