import ArgumentParser
import PlumbAddress
import PlumbAttachment
import PlumbLinux
import PlumbShow

/// A language that `plumb show --graph` draws in.
enum GraphFormat: String, CaseIterable, ExpressibleByArgument {
    case svg
    case dot
    case mermaid

    /// The word behind `--graph=` that is none of the formats, which the argument parser takes for no word at all.
    static func unknown(in arguments: [String]) -> String? {
        arguments.lazy.filter { $0.hasPrefix("--graph=") }.map { String($0.dropFirst("--graph=".count)) }
            .first { GraphFormat(rawValue: $0) == nil }
    }

    /// The networks of a survey and the host's links to others.
    func text(_ survey: Survey) throws -> String {
        let uplinks = try Uplink.list().map { uplink in
            NetworkGraph.Uplink(name: uplink.name, addresses: uplink.addresses.map(\.description))
        }
        let host = try Sysctl("kernel/hostname").read() ?? ""
        let graph = NetworkGraph(survey, host: host, uplinks: uplinks)
        return switch self {
        case .svg: graph.svg
        case .dot: graph.dot
        case .mermaid: graph.mermaid
        }
    }
}
