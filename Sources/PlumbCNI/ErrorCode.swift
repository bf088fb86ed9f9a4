extension CNIError {
    /// The number that tells a runtime what kind of failure it was.
    ///
    /// 1 to 99 belong to the specification (CNI 1.1.0, section 5), 100 and above to the plugin.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number as it is printed.
        public let rawValue: Int

        /// Makes a code of any number.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// The configuration's version is not spoken here.
        public static let incompatibleVersion = Code(rawValue: 1)

        /// A field of the configuration is not supported; the message holds its key and value.
        public static let unsupportedField = Code(rawValue: 2)

        /// The container is unknown or gone, so the runtime has nothing to clean up.
        public static let unknownContainer = Code(rawValue: 3)

        /// A variable is absent or wrong; the message names it.
        public static let invalidEnvironment = Code(rawValue: 4)

        /// Reading or writing failed.
        public static let ioFailure = Code(rawValue: 5)

        /// The input is not what it should be a text of.
        public static let decodingFailure = Code(rawValue: 6)

        /// The configuration can be read, but makes no sense.
        public static let invalidConfiguration = Code(rawValue: 7)

        /// The network namespace cannot be used (the reference library's number, not in the specification).
        public static let invalidNamespace = Code(rawValue: 8)

        /// The same call may succeed later.
        public static let tryAgainLater = Code(rawValue: 11)

        /// STATUS: the plugin cannot serve ADD.
        public static let pluginNotAvailable = Code(rawValue: 50)

        /// STATUS: the plugin cannot serve ADD, and attached containers may have limited connectivity.
        public static let limitedConnectivity = Code(rawValue: 51)

        /// No address is free.
        public static let poolExhausted = Code(rawValue: 100)

        /// Another attachment or process holds the published port.
        public static let portTaken = Code(rawValue: 101)

        /// Somebody else has the address.
        public static let addressConflict = Code(rawValue: 102)

        /// The kernel refused a change of links, addresses or routes.
        public static let netlinkFailure = Code(rawValue: 103)

        /// The firewall refused a change.
        public static let firewallFailure = Code(rawValue: 104)

        /// The store of leases and attachments failed.
        public static let storeFailure = Code(rawValue: 105)

        /// The bridge has no port left.
        public static let bridgeFull = Code(rawValue: 106)

        /// Anything else (the reference library's number, not in the specification).
        public static let internalFailure = Code(rawValue: 999)
    }
}
