import CLibnl

/// Requests one behind the other, to go out in one system call.
///
/// The kernel takes them in order, and one that fails does not stop the next. It acknowledges only those that ask for
/// it, and reports the errors of the others all the same.
struct RequestBatch {
    /// The requests' bytes.
    private(set) var bytes: [UInt8] = []

    /// For each request the position of the change that it belongs to.
    private(set) var owners: [Int] = []

    private var lastHeader = 0

    /// Appends a request that belongs to the change at a position.
    mutating func append(_ message: borrowing Message, for owner: Int) {
        lastHeader = bytes.count
        unsafe message.withBytes { message in unsafe bytes.append(contentsOf: message) }
        owners.append(owner)
    }

    /// Numbers the requests on from `first` and asks for an acknowledgement of the last.
    mutating func finish(firstSequence first: UInt32) {
        let last = lastHeader
        unsafe bytes.withUnsafeMutableBytes { bytes in
            var start = 0
            var sequence = first
            while start <= last {
                var header = unsafe bytes.loadUnaligned(fromByteOffset: start, as: nlmsghdr.self)
                header.nlmsg_seq = sequence
                if start == last { header.nlmsg_flags |= UInt16(NLM_F_ACK) }
                unsafe bytes.storeBytes(of: header, toByteOffset: start, as: nlmsghdr.self)
                start += Int(header.nlmsg_len)
                sequence &+= 1
            }
        }
    }
}
