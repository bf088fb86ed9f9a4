import PlumbAttachment
import PlumbCNI
import PlumbSubnetStore

/// plumb as a CNI plugin: hands requests to the operations, and their errors to CNI.
struct PlumbPlugin: Plugin {
    let defaults: NetworkDefaults
    let trace: Trace

    func add(_ request: Request<NetworkSettings>) throws(CNIError) -> CNIResult {
        let environment = request.environment
        let values = try RuntimeValues(request)
        let network = try NetworkSpecification(request, values: values, defaults: defaults)
        let attachmentRequest = AttachmentRequest(
            containerID: environment.containerID,
            interfaceName: environment.interfaceName,
            sandboxPath: environment.networkNamespace ?? "",
            values: values,
            allowsHostNamespace: environment.allowsHostNamespace
        )
        guard let delegated = try DelegatedAddresses(request) else {
            let attachment = try attach(attachmentRequest, to: network)
            return attachment.result(dns: network.dns, for: values)
        }
        return try delegated.add(to: network) { (network) throws(CNIError) in
            let attachment = try attach(attachmentRequest, to: network)
            return attachment.result(dns: network.dns, for: values)
        }
    }

    private func attach(
        _ request: AttachmentRequest,
        to network: NetworkSpecification
    ) throws(CNIError) -> Attachment {
        try describingErrors { try Attach(network: network, request: request, trace: trace).run() }
    }

    func del(_ request: Request<NetworkSettings?>) throws(CNIError) {
        let network = NetworkSpecification(
            forRemovalOf: request.configuration.name,
            settings: request.configuration.settings,
            defaults: defaults
        )
        try describingErrors { try Detach(request.key, network: network, trace: trace).run() }
        try DelegatedAddresses(request)?.release()
    }

    func check(_ request: Request<NetworkSettings>) throws(CNIError) {
        let network = NetworkSpecification(
            forRemovalOf: request.configuration.name,
            settings: request.configuration.settings,
            defaults: defaults
        )
        let check = Check(
            request.key,
            network: network,
            sandboxPath: request.environment.networkNamespace ?? "",
            previous: request.configuration.prevResult ?? CNIResult()
        )
        try describingErrors { try check.run() }
        try DelegatedAddresses(request)?.check()
    }

    func gc(_ request: Request<NetworkSettings>) throws(CNIError) {
        // Without the list nothing is known to be stale.
        guard let valid = request.configuration.validAttachments else { return }
        let network = NetworkSpecification(
            forRemovalOf: request.configuration.name,
            settings: request.configuration.settings,
            defaults: defaults
        )
        try describingErrors {
            var failures = Failures()
            failures.collect { try Collect(network: network, valid: valid).run() }
            failures.collect { try DelegatedAddresses(request)?.collect() }
            try failures.throwIfAny()
        }
    }

    func status(_ request: Request<NetworkSettings>) throws(CNIError) {
        let values = RuntimeValues()
        let network = try NetworkSpecification(request, values: values, defaults: defaults)
        try describingErrors { try Status(network: network).run() }
        try DelegatedAddresses(request)?.status()
    }
}

extension Request {
    /// What the attachment is known by.
    var key: AttachmentKey {
        AttachmentKey(
            network: configuration.name,
            container: environment.containerID,
            interface: environment.interfaceName
        )
    }
}

/// Runs an operation and puts its errors into CNI's words.
func describingErrors<Result>(_ operation: () throws -> Result) throws(CNIError) -> Result {
    do {
        return try operation()
    } catch {
        throw CNIError(describing: error)
    }
}

extension Environment {
    /// Whether tests may attach the host's own namespace, as the reference library lets them.
    var allowsHostNamespace: Bool {
        ["1", "true"].contains(variables["CNI_NETNS_OVERRIDE"])
    }
}
