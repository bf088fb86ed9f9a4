import PlumbAddress
import PlumbCNI
import Testing

@testable import PlumbAttachment

/// Testing has a type of this name as well.
typealias Attachment = PlumbAttachment.Attachment

/// A property of a network.
typealias Property<Value> = any KeyPath<NetworkSpecification, Value> & Sendable

/// A request for ADD, with keys of the configuration as they stand between its braces.
func request(
    _ keys: String = "",
    runtimeConfig: String = "{}",
    args: String = "{}",
    arguments: String = ""
) throws -> Request<NetworkSettings> {
    let text = """
        {"cniVersion": "1.1.0", "name": "lan", "type": "plumb", "runtimeConfig": \(runtimeConfig),
         "args": {"cni": \(args)}\(keys.isEmpty ? "" : ", ")\(keys)}
        """
    let variables = [
        "CNI_COMMAND": "ADD", "CNI_CONTAINERID": "web0", "CNI_IFNAME": "eth0", "CNI_NETNS": "/run/netns/web",
        "CNI_ARGS": arguments,
    ]
    return Request(
        environment: try Environment(variables),
        configuration: try NetworkConfiguration.decode(Array(text.utf8)),
        configurationBytes: Array(text.utf8)
    )
}

/// The network of a request, with the values that the request itself brings.
func specification(
    _ keys: String = "",
    runtimeConfig: String = "{}",
    defaults: NetworkDefaults = NetworkDefaults()
) throws -> NetworkSpecification {
    let request = try request(keys, runtimeConfig: runtimeConfig)
    return try NetworkSpecification(request, values: try RuntimeValues(request), defaults: defaults)
}

func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

/// An address of an attachment in a notation for tests.
func attached(_ text: String, via gateway: String? = nil) throws -> Attachment.Address {
    Attachment.Address(prefix: try prefix(text), gateway: try gateway.map(address))
}

/// The error that a step is refused with; an issue if it is not.
func refusal(_ step: () throws -> Void) -> CNIError? {
    #expect(throws: CNIError.self) { try step() }
}
