import PlumbAddress
import Testing

@testable import PlumbAttachment

@Suite struct `The routes of a plan` {
    @Test(arguments: [
        ("false", "", []),
        ("true", "", ["0.0.0.0/0 via 10.88.0.1", "::/0 via fd00:88::1"]),
        ("false", #"{"dst": "10.0.0.0/8"}"#, ["10.0.0.0/8 via 10.88.0.1"]),
        ("false", #"{"dst": "10.0.0.0/8", "gw": "10.88.0.9"}"#, ["10.0.0.0/8 via 10.88.0.9"]),
        ("false", #"{"dst": "2001:db8::/32"}"#, ["2001:db8::/32 via fd00:88::1"]),
        (
            "true", #"{"dst": "0.0.0.0/0", "gw": "10.88.0.9"}"#,
            ["0.0.0.0/0 via 10.88.0.9", "::/0 via fd00:88::1"]
        ),
        (
            "true", #"{"dst": "0.0.0.0/0", "table": 100}"#,
            ["0.0.0.0/0 via 10.88.0.1 table 100", "0.0.0.0/0 via 10.88.0.1", "::/0 via fd00:88::1"]
        ),
    ])
    func `lead to the gateways`(isDefaultGateway: String, list: String, routes: [String]) throws {
        let ipam = #"{"ranges": [[{"subnet": "10.88.0.0/16"}], [{"subnet": "fd00:88::/64"}]], "routes": [\#(list)]}"#
        let attachment = try Plan(keys: #""isDefaultGateway": \#(isDefaultGateway), "ipam": \#(ipam)"#)
            .attachment(attached("10.88.0.2/16", via: "10.88.0.1"), attached("fd00:88::2/64", via: "fd00:88::1"))
        #expect(attachment.routes.map(description) == routes)
    }

    @Test func `lead to the bridge when nobody named a gateway`() throws {
        let attachment = try Plan(keys: #""isDefaultGateway": true"#).attachment(attached("10.88.0.2/16"))
        #expect(attachment.addresses == [try attached("10.88.0.2/16", via: "10.88.0.1")])
        #expect(attachment.routes.map(description) == ["0.0.0.0/0 via 10.88.0.1"])
    }

    @Test func `of a family without a gateway stay on the link`() throws {
        let keys =
            #""ipam": {"addresses": [{"address": "10.88.0.2/16"}], "routes": [{"dst": "10.0.0.0/8", "mtu": 1400}]}"#
        let attachment = try Plan(keys: keys).attachment(attached("10.88.0.2/16"))
        #expect(attachment.routes == [Attachment.Route(destination: try prefix("10.0.0.0/8"), gateway: nil, mtu: 1400)])
    }

    private func description(_ route: Attachment.Route) -> String {
        "\(route.destination)" + (route.gateway.map { " via \($0)" } ?? "") + (route.table.map { " table \($0)" } ?? "")
    }
}
