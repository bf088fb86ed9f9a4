import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// A network in depth as people read it.
struct NetworkScreen {
    let inspection: NetworkInspection

    func lines(on screen: Screen) -> [String] {
        let mark = Health(inspection.problems).mark
        let title = "network \(inspection.network.name)"
        var lines = ["\(screen.paint(mark.items[0], mark.style))  \(screen.paint(printable(title), .heading))"]
        let sections = [
            bridgeSection, rangeSection, attachmentSection, portSection, .rules(inspection.rules), sysctlSection,
        ]
        lines += sections.flatMap { $0.lines(on: screen) }
        if !inspection.problems.isEmpty { lines += [""] + ProblemList(inspection.problems).lines(on: screen) }
        return lines
    }

    private var bridgeSection: Section {
        var section = Section("BRIDGE")
        section.add("name", inspection.network.bridge ?? "unknown: no attachment is left that names it")
        guard inspection.network.bridge != nil else { return section }
        guard let bridge = inspection.bridge else {
            section.add("state", "missing")
            return section
        }
        section.add("index", "\(bridge.index)")
        section.add("mac", bridge.mac?.description)
        section.add("mtu", "\(bridge.mtu)")
        section.add("state", (bridge.isUp ? "up" : "down") + (bridge.isUp && !bridge.hasCarrier ? ", no carrier" : ""))
        for address in inspection.addresses { section.add("address", "\(address)") }
        section.add("received", bridge.received.text)
        section.add("sent", bridge.sent.text)
        return section
    }

    private var rangeSection: Section {
        var section = Section("ADDRESSES")
        for usage in inspection.network.usage {
            for range in usage.ranges {
                let gateway = range.gateway.map { "gateway \($0)" } ?? "no gateway"
                section.add("\(range.subnet)", range.range.description, gateway)
            }
            section.add("", "\(usage.used) used", "\(usage.free) free")
        }
        return section
    }

    private var attachmentSection: Section {
        var section = Section("ATTACHMENTS")
        for item in inspection.items {
            let attachment = item.attachment
            section.add(
                attachment.key.container,
                attachment.containerInterface.name,
                attachment.addresses.map(\.prefix.description).joined(separator: ", "),
                item.hostVeth,
                attachment.publishedAt.map(\.description).joined(separator: ", ")
            )
        }
        return section
    }

    private var portSection: Section {
        var section = Section("PORTS OF THE BRIDGE")
        for port in inspection.ports {
            section.add(
                port.link.endName,
                port.link.operationalState,
                port.owner ?? "foreign: plumb did not plug it in"
            )
        }
        return section
    }

    private var sysctlSection: Section {
        var section = Section("SYSCTLS")
        for sysctl in inspection.sysctls { section.add(sysctl.name, sysctl.value) }
        return section
    }
}
