import CLinux
import Glibc

extension SocketTable {
    /// Reads the sockets that keep a port of the host from others: those of UDP, and of TCP those that listen.
    ///
    /// For its table of TCP the kernel walks over every bucket of every namespace's connections, some 10 ms; a question
    /// for listeners alone is answered at once. Kernels without `CONFIG_INET_DIAG` have the table only.
    ///
    /// - Throws: `SystemError` when the kernel does not answer. Equivalent to: `ss -lntu`
    package static func readHolders(_ transport: HostPortProbe.Transport) throws(SystemError) -> SocketTable {
        guard transport == .tcp, let rows = try listeningRows() else { return try read(transport) }
        return SocketTable(rows: rows)
    }

    /// The sockets of TCP that listen, or nil if the kernel can't be asked for them.
    private static func listeningRows() throws(SystemError) -> [SocketRow]? {
        let number = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), NETLINK_SOCK_DIAG)
        guard number >= 0 else {
            if errno == EPROTONOSUPPORT { return nil }
            throw SystemError("open a socket to list listeners")
        }
        let diagnosis = FileDescriptor(adopting: number)
        var rows: [SocketRow] = []
        for family in [AF_INET, AF_INET6] {
            guard let found = try listeners(of: family, diagnosis) else { return nil }
            rows += found
        }
        return rows
    }

    private struct Request {
        var header = nlmsghdr()
        var body = inet_diag_req_v2()

        init(_ family: CInt) {
            header.nlmsg_len = UInt32(MemoryLayout<Request>.size)
            header.nlmsg_type = UInt16(SOCK_DIAG_BY_FAMILY)
            header.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_DUMP)
            body.sdiag_family = UInt8(family)
            body.sdiag_protocol = UInt8(IPPROTO_TCP)
            body.idiag_states = 1 << UInt32(TCP_LISTEN)
        }
    }

    private static func listeners(of family: CInt, _ socket: borrowing FileDescriptor) throws(SystemError)
        -> [SocketRow]?
    {
        var request = Request(family)
        guard unsafe send(socket.number, &request, MemoryLayout<Request>.size, 0) >= 0 else {
            throw SystemError("ask for listeners")
        }
        var rows: [SocketRow] = []
        var bytes = [UInt8](repeating: 0, count: 32768)
        while true {
            let count = unsafe recv(socket.number, &bytes, bytes.count, 0)
            guard count > 0 else {
                if errno == EINTR { continue }
                throw SystemError("list listeners")
            }
            for message in DiagnosisMessages(bytes: bytes[..<count]) {
                switch CInt(message.type) {
                case NLMSG_DONE: return rows
                // A family that the kernel lacks, or a kernel without the module.
                case NLMSG_ERROR: return nil
                default: rows += SocketRow(diagnosis: message.payload).map { [$0] } ?? []
                }
            }
        }
    }
}

/// The messages that one read from a netlink socket gives.
private struct DiagnosisMessages: Sequence, IteratorProtocol {
    var bytes: ArraySlice<UInt8>

    mutating func next() -> (type: UInt16, payload: ArraySlice<UInt8>)? {
        let headerSize = MemoryLayout<nlmsghdr>.size
        guard bytes.count >= headerSize else { return nil }
        let header = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: nlmsghdr.self) }
        let length = Int(header.nlmsg_len)
        guard length >= headerSize, length <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst((length + 3) & ~3) }
        return (header.nlmsg_type, bytes.prefix(length).dropFirst(headerSize))
    }
}

extension SocketRow {
    /// Reads a socket from `inet_diag_msg` of `linux/inet_diag.h`.
    fileprivate init?(diagnosis payload: ArraySlice<UInt8>) {
        guard payload.count >= MemoryLayout<inet_diag_msg>.size else { return nil }
        let message = unsafe payload.withUnsafeBytes { unsafe $0.loadUnaligned(as: inet_diag_msg.self) }
        let size = CInt(message.idiag_family) == AF_INET ? 4 : 16
        let address = unsafe withUnsafeBytes(of: message.id.idiag_src) { unsafe Array($0.prefix(size)) }
        let port = UInt16(bigEndian: message.id.idiag_sport)
        self.init(listeningAt: address, port: port, inode: message.idiag_inode)
    }
}
