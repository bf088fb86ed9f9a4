import Glibc
import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbFirewall

/// The firewall of a test's namespace, with a lock file of its own.
final class Host {
    let lockPath: String
    let firewall: any Firewall

    init(_ backend: FirewallBackend = .iptables, lockTimeout: Duration = .seconds(5)) throws {
        var template = Array("/tmp/plumb-firewall-XXXXXX".utf8CString)
        let file = unsafe mkstemp(&template)
        guard file >= 0 else { throw SystemError("make a lock file") }
        close(file)
        lockPath = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        firewall =
            switch backend {
            case .nftables: NftablesFirewall(timeout: lockTimeout)
            default: IptablesFirewall(lockPath: lockPath, lockTimeout: lockTimeout)
            }
    }

    deinit { unsafe unlink(lockPath) }

    /// Runs a program here and expects it to succeed.
    @discardableResult
    func run(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let result = try command(line.split(separator: " ").map(String.init), lock: lockPath)
        #expect(result.status == 0, "\(line): \(result.output)", sourceLocation: sourceLocation)
        return result.output
    }

    /// What `iptables-save` prints of a table, without counters and comments, or nil if the table does not exist.
    func saved(_ table: String, _ family: AddressFamily = .ipv4, withComments: Bool = false) throws -> [String]? {
        let program = family == .ipv4 ? "iptables-legacy-save" : "ip6tables-legacy-save"
        let text = try run("\(program)")
        return tables(inSave: text)[table].map { lines in
            withComments ? lines : lines.map(withoutComment)
        }
    }

    /// Attaches an attachment that the store knows, among others.
    func attach(_ attachment: AttachmentPolicy, to network: NetworkPolicy, known: [AttachmentPolicy] = []) throws {
        try firewall.attach(attachment, to: network) { Set((known + [attachment]).map(\.mark.id)) }
    }

    func detach(_ attachments: [AttachmentPolicy], from network: NetworkPolicy, known: [AttachmentPolicy] = []) throws {
        try firewall.detach(attachments, from: network) { Set(known.map(\.mark.id)) }
    }
}

/// The tables in a text that iptables-save made, each as its lines, without counters.
func tables(inSave text: String) -> [String: [String]] {
    var tables: [String: [String]] = [:]
    var current = ""
    for line in text.split(separator: "\n") {
        switch line.first {
        case "*":
            current = String(line.dropFirst())
            tables[current] = []
        case ":":
            tables[current]?.append(line.split(separator: " ").prefix(2).joined(separator: " "))
        case "-":
            tables[current]?.append(String(line))
        default:
            break
        }
    }
    return tables
}

func withoutComment(_ line: String) -> String {
    guard
        let start = line.range(of: " -m comment --comment \""),
        let end = line[start.upperBound...].firstIndex(of: "\"")
    else { return line }
    return String(line[..<start.lowerBound] + line[line.index(after: end)...])
}

extension String {
    /// The first place of a text within this one.
    func range(of text: String) -> Range<Index>? {
        indices.lazy.compactMap { start in
            self[start...].hasPrefix(text) ? start..<self.index(start, offsetBy: text.count) : nil
        }.first
    }
}

func network(
    _ bridge: String,
    _ subnets: String...,
    masquerade: Bool = true,
    hairpin: Bool = true,
    ingress: IngressPolicy = .open,
    isInternal: Bool = false,
    randomizesPorts: Bool = true,
    prefix: String = "PLUMB",
    userChainFamilies: Set<AddressFamily> = [.ipv4, .ipv6]
) -> NetworkPolicy {
    NetworkPolicy(
        bridge: bridge,
        subnets: subnets.compactMap { Prefix($0) },
        masquerade: masquerade,
        hairpin: hairpin,
        ingressPolicy: ingress,
        isInternal: isInternal,
        randomizesPorts: randomizesPorts,
        chainPrefix: prefix,
        userChainFamilies: userChainFamilies
    )
}

func attachment(
    _ container: String,
    _ addresses: String...,
    ports: [PublishedPort] = [],
    storeDirectory: String = "/run/plumb"
) -> AttachmentPolicy {
    AttachmentPolicy(
        mark: RuleMark(storeDirectory: storeDirectory, network: "lan", container: container, interface: "eth0"),
        hostInterface: "veth\(container)",
        addresses: addresses.compactMap { IPAddress($0) },
        ports: ports
    )
}

func port(
    _ hostPort: UInt16,
    _ containerPort: UInt16,
    _ transport: TransportProtocol = .tcp,
    on hostAddress: String? = nil
) -> PublishedPort {
    PublishedPort(
        hostAddress: hostAddress.flatMap { IPAddress($0) },
        hostPort: hostPort,
        containerPort: containerPort,
        transport: transport
    )
}
