import CLibnl

extension NetlinkSocket {
    /// Applies changes in order, with one system call for all of them.
    ///
    /// The kernel does not stop at a change that it refuses: the later ones are carried out as well. So a batch should
    /// not create something and then change it by its name, if one of that name may be somebody else's.
    ///
    /// - Throws: `NetlinkError` of the first change that the kernel refused, after it answered about all of them.
    package borrowing func apply(_ changes: [NetlinkChange]) throws(NetlinkError) {
        for start in stride(from: 0, to: changes.count, by: largestBatch) {
            try apply(changes[start..<min(start + largestBatch, changes.count)])
        }
    }

    private func apply(_ changes: ArraySlice<NetlinkChange>) throws(NetlinkError) {
        var batch = RequestBatch()
        for (position, change) in zip(changes.indices, changes) {
            change.append(to: &batch, owner: position)
        }
        let first = reserveSequence(batch.owners.count)
        batch.finish(firstSequence: first)
        try unsafe batch.bytes.withUnsafeBufferPointer { bytes throws(NetlinkError) in
            try unsafe send(UnsafeRawBufferPointer(bytes), for: "\(changes[changes.startIndex])")
        }
        var refusal: NetlinkError?
        try receive(for: "\(changes[changes.startIndex])") { answer throws(NetlinkError) in
            let position = Int(answer.sequence &- first)
            guard batch.owners.indices.contains(position) else { return false }
            guard case .end(let errno, let kernelMessage) = answer.content else { return false }
            if errno != 0, refusal == nil {
                let operation = "\(changes[batch.owners[position]])"
                refusal = NetlinkError(operation: operation, errno: errno, kernelMessage: kernelMessage)
            }
            return position == batch.owners.count - 1
        }
        if let refusal { throw refusal }
    }
}

/// How many changes go out at once: the answers, if all are refused, must find room in the socket (208 KiB by default).
private let largestBatch = 64
