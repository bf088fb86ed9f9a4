import CLibnl
import Glibc

extension NetlinkSocket {
    /// Asks for objects and reads each one of the answer; `read` gives nil for those that don't matter.
    ///
    /// A dump that was interrupted by a change is asked for again, a few times, and then refused with EAGAIN.
    func query<Value>(
        _ message: borrowing Message,
        for operation: @autoclosure () -> String,
        read: (Answer) -> Value?
    ) throws(NetlinkError) -> [Value] {
        for _ in 0..<dumpAttempts {
            var values: [Value] = []
            if try queryOnce(message, for: operation(), read: { read($0).map { values.append($0) } }) { return values }
        }
        throw NetlinkError(operation: operation(), errno: EAGAIN)
    }

    /// Asks once and tells whether the answer is whole.
    private func queryOnce(
        _ message: borrowing Message,
        for operation: @autoclosure () -> String,
        read: (Answer) -> Void
    ) throws(NetlinkError) -> Bool {
        let sequence = reserveSequence(1)
        message.number(sequence)
        try unsafe message.withBytes { bytes throws(NetlinkError) in try unsafe send(bytes, for: operation()) }
        var isWhole = true
        try receive(for: operation()) { answer throws(NetlinkError) in
            guard answer.sequence == sequence else { return false }
            if answer.isInterrupted { isWhole = false }
            switch answer.content {
            case .object:
                read(answer)
                return !answer.isPartOfDump
            case .end(let errno, let kernelMessage):
                guard errno == 0 else {
                    throw NetlinkError(operation: operation(), errno: errno, kernelMessage: kernelMessage)
                }
                return true
            }
        }
        return isWhole
    }
}

/// How often a dump is asked for while others keep changing what it lists.
private let dumpAttempts = 10
