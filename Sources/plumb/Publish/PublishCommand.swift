import ArgumentParser
import PlumbAttachment
import PlumbCNI
import PlumbFirewall

/// The options by which `publish` and `unpublish` find their attachment.
struct PublishOptions: ParsableArguments {
    @Argument(help: "The container's id, which may be cut short.")
    var container: String

    @Option(help: "The network, if the container is on several.")
    var network: String?

    @Option(help: "The interface in the container, if it has several.")
    var interface: String?

    @Option(help: "The directory of the subnet store (default: PLUMB_STATE_DIR, or /run/plumb).")
    var stateDir: String?

    func target() throws(CNIError) -> PublishTarget {
        PublishTarget(
            container: container,
            network: network,
            interface: interface,
            stateDirectory: try NetworkDefaults.stateDirectory(option: stateDir, Environment.processVariables())
        )
    }
}

/// The command `plumb publish`.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish ports of a container that runs.",
        discussion: """
            All of the ports are published, or none. They are recorded, so that they last until the container is \
            detached.

              plumb publish web 8080:80
              plumb publish web 127.0.0.1:5353:53/udp 8443:443/tcp
              plumb publish web 80                # at a port of the host that plumb chooses and prints

            Without a hostIP a port is published at the network's defaultHostIP, or at all addresses of the host.
            """
    )

    @OptionGroup var options: PublishOptions

    @Argument(help: "Ports as for docker run -p: [[hostIP:][hostPort]:]containerPort[/protocol].")
    var ports: [String]

    func run() throws {
        do throws(CNIError) {
            let ports = try PortRequest.list(ports.joined(separator: ","), variable: "port")
            guard !ports.isEmpty else {
                throw CNIError(
                    .invalidConfiguration,
                    "port: there is none to publish",
                    details: "Give one, such as 8080:80."
                )
            }
            let target = try options.target()
            for port in try describingErrors({ try Publish(target, ports: ports).run() }) { print("published \(port)") }
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// The command `plumb unpublish`.
struct UnpublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpublish",
        abstract: "Take published ports of a container that runs back.",
        discussion: """
            New connections are refused from then on; TCP connections that are under way go on.

              plumb unpublish web 8080
              plumb unpublish web 127.0.0.1:5353/udp 8443/tcp
              plumb unpublish web 8080-8090       # a range, or a part of one
            """
    )

    @OptionGroup var options: PublishOptions

    @Argument(help: "Ports of the host: [hostIP:]hostPort[-hostPort][/protocol].")
    var ports: [String]

    func run() throws {
        do throws(CNIError) {
            let ports = try ports.map { text throws(CNIError) in try PortSelector(text) }
            let target = try options.target()
            for port in try describingErrors({ try Unpublish(target, ports: ports).run() }) {
                print("unpublished \(port)")
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}
