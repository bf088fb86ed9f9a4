import Glibc
import PlumbAddress
package import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
package import PlumbSubnetStore

/// CHECK: compares the record of an attachment with what the kernel has, and names each difference.
///
/// Plugins that were chained behind plumb may have changed the container's end since. What they have told the runtime of
/// it (`prevResult`) counts in place of the record there; CNI 1.1.0, section 2, "CHECK".
package struct Check {
    private let key: AttachmentKey
    private let network: NetworkSpecification
    private let sandboxPath: String
    private let previous: CNIResult

    package init(_ key: AttachmentKey, network: NetworkSpecification, sandboxPath: String, previous: CNIResult) {
        self.key = key
        self.network = network
        self.sandboxPath = sandboxPath
        self.previous = previous
    }

    /// Does nothing when all is as it should be.
    ///
    /// - Throws: `CNIError` with the differences, or an error of the layers below.
    package func run() throws {
        let entry = try Store.openExisting(network.stateDirectory)?.entry(key)
        guard let entry, let attachment = entry.attachment else {
            throw CNIError(
                .attachmentDiffers,
                "CNI_CONTAINERID: \(key) is not in the subnet store",
                details: "It has no lease. Call DEL and ADD to attach it anew."
            )
        }
        var differences: [String] = []
        if entry.row.state != .attached { differences.append("it is recorded as \(entry.row.state.rawValue)") }
        differences += try self.differences(of: attachment)
        guard differences.isEmpty else {
            throw CNIError(
                .attachmentDiffers,
                "\(key) differs from its record: \(differences.joined(separator: "; "))",
                details: "Call DEL and ADD to attach it anew."
            )
        }
    }

    private func differences(of attachment: Attachment) throws -> [String] {
        let host = try Host.open()
        let namespace: NetworkNamespace
        do throws(NamespaceError) {
            namespace = try NetworkNamespace.open(sandboxPath)
        } catch {
            return ["the sandbox can't be entered: \(error)"]
        }
        guard namespace.identity == attachment.sandbox.identity else {
            return ["\(sandboxPath) leads to another namespace than at ADD"]
        }
        var differences = try HostSideDifferences(attachment: attachment).list(HostView(host))
        let container = ContainerSideDifferences(attachment: attachment, previous: previous)
        differences += try namespace.enter(from: host.namespace) {
            try container.differences(try NetlinkSocket.open(), hostSide: host.socket).map(\.description)
        }
        if let firewall = try openFirewall(attachment.firewall.backend, isRequired: false) {
            let rules = try firewall.differences([attachment.firewallPolicy], in: attachment.firewall.network)
                .tellingTablesOnce
            differences += (rules.network + rules.attachments.joined()).map(RuleDifference.words)
        }
        return differences
    }
}

extension CNIError.Code {
    /// What CHECK found is not what ADD left.
    package static let attachmentDiffers = CNIError.Code(rawValue: 107)
}
