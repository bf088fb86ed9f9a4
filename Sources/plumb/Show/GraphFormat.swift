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
