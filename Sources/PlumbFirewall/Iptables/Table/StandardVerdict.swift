import CNetfilter

/// A verdict of the standard target, which stands there as a negative number; one from 0 on is an offset to go on at
/// (`struct xt_standard_target` of `linux/netfilter/x_tables.h`).
enum StandardVerdict: CInt {
    /// `-NF_DROP - 1`
    case drop = -1
    /// `-NF_ACCEPT - 1`
    case accept = -2
    /// `-NF_QUEUE - 1`
    case queue = -4
    /// `XT_RETURN`
    case `return` = -5

    /// The name that iptables has for it.
    var name: String {
        switch self {
        case .drop: "DROP"
        case .accept: "ACCEPT"
        case .queue: "QUEUE"
        case .return: "RETURN"
        }
    }
}
