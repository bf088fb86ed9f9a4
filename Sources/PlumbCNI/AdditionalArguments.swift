/// The pairs of `CNI_ARGS`, written `KEY=VALUE;KEY=VALUE`.
struct AdditionalArguments {
    /// The values by key; of a repeated key the last one counts.
    private(set) var values: [String: String] = [:]

    /// A sentence for every piece that is not a pair.
    private(set) var problems: [String] = []

    /// Reads the pairs; empty pieces, such as one after a closing semicolon, count for nothing.
    init(_ text: String) {
        for piece in text.split(separator: ";") {
            guard let separator = piece.firstIndex(of: "="), separator != piece.startIndex else {
                problems.append("CNI_ARGS: \(quoted(String(piece))) is not KEY=VALUE")
                continue
            }
            values[String(piece[..<separator])] = String(piece[piece.index(after: separator)...])
        }
    }
}
