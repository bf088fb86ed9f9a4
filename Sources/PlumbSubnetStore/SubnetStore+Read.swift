package import PlumbAddress

extension SubnetStore {
    /// One attachment, if it is there.
    package func attachment(_ key: AttachmentKey) throws(StoreError) -> StoredAttachment? {
        try read { database throws(StoreError) in try database.attachment(key) }
    }

    /// The attachments of a network, or of all, in the order of their keys.
    package func attachments(network: String? = nil) throws(StoreError) -> [StoredAttachment] {
        try read { database throws(StoreError) in
            if let network {
                try database.all(.attachmentsOfNetwork, .text(network), read: StoredAttachment.init(row:))
            } else {
                try database.all(.allAttachments, read: StoredAttachment.init(row:))
            }
        }
    }

    /// The keys of all attachments, without their records.
    package func keys() throws(StoreError) -> [AttachmentKey] {
        try read { database throws(StoreError) in try database.all(.allKeys, read: AttachmentKey.init(row:)) }
    }

    /// The leases of a network in the order of their addresses, IPv4 and IPv6 mixed.
    package func leases(network: String) throws(StoreError) -> [HeldLease] {
        try read { database throws(StoreError) in
            try database.all(.leasesOfNetwork, .text(network), read: HeldLease.init(row:))
        }
    }

    /// The attachment that holds an address of a network, if there is one.
    package func holder(ofAddress address: IPAddress, network: String) throws(StoreError) -> AttachmentKey? {
        try read { database throws(StoreError) in
            try database.first(.leaseHolder, .text(network), .address(address), read: AttachmentKey.init(row:))
        }
    }

    /// How full the networks are, in the order of their names; those that ever had an attachment stay in the list.
    package func usage() throws(StoreError) -> [NetworkUsage] {
        try read { database throws(StoreError) in
            let networks = try database.all(.networks) { row throws(StoreError) in try row.text(0) }
            var usage: [NetworkUsage] = []
            for network in networks { usage.append(try database.usage(of: network)) }
            return usage
        }
    }
}

/// How many attachments and addresses of a network are in use.
package struct NetworkUsage: Hashable, Sendable {
    package let network: String

    /// The number of its attachments, those without an address included.
    package let attachments: Int

    /// The range sets as the last reservation on the network had them.
    package let rangeSets: [RangeSetUsage]
}

/// How full a range set is.
package struct RangeSetUsage: Hashable, Sendable {
    package let ranges: RangeSet

    /// How many addresses the set has to give out; gateways are not among them.
    package let size: UInt128

    /// How many of them are given out.
    package let used: Int

    /// How many are left.
    package var free: UInt128 { size - UInt128(used) }
}

extension Database {
    /// How full a network is.
    func usage(of network: String) throws(StoreError) -> NetworkUsage {
        let count = try first(.attachmentCount, .text(network)) { Int($0.integer(0)) } ?? 0
        let pools = try all(.poolsOfNetwork, .text(network), read: Pool.init(row:))
        var sets: [RangeSet] = []
        for pool in pools {
            guard let set = RangeSets.set(of: pool.definition) else {
                throw damage("the definition of a range set reads \"\(pool.definition)\"")
            }
            sets.append(set)
        }
        let ranges = RangeSets(sets: sets)
        var usage: [RangeSetUsage] = []
        for (position, pool) in pools.enumerated() {
            let used = try self.used(of: pool, in: network)
            usage.append(RangeSetUsage(ranges: sets[position], size: ranges.size(of: position), used: used))
        }
        return NetworkUsage(network: network, attachments: count, rangeSets: usage)
    }

    /// How many addresses of a pool are given out.
    func used(of pool: Pool, in network: String) throws(StoreError) -> Int {
        try first(.leaseCountOfPool, .text(network), .integer(pool.id)) { Int($0.integer(0)) } ?? 0
    }
}
