import PlumbAddress

extension Database {
    /// Adds the ports that an attachment publishes; those of its container's other attachments don't conflict if the
    /// container is named.
    ///
    /// - Throws: `StoreError` of kind `portTaken` for the first that conflicts with one that is there.
    func addPorts(
        _ ports: [PortReservation],
        to attachment: Int64,
        sharedBy container: String? = nil
    ) throws(StoreError) {
        guard !ports.isEmpty else { return }
        let findHolder = try prepare(.portHolder)
        let addPort = try prepare(.addPort)
        for port in ports {
            let name: [Value] = [.text(port.transport), .integer(Int64(port.hostPort))]
            for address in port.addresses {
                let anyAddress = IPAddress(address.family, number: 0)
                let place = name + [.address(address), .address(anyAddress)]
                // No container has an empty name.
                let parameters = place + [.text(container ?? ""), .integer(attachment)]
                if let holder = try findHolder.first(parameters, read: AttachmentKey.init(row:)) {
                    throw StoreError(.portTaken(port, holder: holder))
                }
                try addPort.run(name + [.address(address), .integer(attachment)])
            }
        }
    }
}
