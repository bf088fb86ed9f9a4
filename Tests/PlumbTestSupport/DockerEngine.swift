import Glibc
import PlumbLinux

/// Debian's Docker engine, unpacked and not installed, at work in a test's network namespace.
///
/// It has mounts and process numbers of its own as well: its first process takes all others down with it, and what they
/// wrote below `/run`, `/etc` and `/opt` is gone then. One of them reads from a pipe of this process, so the engine ends
/// with this process whatever happens.
package final class DockerEngine {
    /// Where `scripts/lib/engines.sh` unpacks it.
    private static let root: String = {
        let package = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(package)/.build/engines/docker"
    }()

    /// Whether there is an engine to start.
    package static var isFetched: Bool { unsafe access("\(root)/usr/sbin/dockerd", X_OK) == 0 }

    /// The image that holds nothing but `/busybox`.
    package static let image = "busybox"

    private let folder: TemporaryFolder
    private let process: Background

    private var socket: String { "\(folder.path)/docker.sock" }

    /// Starts an engine that uses legacy iptables, waits until it answers, and gives it the image.
    package init(in namespace: Namespace, arguments: [String] = []) throws {
        folder = try TemporaryFolder()
        process = try Background(
            [
                "unshare", "--mount", "--pid", "--fork", "--kill-child",
                "sh", "-c", Self.start, "sh", Self.root, folder.path,
            ] + arguments,
            in: namespace
        )
        var isReady = false
        let isOver = try eventually(within: .seconds(60)) {
            isReady = try client(["version"]).succeeded
            return isReady || !process.isRunning
        }
        guard isOver, isReady else {
            throw TestFailure("dockerd does not answer: \(try readText("\(folder.path)/log"))")
        }
        let image = "tar --create --directory \(Self.root)/bin busybox | \(command) import - \(Self.image)"
        let result = try Command(["sh", "-c", image], environment: environment).run()
        guard result.succeeded else { throw TestFailure("docker import: \(result.errors)") }
    }

    deinit { end() }

    /// Makes the view of the file system that the engine works in, and runs it until it ends or the input does.
    private static let start = """
        set -eu
        root=$1 folder=$2
        shift 2
        mount -t tmpfs tmpfs /run
        for directory in etc opt; do
            mkdir "/run/$directory" "/run/$directory.work"
            mount -t overlay -o "lowerdir=/$directory,upperdir=/run/$directory,workdir=/run/$directory.work" \\
                overlay "/$directory"
        done
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mkdir /run/iptables
        for program in iptables ip6tables; do
            ln -s "$(command -v $program-legacy)" "/run/iptables/$program"
        done
        export PATH="/run/iptables:$root/usr/sbin:$root/usr/bin:$PATH"
        export LD_LIBRARY_PATH="$(echo "$root"/lib/*-linux-gnu)" XTABLES_LOCKFILE=/run/xtables.lock
        exec 3<&0
        { cat <&3 >/dev/null; kill -KILL -1; } &
        echo "{}" >"$folder/daemon.json"
        dockerd --host "unix://$folder/docker.sock" --config-file "$folder/daemon.json" \\
            --data-root /run/docker-data --exec-root /run/docker --pidfile /run/docker.pid \\
            --storage-driver vfs --cgroup-parent "/${folder##*/}" \\
            --userland-proxy=false "$@" </dev/null >"$folder/log" 2>&1
        """

    /// Removes the control groups that the engine made, once nobody is in them.
    private static let removeControlGroups = """
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        test ! -d "/sys/fs/cgroup/$1" || find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +
        """

    private var command: String { "\(Self.root)/usr/bin/docker --host unix://\(socket)" }

    private var environment: [String: String] { ["HOME": folder.path] }

    private func client(_ arguments: [String]) throws -> CommandResult {
        try Command(
            ["\(Self.root)/usr/bin/docker", "--host", "unix://\(socket)"] + arguments,
            environment: environment,
            limit: .seconds(60)
        ).run()
    }

    /// Runs `docker`, which has to succeed, and returns what it prints.
    @discardableResult
    package func docker(_ arguments: [String]) throws -> String {
        let result = try client(arguments)
        guard result.succeeded else { throw TestFailure("docker \(arguments): \(result.errors)") }
        return result.output
    }

    /// Ends every process of the engine and removes its control groups.
    private func end() {
        process.end()
        let name = String(folder.path.split(separator: "/").last ?? "")
        let removal = Command(["unshare", "--mount", "sh", "-ec", Self.removeControlGroups, "sh", name])
        do {
            // The last processes are still on their way out when the first is gone.
            let isRemoved = try eventually { try removal.run().succeeded }
            precondition(isRemoved, "the control groups of \(name) are still in use")
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
