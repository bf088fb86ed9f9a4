import PlumbAddress
import PlumbAttachment
import PlumbFirewall

extension Attachment {
    /// The published ports as `docker ps` lists them: with the host addresses that they answer at, one for each family,
    /// and those that follow each other as a range.
    var publishedAt: [PublishedPort] {
        var listed: [PublishedPort] = []
        for port in publishedPorts {
            for address in port.hostAddress.map({ [$0] }) ?? families.map({ IPAddress($0, number: 0) }) {
                let port = port.published(on: address)
                if let position = listed.firstIndex(where: { $0.isFollowed(by: port) }) {
                    listed[position] = listed[position].extended(by: port)
                } else {
                    listed.append(port)
                }
            }
        }
        return listed
    }
}

extension PublishedPort {
    /// Whether another port is the next of the same range.
    fileprivate func isFollowed(by other: PublishedPort) -> Bool {
        hostAddress == other.hostAddress && transport == other.transport
            && Int(hostPorts.upperBound) + 1 == Int(other.hostPort)
            && Int(containerPorts.upperBound) + 1 == Int(other.containerPort)
    }

    fileprivate func extended(by other: PublishedPort) -> PublishedPort {
        PublishedPort(
            hostAddress: hostAddress,
            hostPort: hostPort,
            containerPort: containerPort,
            count: count + other.count,
            transport: transport
        )
    }
}
