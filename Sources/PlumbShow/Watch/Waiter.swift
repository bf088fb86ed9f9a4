import Glibc
import PlumbLinux

/// Waits for whatever comes first.
struct Waiter {
    /// What came.
    struct Event {
        var isSignal = false
        var isChange = false
        /// Standard input has ended, or nobody reads standard output any more.
        var isEnd = false
    }

    private let changes: Int
    private let hearsInput: Bool
    private var files: [pollfd]

    init(signals: CInt, changes: [CInt], hearsInput: Bool) {
        self.changes = changes.count
        self.hearsInput = hearsInput
        files = ([signals] + changes).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // Without wanted events only hang-ups and errors are reported.
        files.append(pollfd(fd: STDOUT_FILENO, events: 0, revents: 0))
        if hearsInput { files.append(pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)) }
    }

    /// Waits for the next event.
    ///
    /// - Throws: `SystemError` of `poll(2)`.
    mutating func wait() throws(SystemError) -> Event {
        while unsafe poll(&files, nfds_t(files.count), -1) < 0 {
            guard errno == EINTR else { throw SystemError("wait for changes") }
        }
        var event = Event()
        event.isSignal = files[0].revents != 0
        event.isChange = files[1...changes].contains { $0.revents != 0 }
        event.isEnd = files[changes + 1].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
        if hearsInput, files[changes + 2].revents != 0 { event.isEnd = event.isEnd || inputHasEnded() }
        return event
    }

    /// Takes what was typed, which nobody wants; true at the end of input.
    private func inputHasEnded() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
        return count == 0 || count < 0 && errno != EINTR && errno != EAGAIN
    }

    /// Lets changes come until none does for some milliseconds, at most ten times that.
    ///
    /// - Throws: `SystemError` of `poll(2)`.
    mutating func settle(for milliseconds: CInt, _ drain: () -> Void) throws(SystemError) {
        for _ in 0..<10 {
            drain()
            var waiting = Array(files[1...changes])
            let count = unsafe poll(&waiting, nfds_t(waiting.count), milliseconds)
            if count == 0 { return }
            if count < 0, errno != EINTR { throw SystemError("wait for changes") }
        }
    }
}
