import Glibc
import PlumbAddress
import PlumbCNI
import PlumbLinux
import PlumbNetlink

/// The container's namespace, with a socket that works inside while the process stays on the host.
struct Sandbox: ~Copyable {
    let namespace: NetworkNamespace
    let socket: NetlinkSocket

    /// Opens the namespace of a request and makes sure that the interface may be put there.
    ///
    /// - Throws: `CNIError` 8 for a path that leads elsewhere, 4 when the interface name is taken.
    static func open(_ request: AttachmentRequest, host: Host) throws -> Sandbox {
        let namespace = try openNamespace(request.sandboxPath)
        if namespace.identity == host.namespace.identity, !request.allowsHostNamespace {
            throw CNIError(
                .invalidNamespace,
                "CNI_NETNS: \"\(request.sandboxPath)\" is the host's own network namespace",
                details: "Give the container's namespace. CNI_NETNS_OVERRIDE=1 allows the host's for tests."
            )
        }
        let socket = try namespace.enter(from: host.namespace) { try NetlinkSocket.open() }
        if try socket.link(named: request.interfaceName) != nil {
            throw CNIError(
                .invalidEnvironment,
                "CNI_IFNAME: \"\(request.interfaceName)\" exists already in \(request.sandboxPath)",
                details: "Choose another interface name, or detach the interface first."
            )
        }
        return Sandbox(namespace: namespace, socket: socket)
    }

    /// Opens the sandbox of an attachment that is there.
    ///
    /// - Throws: `CNIError` 8 when the recorded path leads there no more.
    static func open(of attachment: Attachment, host: Host) throws -> Sandbox {
        let path = attachment.sandbox.path
        let namespace: NetworkNamespace
        do throws(NamespaceError) {
            namespace = try NetworkNamespace.open(path)
        } catch {
            throw CNIError(.invalidNamespace, "the sandbox of \(attachment.key) can't be entered: \(error)")
        }
        guard namespace.identity == attachment.sandbox.identity else {
            throw CNIError(.invalidNamespace, "\(path) leads to another namespace than at ADD of \(attachment.key)")
        }
        let socket = try namespace.enter(from: host.namespace) { try NetlinkSocket.open() }
        return Sandbox(namespace: namespace, socket: socket)
    }

    /// How the container's end differs from the record of its attachment.
    func differences(from attachment: Attachment, host: Host) throws -> [Difference] {
        let differences = ContainerSideDifferences(attachment: attachment, previous: nil)
        return try namespace.enter(from: host.namespace) {
            try differences.differences(socket, hostSide: host.socket)
        }
    }

    /// Makes a change inside.
    func apply(_ change: Remedy.Change, host: Host) throws {
        try namespace.enter(from: host.namespace) { try change.apply(socket) }
    }

    private static func openNamespace(_ path: String) throws(CNIError) -> NetworkNamespace {
        do throws(NamespaceError) {
            return try NetworkNamespace.open(path)
        } catch {
            throw CNIError(
                .invalidNamespace,
                "CNI_NETNS: \"\(path)\" is no network namespace: \(error)",
                details: "Give a path such as /run/netns/NAME or /proc/PID/ns/net of a container that runs."
            )
        }
    }

    /// Sets up the container's end: addresses, routes, up; and the loopback interface.
    ///
    /// Addresses come before the link is up, so that the kernel announces them when it is (`arp_notify`).
    func configure(_ attachment: Attachment, host: Host) throws {
        let name = attachment.containerInterface.name
        guard let link = try socket.link(named: name) else {
            throw NetlinkError(operation: "find \(name) in \(attachment.sandbox.path)", errno: ENODEV)
        }
        let usesIPv6 = attachment.families.contains(.ipv6)
        if usesIPv6 { try namespace.enter(from: host.namespace) { try prepareIPv6(attachment) } }

        var settings = LinkSettings()
        settings.ipv4 = [.arpNotify: 1]
        if !usesIPv6 { settings.ipv6LinkLocal = false }
        var changes: [NetlinkChange] = [
            .changeLink(.name("lo"), LinkSettings(isUp: true)),
            .changeLink(.index(link.index), settings),
        ]
        changes += attachment.addresses.map { address in
            .addAddress(
                InterfaceAddress(
                    linkIndex: link.index,
                    prefix: address.prefix,
                    skipsDuplicateDetection: !attachment.link.detectsDuplicates
                )
            )
        }
        changes.append(.changeLink(.index(link.index), LinkSettings(isUp: true)))
        try socket.apply(changes)
        try addRoutes(attachment, link)
    }

    private func addRoutes(_ attachment: Attachment, _ link: Link) throws {
        do throws(NetlinkError) {
            try socket.apply(attachment.routes.map { .addRoute($0.onLink(link.index)) })
        } catch {
            guard error.errno == EEXIST else { throw error }
            try addRefusedRoutes(attachment, link)
        }
    }

    /// Adds the routes that were refused: the kernel has carried out the rest of the batch.
    private func addRefusedRoutes(_ attachment: Attachment, _ link: Link) throws {
        var present: [Route] = []
        for family in attachment.families { present += try socket.routes(linkIndex: link.index, family: family) }
        for route in attachment.routes where !present.contains(where: { $0.destination == route.destination }) {
            try route.add(linkIndex: link.index, socket)
        }
    }

    /// What netlink cannot say: IPv6 on, its addresses kept when the link goes down, announced, and usable at once.
    private func prepareIPv6(_ attachment: Attachment) throws {
        let directory = "net/ipv6/conf/\(attachment.containerInterface.name)"
        try Sysctl("\(directory)/disable_ipv6").ensure("0")
        try Sysctl("\(directory)/keep_addr_on_down").write("1")
        try Sysctl("\(directory)/ndisc_notify").write("1")
        // The store has already made sure that nobody else has the address.
        if !attachment.link.detectsDuplicates { try Sysctl("\(directory)/accept_dad").write("0") }
    }
}

extension Attachment.Route {
    /// Adds the route; a default route goes behind that of another interface, which came first and stays the way out.
    ///
    /// The metric is then above that of any default route that has none of its own (1024 in IPv6).
    func add(linkIndex: Int, _ socket: borrowing NetlinkSocket) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.apply([.addRoute(onLink(linkIndex))])
        } catch {
            guard error.errno == EEXIST, destination.length == 0, metric == nil, table == nil else { throw error }
            var second = self
            second.metric = 1024 + linkIndex
            try socket.apply([.addRoute(second.onLink(linkIndex))])
        }
    }

    /// The route as the kernel takes it for an interface of the sandbox.
    func onLink(_ index: Int) -> Route {
        Route(
            destination: destination,
            gateway: gateway,
            linkIndex: index,
            metric: metric,
            mtu: mtu,
            advertisedMSS: advertisedMSS,
            table: table,
            scope: scope
        )
    }
}
