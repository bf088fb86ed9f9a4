/// What a rule of plumb's is for, in the order in which packets from outside meet such rules.
package enum RulePurpose: String, CaseIterable, Codable, Hashable, Sendable {
    /// Keeps 127.0.0.0/8 on the host, although the bridge routes it.
    case loopbackGuard
    /// Sends what calls a published port on to its container, and lets it in there.
    case publishedPorts
    /// Belongs to the administrator's own chain.
    case userChain
    /// Keeps networks apart, containers of an isolated network from each other, and unpublished ports closed.
    case isolation
    /// Lets connections of containers pass, and the answers to them.
    case containerAccess
    /// Gives packets a source address that answers come back to.
    case masquerade
}
