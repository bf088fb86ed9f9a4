import PlumbAddress
import Testing

@testable import PlumbSubnetStore

/// The fields of a range as a configuration has them, and what comes of them.
struct RangeCase: Sendable, CustomTestStringConvertible {
    let subnet: String
    var first: String?
    var last: String?
    var gateway: String?
    let outcome: String

    var testDescription: String { "\(subnet) \(first ?? "-") \(last ?? "-") \(gateway ?? "-")" }
}

@Suite struct `A subnet range` {
    @Test(
        arguments: [
            RangeCase(subnet: "10.1.0.0/24", outcome: "10.1.0.1-10.1.0.254"),
            RangeCase(subnet: "10.1.0.0/30", outcome: "10.1.0.1-10.1.0.2"),
            RangeCase(subnet: "10.1.0.0/24", first: "10.1.0.10", last: "10.1.0.10", outcome: "10.1.0.10-10.1.0.10"),
            RangeCase(subnet: "10.1.0.0/24", first: "10.1.0.0", last: "10.1.0.255", outcome: "10.1.0.1-10.1.0.254"),
            RangeCase(subnet: "0.0.0.0/0", outcome: "0.0.0.1-255.255.255.254"),
            RangeCase(subnet: "fd00::/64", outcome: "fd00::1-fd00::ffff:ffff:ffff:ffff"),
            RangeCase(subnet: "fd00::/126", outcome: "fd00::1-fd00::3"),
            RangeCase(subnet: "fd00::/64", first: "fd00::100", outcome: "fd00::100-fd00::ffff:ffff:ffff:ffff"),
        ]
    ) func `holds the usable addresses`(_ example: RangeCase) throws {
        let range = try subnetRange(example.subnet, first: example.first, last: example.last)
        #expect(range.range.description == example.outcome)
    }

    @Test(
        arguments: [
            RangeCase(
                subnet: "10.1.0.7/24",
                outcome: "subnet 10.1.0.7/24 has bits set beyond its length; 10.1.0.0/24 is the subnet"
            ),
            RangeCase(subnet: "10.1.0.0/31", outcome: "subnet 10.1.0.0/31 is too small; /30 is the smallest"),
            RangeCase(subnet: "fd00::/127", outcome: "subnet fd00::/127 is too small; /126 is the smallest"),
            RangeCase(
                subnet: "10.1.0.0/24",
                first: "10.1.1.1",
                outcome: "rangeStart 10.1.1.1 is outside the subnet 10.1.0.0/24"
            ),
            RangeCase(
                subnet: "10.1.0.0/24",
                last: "10.0.255.255",
                outcome: "rangeEnd 10.0.255.255 is outside the subnet 10.1.0.0/24"
            ),
            RangeCase(
                subnet: "10.1.0.0/24",
                gateway: "fd00::1",
                outcome: "gateway fd00::1 is outside the subnet 10.1.0.0/24"
            ),
            RangeCase(
                subnet: "10.1.0.0/24",
                first: "10.1.0.9",
                last: "10.1.0.8",
                outcome: "rangeStart 10.1.0.9 is above rangeEnd 10.1.0.8"
            ),
            RangeCase(
                subnet: "10.1.0.0/24",
                first: "10.1.0.255",
                outcome: "rangeStart 10.1.0.255 leaves no usable address up to rangeEnd 10.1.0.255"
            ),
        ]
    ) func `is refused by the name of its field`(_ example: RangeCase) throws {
        let error = #expect(throws: SubnetRangeError.self) {
            try subnetRange(example.subnet, first: example.first, last: example.last, gateway: example.gateway)
        }
        #expect(error?.description == example.outcome)
    }

    @Test(arguments: [nil, "10.1.0.1"]) func `is read back from its text`(_ gateway: String?) throws {
        let range = try subnetRange("10.1.0.0/24", first: "10.1.0.10", gateway: gateway)
        #expect(SubnetRange(range.description) == range)
        #expect(RangeSets.set(of: RangeSets.definition(of: [range, range])) == [range, range])
    }

    @Test(
        arguments: [
            "", "10.1.0.0/24", "10.1.0.0/24 10.1.0.1", "10.1.0.0/24 10.1.0.1-10.1.0.2-10.1.0.3",
            "10.1.0.0/24 10.1.0.1-10.1.0.9 x", "10.1.0.0/24 10.1.0.9-10.1.0.1", "10.1.0.0/24 10.1.0.1-10.1.0.9 ",
        ]
    ) func `is not read from another text`(_ text: String) {
        #expect(SubnetRange(text) == nil)
    }
}

@Suite struct `Range sets` {
    @Test func `may split a subnet and mix families among them`() throws {
        try validateRangeSets([
            [
                try subnetRange("10.1.0.0/24", last: "10.1.0.99"),
                try subnetRange("10.1.0.0/24", first: "10.1.0.100"),
            ],
            [try subnetRange("fd00::/64")],
        ])
    }

    @Test(
        arguments: [
            ([[]], "ranges[0] [] holds no range"),
            (
                [["10.1.0.0/24", "fd00::/64"]],
                "ranges[0] fd00::/64 is not of the family of 10.1.0.0/24 in the same set"
            ),
            (
                [["10.1.0.0/24", "10.1.0.0/25"]],
                "ranges[0] 10.1.0.1-10.1.0.126 overlaps 10.1.0.1-10.1.0.254 of ranges[0]"
            ),
            (
                [["10.1.0.0/24"], ["fd00::/64"], ["10.0.0.0/8"]],
                "ranges[2] 10.0.0.1-10.255.255.254 overlaps 10.1.0.1-10.1.0.254 of ranges[0]"
            ),
        ] as [([[String]], String)]
    ) func `are refused by position`(_ subnets: [[String]], _ sentence: String) throws {
        let sets = try subnets.map { try $0.map { try subnetRange($0) } }
        let error = #expect(throws: SubnetRangeError.self) { try validateRangeSets(sets) }
        #expect(error?.description == sentence)
    }

    @Test(
        arguments: [
            ([], "10.1.0.1-10.1.0.6"),
            (["10.1.0.1"], "10.1.0.2-10.1.0.6"),
            (["10.1.0.6"], "10.1.0.1-10.1.0.5"),
            (["10.1.0.3", "10.1.0.3", "10.1.0.4"], "10.1.0.1-10.1.0.2 10.1.0.5-10.1.0.6"),
            (["10.1.0.0", "10.1.0.2", "10.1.0.7"], "10.1.0.1-10.1.0.1 10.1.0.3-10.1.0.6"),
            (["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"], ""),
        ] as [([String], String)]
    ) func `leave gaps between blocked addresses`(_ blocked: [String], _ expected: String) throws {
        let range = try subnetRange("10.1.0.0/29").range
        let gaps = try gaps(in: range, without: blocked.map(address))
        #expect(gaps.map(\.description).joined(separator: " ") == expected)
    }
}
