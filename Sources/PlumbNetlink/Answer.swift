import CLibnl

/// One message of the kernel in answer to a request, valid while the buffer that it lies in is.
@safe struct Answer {
    /// What a message says.
    enum Content {
        /// An object that was asked for.
        case object
        /// The end: an acknowledgement or a refusal.
        case end(errno: CInt, kernelMessage: String?)
    }

    /// The message for libnl to read.
    let header: UnsafeMutablePointer<nlmsghdr>

    init(_ header: UnsafeMutablePointer<nlmsghdr>) {
        unsafe self.header = header
    }

    /// The number of the request that the message answers.
    var sequence: UInt32 { unsafe header.pointee.nlmsg_seq }

    /// Whether more messages follow, up to an end.
    var isPartOfDump: Bool { hasFlag(NLM_F_MULTI) }

    /// Whether something changed while the kernel was dumping, so that objects may be missing.
    var isInterrupted: Bool { hasFlag(NLM_F_DUMP_INTR) }

    /// What the message says.
    var content: Content {
        switch CInt(unsafe header.pointee.nlmsg_type) {
        case NLMSG_ERROR: end(payload: MemoryLayout<nlmsgerr>.size)
        case NLMSG_DONE: end(payload: MemoryLayout<CInt>.size)
        default: .object
        }
    }

    /// Reads an end, whose payload begins with a negative errno or 0 and is followed by attributes.
    private func end(payload: Int) -> Content {
        guard unsafe nlmsg_datalen(header) >= payload, let data = unsafe nlmsg_data(header) else {
            return .end(errno: 0, kernelMessage: nil)
        }
        let code = unsafe data.load(as: CInt.self)
        guard code < 0 else { return .end(errno: 0, kernelMessage: nil) }
        guard
            hasFlag(NLM_F_ACK_TLVS),
            let text = unsafe nlmsg_find_attr(header, CInt(payload), CInt(NLMSGERR_ATTR_MSG.rawValue)),
            let characters = unsafe nla_get_string(text)
        else { return .end(errno: -code, kernelMessage: nil) }
        return .end(errno: -code, kernelMessage: unsafe String(cString: characters))
    }

    private func hasFlag(_ flag: CInt) -> Bool {
        CInt(unsafe header.pointee.nlmsg_flags) & flag != 0
    }
}
