import CLinux
import Glibc

/// Signals that are read from a descriptor instead of interrupting the process (`signalfd(2)`).
package struct SignalFile: ~Copyable {
    private let file: FileDescriptor

    /// Where `poll(2)` reports a signal.
    package var descriptor: CInt { file.number }

    /// Blocks signals in the calling thread, from now on to the end of the process, and opens a descriptor for them.
    ///
    /// - Throws: `SystemError` of `signalfd(2)`.
    package static func open(_ signals: [CInt]) throws(SystemError) -> SignalFile {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        let number = unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK))
        guard number >= 0 else { throw SystemError("wait for signals") }
        return SignalFile(file: FileDescriptor(adopting: number))
    }

    /// Takes the signals that wait, by their numbers.
    package func take() -> [CInt] {
        var signals: [CInt] = []
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while unsafe read(file.number, &information, size) == size { signals.append(CInt(information.ssi_signo)) }
        return signals
    }
}
