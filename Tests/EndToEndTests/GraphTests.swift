import PlumbTestSupport
import Testing

@Suite struct `plumb show --graph` {
    private func text(_ host: TestHost, _ arguments: String...) throws -> String {
        let reply = try host.plumb(PlumbCall(arguments: ["show"] + arguments))
        #expect(reply.succeeded, "\(reply)")
        return reply.result.output
    }

    @Test func `draws the host's uplink, ports, bridge and container`() throws {
        let site = try Site()
        let svg = try text(site.host, "--graph")
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        for part in ["uplink0", "8888/tcp → server:7777", "bridge web0 · 10.88.0.1/24", "10.88.0.2/24", "\(veth)@if"] {
            #expect(svg.contains(part), "\(part)")
        }
        let dot = try text(site.host, "--graph=dot")
        #expect(dot.hasPrefix("digraph plumb {") && dot.contains("10.88.0.2/24") && dot.contains("uplink0"))
        #expect(try text(site.host, "--graph", "mermaid").hasPrefix("flowchart LR\n"))
    }

    @Test(arguments: ["png", "", "SVG"]) func `refuses a kind that it does not draw, and tells of those that it does`(
        kind: String
    ) throws {
        let reply = try TestHost().plumb(PlumbCall(arguments: ["show", "--graph=\(kind)"]))
        #expect(reply.result.status == .exited(64) && reply.result.output.isEmpty, "\(reply)")
        #expect(reply.result.errors.contains("--graph draws no \"\(kind)\"; there are svg, dot, mermaid"), "\(reply)")
    }

    @Test func `shows where an end is missing`() throws {
        let site = try Site()
        try site.container.namespace.require("ip", "link", "del", "eth0")
        #expect(try text(site.host, "--graph").contains("host end gone"))
        #expect(try text(site.host, "--graph=mermaid").contains("-.-"))
    }

    @Test func `shows the host end of an attachment whose record is lost`() throws {
        let site = try Site()
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        try #require(try Command(["find", site.host.stateDirectory, "-type", "f", "-delete"]).run().succeeded)
        let svg = try site.host.plumb(PlumbCall(arguments: ["show", "--graph"])).result.output
        #expect(svg.contains("unrecorded") && svg.contains("server") && svg.contains(veth))
    }

    @Test func `draws an empty host, and refuses what does not go with it`() throws {
        let host = try TestHost()
        #expect(try text(host, "--graph").contains("No containers are attached."))
        for argument in ["--json", "--watch", "web"] {
            #expect(!(try host.plumb(PlumbCall(arguments: ["show", "--graph=svg", argument])).succeeded))
        }
    }
}
