import CNetfilter
import Glibc
import PlumbAddress

/// A rule's bytes in a snapshot, valid until the snapshot is changed.
@safe struct EntryView {
    /// A match or a target: its name, its revision and its data.
    @safe struct Part {
        private let header: UnsafeRawPointer
        /// The bytes with the header.
        let size: Int

        /// The bytes of the header, which is the same for matches and targets.
        static let headerSize = unsafe MemoryLayout<xt_entry_target>.size

        init?(_ header: UnsafeRawPointer, room: Int) {
            guard room >= Self.headerSize else { return nil }
            size = unsafe Int(header.loadUnaligned(as: UInt16.self))
            guard size >= Self.headerSize, size <= room else { return nil }
            unsafe self.header = header
        }

        private var user: (name: UnsafePointer<CChar>, revision: UInt8) {
            let revision = MemoryLayout<UInt16>.size + Int(XT_EXTENSION_MAXNAMELEN)
            return unsafe (
                (header + MemoryLayout<UInt16>.size).assumingMemoryBound(to: CChar.self),
                header.load(fromByteOffset: revision, as: UInt8.self)
            )
        }

        var name: String { unsafe String(cString: user.name) }

        func `is`(_ name: String, revision: UInt8) -> Bool {
            unsafe user.revision == revision && strcmp(user.name, name) == 0
        }

        /// The bytes behind the header.
        var data: UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(start: header + Self.headerSize, count: size - Self.headerSize)
        }

        /// The data as a C value, or nil if it is shorter.
        func load<Value>(as type: Value.Type) -> Value? {
            guard unsafe data.count >= MemoryLayout<Value>.size else { return nil }
            return unsafe data.baseAddress?.assumingMemoryBound(to: Value.self).pointee
        }
    }

    private let base: UnsafeRawPointer
    let family: AddressFamily
    private let matchesOffset: Int
    private let targetOffset: Int
    /// The bytes with the head, the matches and the target.
    let size: Int
    let counters: xt_counters

    /// Looks at the entry at a position, or returns nil if there is none in the room that the bytes have.
    init?(_ bytes: UnsafeRawBufferPointer, at position: Int, _ family: AddressFamily) {
        let room = bytes.count - position
        matchesOffset = family.entryHeadSize
        guard room >= matchesOffset, let start = bytes.baseAddress else { return nil }
        unsafe base = start + position
        self.family = family
        switch family {
        case .ipv4:
            let head = unsafe base.assumingMemoryBound(to: ipt_entry.self)
            targetOffset = unsafe Int(head.pointee.target_offset)
            size = unsafe Int(head.pointee.next_offset)
            counters = unsafe head.pointee.counters
        case .ipv6:
            let head = unsafe base.assumingMemoryBound(to: ip6t_entry.self)
            targetOffset = unsafe Int(head.pointee.target_offset)
            size = unsafe Int(head.pointee.next_offset)
            counters = unsafe head.pointee.counters
        }
        guard targetOffset >= matchesOffset, size >= targetOffset + Part.headerSize, size <= room else { return nil }
    }

    /// What the entry itself compares, or nil if that is more than plumb ever says.
    var head: EntryHead? {
        switch family {
        case .ipv4: EntryHead(rawHead4)
        case .ipv6: EntryHead(rawHead6)
        }
    }

    /// The head of an entry of IPv4.
    var rawHead4: ipt_entry { unsafe base.assumingMemoryBound(to: ipt_entry.self).pointee }

    /// The head of an entry of IPv6.
    var rawHead6: ip6t_entry { unsafe base.assumingMemoryBound(to: ip6t_entry.self).pointee }

    var target: Part? { unsafe Part(base + targetOffset, room: size - targetOffset) }

    /// The number in the standard target.
    private var verdict: CInt? {
        guard let target, target.is("", revision: 0) else { return nil }
        return target.load(as: CInt.self)
    }

    /// The verdict that is in the standard target.
    var standardVerdict: StandardVerdict? { verdict.flatMap(StandardVerdict.init) }

    /// Where the standard target goes on, counted from the first entry of the table.
    var jumpOffset: CInt? {
        guard let verdict, verdict >= 0 else { return nil }
        return verdict
    }

    /// Where the number of a standard target is in the entry.
    var verdictPosition: Int? { verdict == nil ? nil : targetOffset + Part.headerSize }

    /// The name of the chain that begins here.
    var chainName: String? {
        guard let target, target.is("ERROR", revision: 0) else { return nil }
        return unsafe String(decoding: target.data.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Calls for each match until the answer is false; the result is false then, too.
    @discardableResult
    func forEachMatch(_ body: (Part) -> Bool) -> Bool {
        var offset = matchesOffset
        while offset < targetOffset {
            guard let match = unsafe Part(base + offset, room: targetOffset - offset), body(match) else { return false }
            offset += match.size
        }
        return true
    }
}
