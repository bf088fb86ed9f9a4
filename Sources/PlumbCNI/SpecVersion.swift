public import PlumbAddress

/// A version of the CNI specification, such as `1.1.0`.
public struct SpecVersion: Hashable, Sendable, Comparable {
    /// The first number of the version.
    public let major: Int

    /// The second number of the version.
    public let minor: Int

    /// The third number of the version.
    public let patch: Int

    /// Makes a version that need not be a released one.
    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Orders versions by age.
    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

extension SpecVersion {
    /// The version that a configuration without `cniVersion` has, which is also the oldest.
    public static let assumed = SpecVersion(0, 1, 0)

    /// The newest version that this library speaks.
    public static let newest = SpecVersion(1, 1, 0)

    /// Every version that this library speaks, oldest first.
    public static let supported = [
        assumed, SpecVersion(0, 2, 0), SpecVersion(0, 3, 0), SpecVersion(0, 3, 1), SpecVersion(0, 4, 0),
        SpecVersion(1, 0, 0), newest,
    ]

    /// Whether this library speaks the version.
    public var isSupported: Bool { Self.supported.contains(self) }

    /// Whether results list interfaces and any number of addresses: 0.3.0 and later.
    public var supportsInterfaces: Bool { self >= SpecVersion(0, 3, 0) }

    /// Whether the runtime may ask for CHECK: 0.4.0 and later.
    public var supportsCheck: Bool { self >= SpecVersion(0, 4, 0) }

    /// Whether addresses in results carry their family in a `version` key: 0.3.0 up to 0.4.0.
    public var marksAddressFamily: Bool { supportsInterfaces && self < SpecVersion(1, 0, 0) }

    /// Whether the runtime may ask for GC: 1.1.0 and later.
    public var supportsGarbageCollection: Bool { self >= SpecVersion(1, 1, 0) }

    /// Whether the runtime may ask for STATUS: 1.1.0 and later.
    public var supportsStatus: Bool { self >= SpecVersion(1, 1, 0) }

    /// Whether results hold MTUs, sockets, PCI devices and the metrics of routes: 1.1.0 and later.
    public var supportsLinkDetails: Bool { self >= SpecVersion(1, 1, 0) }
}

extension SpecVersion: TextCodable {
    /// Reads three decimal numbers with dots between them, without leading zeros.
    public init?(_ description: String) {
        let fields = description.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { field in
            Int(field).flatMap { $0 >= 0 && String($0) == field ? $0 : nil }
        }
        guard fields.count == 3, numbers.count == 3 else { return nil }
        self.init(numbers[0], numbers[1], numbers[2])
    }

    /// The three numbers with dots between them.
    public var description: String { "\(major).\(minor).\(patch)" }
}
