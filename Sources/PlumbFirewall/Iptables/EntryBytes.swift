import CNetfilter
import PlumbAddress

/// The growing bytes of an entry, match by match.
struct EntryBytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Adds a C value, and zeros up to a size.
    ///
    /// The value begins as zeros and is filled in its place: a copy of it might have anything in its gaps, which the
    /// kernel would keep and iptables compare.
    mutating func append<Value>(_ type: Value.Type, paddedTo size: Int, _ fill: (inout Value) -> Void) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: size))
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe fill(&(base + start).assumingMemoryBound(to: Value.self).pointee)
        }
    }

    /// Adds a match or a target: the header (`xt_entry_match` and `xt_entry_target` are laid out alike) and its data.
    mutating func append<Data>(
        _ name: String,
        revision: UInt8,
        _ type: Data.Type,
        _ fill: (inout Data) -> Void
    ) {
        let headSize = unsafe xtablesAligned(MemoryLayout<xt_entry_target>.size)
        let dataSize = xtablesAligned(MemoryLayout<Data>.size)
        unsafe append(xt_entry_target.self, paddedTo: headSize) { head in
            unsafe head.u.user.target_size = UInt16(headSize + dataSize)
            unsafe copy(Array(name.utf8), to: &head.u.user.name)
            unsafe head.u.user.revision = revision
        }
        append(type, paddedTo: dataSize, fill)
    }

    /// A whole entry (`ipt_entry` or `ip6t_entry`): a head that the caller fills, and behind it the rest, which are the matches
    /// and, at its offset, the target.
    static func entry(
        of family: AddressFamily,
        rest: EntryBytes,
        targetOffset: Int,
        fill4: (inout ipt_entry) -> Void = { _ in },
        fill6: (inout ip6t_entry) -> Void = { _ in }
    ) -> [UInt8] {
        let headSize = family.entryHeadSize
        let offsets = (target: UInt16(headSize + targetOffset), next: UInt16(headSize + rest.bytes.count))
        var entry = EntryBytes(capacity: Int(offsets.next))
        switch family {
        case .ipv4:
            entry.append(ipt_entry.self, paddedTo: headSize) { head in
                fill4(&head)
                (head.target_offset, head.next_offset) = offsets
            }
        case .ipv6:
            entry.append(ip6t_entry.self, paddedTo: headSize) { head in
                fill6(&head)
                (head.target_offset, head.next_offset) = offsets
            }
        }
        entry.bytes += rest.bytes
        return entry.bytes
    }

    /// Adds the match of a protocol for ports, with what iptables has in the fields that match anything.
    mutating func appendPorts(
        source: ClosedRange<UInt16>?,
        destination: ClosedRange<UInt16>?,
        of transport: TransportProtocol
    ) {
        func bounds(_ ports: ClosedRange<UInt16>?) -> (UInt16, UInt16)? { ports.map { ($0.lowerBound, $0.upperBound) } }
        let any = (UInt16.min, UInt16.max)
        let (source, destination) = (bounds(source), bounds(destination))
        switch transport {
        case .tcp:
            append("tcp", revision: 0, xt_tcp.self) { ($0.spts, $0.dpts) = (source ?? any, destination ?? any) }
        case .udp:
            append("udp", revision: 0, xt_udp.self) { ($0.spts, $0.dpts) = (source ?? any, destination ?? any) }
        case .sctp:
            append("sctp", revision: 0, xt_sctp_info.self) { info in
                // Here a flag says whether ports matter, and where they don't iptables leaves zeros.
                if let source { info.spts = source }
                if let destination { info.dpts = destination }
                if source != nil { info.flags |= UInt32(XT_SCTP_SRC_PORTS) }
                if destination != nil { info.flags |= UInt32(XT_SCTP_DEST_PORTS) }
                let unused = xt_sctp_flag_info(chunktype: .max, flag: 0, flag_mask: 0)
                info.flag_info = (unused, unused, unused, unused)
            }
        }
    }
}

extension AddressFamily {
    /// The bytes of an entry's head, which the kernel aligns to 8.
    var entryHeadSize: Int {
        switch self {
        case .ipv4: xtablesAligned(MemoryLayout<ipt_entry>.size)
        case .ipv6: xtablesAligned(MemoryLayout<ip6t_entry>.size)
        }
    }
}

/// Copies bytes to the beginning of a C field, such as an array that Swift sees as a tuple.
func copy<Field>(_ bytes: [UInt8], to field: inout Field) {
    unsafe withUnsafeMutableBytes(of: &field) { unsafe $0.copyBytes(from: bytes) }
}

/// Copies a prefix to the fields of an entry; without one both stay zero, which matches everything.
func copy<Field>(_ prefix: Prefix?, to address: inout Field, mask: inout Field) {
    guard let prefix else { return }
    copy(prefix.firstAddress.bytes, to: &address)
    let ones = UInt128.max << UInt128(128 - prefix.length)
    let bits = prefix.family == .ipv4 ? ones >> 96 : ones
    copy(IPAddress(prefix.family, number: bits).bytes, to: &mask)
}

/// Copies an interface's name to the fields of an entry.
///
/// The zero byte behind the name is compared too, unless a `+` at its end stands for all names that begin so.
func copy<Name, Mask>(_ interface: String?, to name: inout Name, mask: inout Mask) {
    guard let interface else { return }
    precondition(interface.utf8.count < MemoryLayout<Name>.size, "\(interface) is too long for an interface")
    copy(Array(interface.utf8), to: &name)
    let isPattern = interface.utf8.last == UInt8(ascii: "+")
    copy(Array(repeating: 0xFF, count: interface.utf8.count + (isPattern ? -1 : 1)), to: &mask)
}
