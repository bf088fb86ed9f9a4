/// The answer to VERSION: which versions of the specification the plugin speaks (CNI 1.1.0, section 2).
public struct VersionReply: Hashable, Sendable {
    /// The version that the question was asked in.
    public let cniVersion: SpecVersion

    /// Answers in a version, by default the newest.
    public init(cniVersion: SpecVersion = .newest) {
        self.cniVersion = cniVersion
    }

    /// Answers in the version that the question states; a blank question and one without a version get the newest.
    ///
    /// The version is given back even when it is not supported: this call is how a runtime finds that out.
    ///
    /// - Throws: `CNIError` with code 6 for a question that is not a JSON object, 7 for a version that is not one.
    public init(to question: [UInt8]) throws(CNIError) {
        guard !JSONLimits.isBlank(question) else {
            self.init()
            return
        }
        let stated = try decodeJSON(StatedVersion.self, from: question, of: "the question").cniVersion ?? ""
        guard let version = stated.isEmpty ? .newest : SpecVersion(stated) else {
            throw CNIError(.invalidConfiguration, "cniVersion: expected three numbers, got \(quoted(stated))")
        }
        self.init(cniVersion: version)
    }

    /// The JSON text that goes to standard output.
    public var json: String {
        encodeJSON(
            Document(
                cniVersion: cniVersion.description,
                supportedVersions: SpecVersion.supported.map(\.description)
            )
        )
    }

    private struct Document: Encodable {
        let cniVersion: String
        let supportedVersions: [String]
    }
}
