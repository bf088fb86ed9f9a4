import CLibnl
import PlumbAddress

/// A request under construction: a `struct nl_msg` that is freed with its value.
///
/// Putting traps when the message is full, since libnl gives it a page and no request here fills a quarter of that.
@safe struct Message: ~Copyable {
    private let pointer: OpaquePointer

    /// Starts a request of a type (`RTM_…`) with flags beside `NLM_F_REQUEST`.
    init(_ type: Int, flags: CInt = 0) {
        guard let pointer = unsafe nlmsg_alloc_simple(CInt(type), NLM_F_REQUEST | flags) else {
            preconditionFailure("there is no memory for a netlink message")
        }
        unsafe self.pointer = pointer
    }

    deinit { unsafe nlmsg_free(pointer) }

    /// Appends the family's fixed header, such as `ifinfomsg`.
    func append<Header: BitwiseCopyable>(header: Header) {
        var header = header
        let size = MemoryLayout<Header>.size
        check(unsafe nlmsg_append(pointer, &header, size, CInt(NLMSG_ALIGNTO)))
    }

    func put(_ attribute: Int, _ value: UInt8) {
        check(unsafe nla_put_u8(pointer, CInt(attribute), value))
    }

    func put(_ attribute: Int, _ value: UInt32) {
        check(unsafe nla_put_u32(pointer, CInt(attribute), value))
    }

    func put(_ attribute: Int, _ value: String) {
        check(unsafe nla_put_string(pointer, CInt(attribute), value))
    }

    func put(_ attribute: Int, _ value: MACAddress) {
        put(attribute, bytes: value.bytes)
    }

    func put(_ attribute: Int, _ value: IPAddress) {
        put(attribute, bytes: value.bytes)
    }

    private func put(_ attribute: Int, bytes: [UInt8]) {
        check(unsafe nla_put(pointer, CInt(attribute), CInt(bytes.count), bytes))
    }

    /// Puts an attribute that holds what `body` puts; one that would stay empty is left out.
    func nest(_ attribute: Int, _ body: () -> Void) {
        guard let nest = unsafe nla_nest_start(pointer, CInt(attribute)) else {
            preconditionFailure("the netlink message is full")
        }
        body()
        check(unsafe nla_nest_end(pointer, nest))
    }

    /// Gives the finished bytes, aligned so that another message may follow.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let header = unsafe nlmsg_hdr(pointer)
        let length = unsafe header.map { unsafe Int($0.pointee.nlmsg_len) } ?? 0
        return try unsafe body(UnsafeRawBufferPointer(start: header, count: length))
    }

    /// Sets the number by which the answers are told from others.
    func number(_ sequence: UInt32) {
        unsafe nlmsg_hdr(pointer)?.pointee.nlmsg_seq = sequence
    }

    private func check(_ code: CInt) {
        precondition(code >= 0, "the netlink message is full")
    }
}
