import PlumbCNI

/// An error of an operation as a person at a shell reads it.
struct CommandFailure: Error, CustomStringConvertible {
    private let error: CNIError

    init(_ error: CNIError) {
        self.error = error
    }

    var description: String {
        error.details.isEmpty ? error.message : "\(error.message)\n\(error.details)"
    }
}
