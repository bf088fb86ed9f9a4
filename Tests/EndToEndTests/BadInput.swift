import PlumbTestSupport
import Testing

/// A call that can't be served, and what its refusal has to say.
struct BadInput: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int
    /// What the message has to name: the field and its value.
    let words: [String]
    /// Whether the details have to show a way out; where the message says what is allowed, they need not.
    let hasWayOut: Bool
    /// Whether only the store can tell, which is then there for the first time, but empty.
    var isFoundByStore = false
    let change: @Sendable (inout PlumbCall, inout JSON) -> Void

    init(
        _ description: String,
        code: Int = 7,
        naming words: String...,
        wayOut: Bool = false,
        byStore: Bool = false,
        change: @escaping @Sendable (inout PlumbCall, inout JSON) -> Void
    ) {
        testDescription = description
        self.code = code
        self.words = words
        hasWayOut = wayOut
        isFoundByStore = byStore
        self.change = change
    }

    /// A configuration with another value at a key of the first level.
    static func value(_ key: String, _ value: JSON, code: Int = 7, naming words: String..., wayOut: Bool = false)
        -> Self
    {
        Self("\(key) \(value)", code: code, words: [key] + words, wayOut: wayOut) { $1[key] = value }
    }

    /// A configuration with another first range.
    static func range(_ description: String, naming words: String..., range: JSON) -> Self {
        Self("range: \(description)", code: 7, words: words, wayOut: false) { $1["ipam"]["ranges"][0][0] = range }
    }

    /// A configuration with one route.
    static func route(_ description: String, naming words: String..., route: JSON) -> Self {
        Self("route: \(description)", code: 7, words: words, wayOut: false) { $1["ipam"]["routes"] = [route] }
    }

    /// A configuration with these published ports.
    static func ports(_ description: String, naming words: String..., ports: JSON...) -> Self {
        Self("ports: \(description)", code: 7, words: words, wayOut: false) {
            $1["runtimeConfig"]["portMappings"] = .array(ports)
        }
    }

    /// A variable of the environment that is another.
    static func variable(_ name: String, _ value: String, code: Int = 4, naming words: String..., wayOut: Bool = false)
        -> Self
    {
        Self("\(name)=\(value)", code: code, words: [name] + words, wayOut: wayOut) { call, _ in
            switch name {
            case "CNI_CONTAINERID": call.container = value
            case "CNI_IFNAME": call.interface = value
            case "CNI_NETNS": call.sandbox = value
            case "CNI_COMMAND": call.command = value
            default: call.environment[name] = value
            }
        }
    }

    private init(
        _ description: String,
        code: Int,
        words: [String],
        wayOut: Bool,
        change: @escaping @Sendable (inout PlumbCall, inout JSON) -> Void
    ) {
        testDescription = description
        self.code = code
        self.words = words
        hasWayOut = wayOut
        self.change = change
    }
}
