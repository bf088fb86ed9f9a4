import CNetfilter
import Glibc
import PlumbAddress
import PlumbLinux

/// The socket that the kernel hands out and takes whole tables of x_tables by (`linux/netfilter_ipv4/ip_tables.h`).
///
/// It belongs to the network namespace that the thread was in. The structures of IPv6 (`linux/netfilter_ipv6/ip6_tables.h`)
/// are those of IPv4 but for the entries behind them, and its options have the same numbers.
struct TableSocket: ~Copyable {
    private let socket: FileDescriptor
    private let family: AddressFamily

    /// How often a table is asked for again that changed between the questions for its size and for its entries.
    private static let attempts = 8

    /// Opens a socket of the family; it needs CAP_NET_ADMIN to be of use, whatever its type.
    ///
    /// - Throws: `SystemError`
    static func open(_ family: AddressFamily) throws(SystemError) -> TableSocket {
        TableSocket(
            socket: try FileDescriptor.datagramSocket(family == .ipv4 ? AF_INET : AF_INET6),
            family: family
        )
    }

    private init(socket: consuming FileDescriptor, family: AddressFamily) {
        self.socket = socket
        self.family = family
    }

    /// Reads a table.
    ///
    /// - Throws: `SystemError`; ENOENT if the kernel has no such table, EBADMSG if it is laid out in an unknown way.
    func read(_ table: String) throws(SystemError) -> TableImage {
        for _ in 1...Self.attempts {
            var info = ipt_getinfo()
            copy(Array(table.utf8), to: &info.name)
            try unsafe get(IPT_SO_GET_INFO, &info, MemoryLayout<ipt_getinfo>.size)
            // EAGAIN: the table has changed its size since.
            guard let bytes = try entries(info) else { continue }
            let image = TableImage(family, bytes, start: Self.entriesStart, hooks: info.hooks)
            guard let image else { throw SystemError("find the chains of the table", errno: EBADMSG) }
            return image
        }
        throw SystemError("read a table that keeps changing", errno: EAGAIN)
    }

    /// Where the entries are in `struct ipt_get_entries`, which they are aligned in.
    private static var entriesStart: Int { xtablesAligned(MemoryLayout<ipt_get_entries>.size) }

    /// The entries behind their header, or nil if they are not of that size any more.
    private func entries(_ info: ipt_getinfo) throws(SystemError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.entriesStart + Int(info.size))
        var request = ipt_get_entries()
        request.name = info.name
        request.size = info.size
        store(request, in: &bytes)
        do throws(SystemError) {
            try unsafe get(IPT_SO_GET_ENTRIES, &bytes, bytes.count)
            return bytes
        } catch {
            guard error.errno == EAGAIN else { throw error }
            return nil
        }
    }

    /// Puts a table in the place of the one that it was read from, if that has not changed since, and gives the entries that
    /// stayed their counters back.
    ///
    /// - Returns: Whether nobody else changed the table meanwhile.
    /// - Throws: `SystemError` if the kernel takes no such table.
    func replace(_ name: String, with image: TableImage) throws(SystemError) -> Bool {
        let headerSize = unsafe xtablesAligned(MemoryLayout<ipt_replace>.size)
        var table = image.encoded(headerSize: headerSize)
        var counters = [xt_counters](repeating: xt_counters(), count: image.kernelCount)
        // The kernel compares no more than the number of entries, which is why there is a lock.
        guard try replace(name, with: &table, headerSize: headerSize, oldCounters: &counters) else { return false }
        return try give(table.numbers.map { number in number.map { counters[$0] } ?? xt_counters() }, to: name)
    }

    private func replace(
        _ name: String,
        with table: inout EncodedTable,
        headerSize: Int,
        oldCounters: inout [xt_counters]
    ) throws(SystemError) -> Bool {
        let count = oldCounters.count
        let errno = unsafe oldCounters.withUnsafeMutableBufferPointer { counters in
            var header = unsafe table.header(name, headerSize: headerSize)
            unsafe header.num_counters = UInt32(count)
            unsafe header.counters = counters.baseAddress
            unsafe store(header, in: &table.bytes)
            return set(IPT_SO_SET_REPLACE, table.bytes)
        }
        guard errno == 0 || errno == EAGAIN else { throw SystemError("setsockopt", errno: errno) }
        return errno == 0
    }

    /// Adds to the counters of a table's entries.
    ///
    /// - Returns: false if the table has another number of entries by now.
    private func give(_ counters: [xt_counters], to name: String) throws(SystemError) -> Bool {
        guard counters.contains(where: { $0.pcnt != 0 || $0.bcnt != 0 }) else { return true }
        var info = xt_counters_info()
        copy(Array(name.utf8), to: &info.name)
        info.num_counters = UInt32(counters.count)
        var bytes = [UInt8](repeating: 0, count: xtablesAligned(MemoryLayout<xt_counters_info>.size))
        store(info, in: &bytes)
        unsafe counters.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        let errno = set(IPT_SO_SET_ADD_COUNTERS, bytes)
        guard errno == 0 || errno == EINVAL else { throw SystemError("setsockopt", errno: errno) }
        return errno == 0
    }

    private var level: CInt { family == .ipv4 ? CInt(IPPROTO_IP) : CInt(IPPROTO_IPV6) }

    private func get(_ option: CInt, _ bytes: UnsafeMutableRawPointer, _ count: Int) throws(SystemError) {
        var size = socklen_t(count)
        guard unsafe getsockopt(socket.number, level, option, bytes, &size) == 0 else {
            throw SystemError("getsockopt")
        }
    }

    /// - Returns: 0, or the reason of the kernel as `errno(3)` has it.
    private func set(_ option: CInt, _ bytes: [UInt8]) -> CInt {
        unsafe setsockopt(socket.number, level, option, bytes, socklen_t(bytes.count)) == 0 ? 0 : errno
    }
}

/// Writes a C structure over the beginning of some bytes.
private func store<Value>(_ value: Value, in bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe $0.storeBytes(of: value, as: Value.self) }
}

extension ipt_getinfo {
    /// The hooks that the table has a chain for, and where those begin.
    fileprivate var hooks: [(hook: Int, offset: Int)] {
        unsafe withUnsafeBytes(of: hook_entry) { bytes in
            unsafe zip(kernelChainNames.indices, bytes.assumingMemoryBound(to: UInt32.self))
                .filter { valid_hooks & (1 << UInt32($0.0)) != 0 }
                .map { (hook: $0, offset: Int($1)) }
        }
    }
}

extension EncodedTable {
    /// The header that says how the table is laid out.
    fileprivate func header(_ name: String, headerSize: Int) -> ipt_replace {
        var header = unsafe ipt_replace()
        unsafe copy(Array(name.utf8), to: &header.name)
        unsafe header.valid_hooks = hooks
        unsafe header.num_entries = UInt32(numbers.count)
        unsafe header.size = UInt32(bytes.count - headerSize)
        unsafe withUnsafeMutableBytes(of: &header.hook_entry) { field in
            unsafe hookEntries.withUnsafeBytes { unsafe field.copyMemory(from: $0) }
        }
        unsafe withUnsafeMutableBytes(of: &header.underflow) { field in
            unsafe underflows.withUnsafeBytes { unsafe field.copyMemory(from: $0) }
        }
        return unsafe header
    }
}
