import PlumbTestSupport

/// A system call of an undisturbed run that changes something outside the process, found again by name and number.
struct SystemCall: Hashable, Sendable, CustomStringConvertible {
    let name: String

    /// The how manyth of its name it is, from 1.
    let number: Int

    /// What it looked like.
    let text: String

    var description: String { "\(name) \(number): \(text.prefix(90))" }

    /// The kinds of calls that can change something: files and their locks, netlink and iptables, namespaces, processes.
    private static let names = [
        "openat", "mkdir", "write", "pwrite64", "ftruncate", "unlink", "rename", "flock", "fcntl", "bind", "sendto",
        "sendmsg", "setsockopt", "setns", "clone", "fork", "exit_group",
    ]

    /// Lets a call of plumb go through and lists what it changed; `exit_group` stands for «done, but nobody knows».
    static func record(_ call: PlumbCall, on host: TestHost) throws -> (reply: PlumbReply, calls: [SystemCall]) {
        let log = try host.folder.write("strace", "")
        let trace = "trace=\(names.joined(separator: ","))"
        let reply = try host.plumb(call, under: ["strace", "-f", "-qq", "-e", trace, "-e", "signal=none", "-o", log])
        let lines = try Command(["cat", log]).run().output.split(separator: "\n")
        let main = lines.first?.prefix { $0 != " " } ?? ""
        var counts: [String: Int] = [:]
        let calls = lines.compactMap { line -> SystemCall? in
            // Calls of the child that waits for the removal of a link are not the process's own.
            guard line.hasPrefix("\(main) ") else { return nil }
            // The kernel begins a call anew as often as it meets a lock that others hold; an undisturbed run has it once.
            guard !line.contains("= ? ERESTART") else { return nil }
            let text = line.dropFirst(main.count).drop { $0 == " " }
            let name = String(text.prefix { $0 != "(" })
            guard names.contains(name) else { return nil }
            counts[name, default: 0] += 1
            let call = SystemCall(name: name, number: counts[name] ?? 0, text: String(text))
            return call.changesSomething ? call : nil
        }
        return (reply, calls)
    }

    private var changesSomething: Bool {
        switch name {
        case "openat": text.contains("O_CREAT")
        case "fcntl": text.contains("F_SETLK")
        case "setsockopt": text.contains("IPT_SO_SET") || text.contains("IP6T_SO_SET")
        default: true
        }
    }
}
