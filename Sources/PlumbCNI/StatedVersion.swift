/// The `cniVersion` of any object of the protocol, read without looking at anything else.
struct StatedVersion: Decodable {
    let cniVersion: String?

    /// The version that is stated, or another one when none is.
    ///
    /// - Throws: `CNIError` with code 1 for a version that this library does not speak.
    func supported(orElse fallback: SpecVersion) throws(CNIError) -> SpecVersion {
        guard let text = cniVersion, !text.isEmpty else { return fallback }
        guard let version = SpecVersion(text), version.isSupported else {
            let supported = SpecVersion.supported.map(\.description).joined(separator: ", ")
            throw CNIError(
                .incompatibleVersion,
                "cniVersion \(quoted(text)) is not supported",
                details: "requested \(text); supported \(supported)"
            )
        }
        return version
    }
}
