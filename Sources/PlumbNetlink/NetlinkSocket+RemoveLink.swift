import CLibnl
import Glibc

extension NetlinkSocket {
    /// Removes a link and its peer, and returns as soon as the link is out of the kernel's tables and its name is free.
    ///
    /// The kernel answers the request only after an RCU grace period of 14 to 30 ms, in which it frees memory. So a
    /// child of this process asks, and is left behind with the wait; it stays a zombie until this process ends. The
    /// calling thread must be in the namespace that the socket was opened in. Equivalent to: `ip link delete NAME`
    ///
    /// - Returns: false when there was no such link.
    /// - Throws: `NetlinkError`, with ETIMEDOUT after thirty seconds without an answer.
    package borrowing func removeLinkWithoutWaiting(named name: String) throws(NetlinkError) -> Bool {
        guard let index = try linkIndex(named: name) else { return false }
        let listener = try LinkRemovalListener.open(linkIndex: index)
        let request = try NetlinkSocket.open()
        precondition(namespaceCookie == request.namespaceCookie, "the thread is in another namespace than the socket")
        var batch = RequestBatch()
        batch.append(LinkSelector.index(index).removalRequest(), for: 0)
        batch.finish(firstSequence: 1)
        let child = unsafe batch.bytes.withUnsafeBufferPointer { bytes in
            unsafe CLibnl_sendFromChild(request.descriptor, bytes.baseAddress, bytes.count)
        }
        let operation = "remove link \(name)"
        let exit = child > 0 ? pidfd_open(child, 0) : -1
        defer { if exit >= 0 { close(exit) } }
        switch exit >= 0 ? try firstEvent(listener.descriptor, request.descriptor, exit, for: operation) : .childEnded {
        case .linkGone: break
        case .answer: try request.receiveRemovalAnswer(for: operation)
        // Nobody asked: no child could be had, or somebody killed it.
        case .childEnded: try removeLinkAndWait(index: index)
        }
        return true
    }

    private func removeLinkAndWait(index: Int) throws(NetlinkError) {
        do {
            try apply([.removeLink(.index(index))])
        } catch {
            // Somebody else was faster.
            guard error.errno == ENODEV else { throw error }
        }
    }

    /// Receives what the kernel says to the request of a child; that somebody else was faster is fine.
    private func receiveRemovalAnswer(for operation: String) throws(NetlinkError) {
        try receive(for: operation) { answer throws(NetlinkError) in
            guard case .end(let errno, let kernelMessage) = answer.content else { return false }
            guard errno == 0 || errno == ENODEV else {
                throw NetlinkError(operation: operation, errno: errno, kernelMessage: kernelMessage)
            }
            return true
        }
    }
}

/// What happens first after a child was started to remove a link.
private enum RemovalEvent {
    /// The kernel told that the link is gone.
    case linkGone
    /// The kernel answered the request.
    case answer
    /// The child ended without either.
    case childEnded
}

/// Waits for the first event on the three descriptors that stand for them.
private func firstEvent(
    _ linkGone: CInt,
    _ answer: CInt,
    _ childEnded: CInt,
    for operation: String
) throws(NetlinkError) -> RemovalEvent {
    var events = [linkGone, answer, childEnded].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let deadline = ContinuousClock.now + removalTimeout
    while true {
        let left = ContinuousClock.now.duration(to: deadline)
        let milliseconds = max(0, left / .milliseconds(1))
        let count = unsafe poll(&events, UInt(events.count), CInt(milliseconds.rounded(.up)))
        if count > 0 { break }
        if count == 0 { throw NetlinkError(operation: operation, errno: ETIMEDOUT) }
        guard errno == EINTR else { throw NetlinkError(operation: operation) }
    }
    if events[0].revents != 0 { return .linkGone }
    return events[1].revents != 0 ? .answer : .childEnded
}

/// How long the removal of a link may take while others keep the kernel busy.
private let removalTimeout = Duration.seconds(30)
