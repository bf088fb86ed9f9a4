import PlumbAddress
import PlumbLinux

/// The rules that Docker 20.10.24 had installed on Debian 12 after some commands, as iptables-save printed them.
///
/// They lie in `Golden`, a folder for each case and a file for each stage of it.
struct DockerCapture: Equatable {
    /// The lines of each table that existed.
    private(set) var tables: [String: [String]]

    /// Reads a capture such as `one-port/2-run`.
    ///
    /// Docker's policy of FORWARD is left out: it sets DROP when it turns forwarding on, plumb touches no policy.
    init(_ name: String, _ family: AddressFamily = .ipv4) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let suffix = family == .ipv4 ? "save" : "ipv6.save"
        let text = try readText("/\(folder)/Golden/\(name).\(suffix)")
        tables = PlumbFirewallTests.tables(inSave: text).mapValues { lines in
            lines.map { $0 == ":FORWARD DROP" ? ":FORWARD ACCEPT" : $0 }
        }
    }

    /// The stages of a case in their order, such as `one-port/1-daemon`.
    static func stages(of name: String) throws -> [String] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let files = try listDirectory("/\(folder)/Golden/\(name)").filter { !$0.hasSuffix(".ipv6.save") }
        return files.sorted().map { "\(name)/\($0.dropLast(".save".count))" }
    }

    /// What Docker would have installed with `--userland-proxy=false`; most captures were made with the proxy.
    ///
    /// Without it there are four differences, all in nat:
    /// 1. Ports are translated for the network's own containers as well: no `-i BRIDGE -j RETURN`, and
    /// 2. no `! -i BRIDGE` in the rules that translate.
    /// 3. They are for 127.0.0.0/8 as well: no `! -d 127.0.0.0/8` in OUTPUT.
    /// 4. What the host sends to a network from one of its addresses is masqueraded. The rule is inserted right after that
    ///    for what leaves the network, so it stands above it.
    func withoutUserlandProxy() -> DockerCapture {
        var capture = self
        let filter = tables["filter"] ?? []
        let bridges = filter.compactMap { $0.between("-A FORWARD -o ", " -j DOCKER") }
        var lines: [String] = []
        var isBlockPlaced = false
        for line in tables["nat"] ?? [] {
            if line.hasPrefix("-A POSTROUTING"), !isBlockPlaced {
                lines += bridges.flatMap(postrouting)
                isBlockPlaced = true
            }
            if line.hasPrefix("-A POSTROUTING"), line.contains(" ! -o ") { continue }
            if line.hasPrefix("-A DOCKER -i "), line.hasSuffix(" -j RETURN") { continue }
            lines.append(Self.translatingForAll(line))
        }
        capture.tables["nat"] = lines
        return capture
    }

    /// The rules of a network in POSTROUTING.
    private func postrouting(_ bridge: String) -> [String] {
        let leaving = (tables["nat"] ?? []).filter {
            $0.hasPrefix("-A POSTROUTING ") && $0.hasSuffix(" ! -o \(bridge) -j MASQUERADE")
        }
        return ["-A POSTROUTING -o \(bridge) -m addrtype --src-type LOCAL -j MASQUERADE"] + leaving
    }

    /// The rule for packets from the network itself and for 127.0.0.0/8, too.
    private static func translatingForAll(_ line: String) -> String {
        if line.hasPrefix("-A OUTPUT ! -d 127.0.0.0/8 ") {
            return "-A OUTPUT " + line.dropFirst("-A OUTPUT ! -d 127.0.0.0/8 ".count)
        }
        guard line.hasPrefix("-A DOCKER "), line.contains(" -j DNAT "), let start = line.range(of: "! -i ") else {
            return line
        }
        return String(line[..<start.lowerBound] + line[start.upperBound...].drop { $0 != " " }.dropFirst())
    }
}

extension String {
    /// What stands between a beginning and an end, or nil if the text has others.
    fileprivate func between(_ start: String, _ end: String) -> String? {
        guard hasPrefix(start), hasSuffix(end) else { return nil }
        return String(dropFirst(start.count).dropLast(end.count))
    }
}
