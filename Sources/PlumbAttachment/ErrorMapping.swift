import Glibc
package import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

extension CNIError {
    /// Puts any error of the layers below into CNI's words: the only place where codes are chosen for them.
    package init(describing error: any Error) {
        switch error {
        case let error as CNIError: self = error
        case let error as StoreError: self.init(error)
        case let error as FirewallError: self.init(error)
        case let error as NetlinkError: self.init(error)
        case let error as NamespaceError: self.init(.invalidNamespace, "\(error)")
        case let error as SystemError: self.init(.ioFailure, "\(error)", details: Self.advice(errno: error.errno))
        case let error as Failures: self.init(error)
        default: self.init(.internalFailure, "\(error)")
        }
    }

    private init(_ error: Failures) {
        let described = error.errors.map { CNIError(describing: $0) }
        self.init(
            described.first?.code ?? .internalFailure,
            described.map(\.message).joined(separator: "; "),
            details: described.map(\.details).filter { !$0.isEmpty }.joined(separator: " ")
        )
    }

    private init(_ error: StoreError) {
        let text = "\(error)"
        switch error.kind {
        case .exhausted:
            self.init(.poolExhausted, text, details: "Remove containers, or give the network a larger range.")
        case .addressTaken:
            self.init(.addressConflict, text, details: "Ask for another address, or remove its holder.")
        case .addressUnavailable:
            self.init(.invalidConfiguration, text, details: "Ask for an address inside the network's ranges.")
        case .portTaken:
            self.init(.portTaken, text, details: "Publish another host port, or remove its holder.")
        case .portsExhausted:
            self.init(.portTaken, text, details: "Remove containers that publish ports there, or publish another port.")
        case .alreadyAttached:
            self.init(.invalidEnvironment, text, details: "Call DEL first; an interface is attached once.")
        case .hostInterfaceTaken, .notAttached:
            self.init(.internalFailure, text)
        case .busy, .networkLeaving:
            self.init(.tryAgainLater, text)
        case .unusable:
            let advice = "Only root may use the store: run the command as root."
            self.init(.storeFailure, text, details: geteuid() == 0 ? "" : advice)
        case .corrupt, .newer, .older, .sqlite:
            self.init(.storeFailure, text)
        }
    }

    private init(_ error: FirewallError) {
        switch error.kind {
        case .locked: self.init(.tryAgainLater, "\(error)", details: "Another program changes the firewall for long.")
        case .unavailable, .refused:
            let advice = error.missingRight.map { "plumb needs to run as root, or with \($0)." }
            self.init(.firewallFailure, "\(error)", details: advice ?? error.advice)
        }
    }

    private init(_ error: NetlinkError) {
        let passing = [EAGAIN, EINTR, EBUSY, ENOBUFS, ETIMEDOUT].contains(error.errno)
        self.init(passing ? .tryAgainLater : .netlinkFailure, "\(error)", details: Self.advice(errno: error.errno))
    }

    /// The way out of errors that have a common one.
    private static func advice(errno: CInt) -> String {
        switch errno {
        case EPERM, EACCES: "plumb needs to run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN."
        case EOPNOTSUPP: "The kernel lacks support for this; see that bridge and veth are built in or loaded."
        default: ""
        }
    }
}
