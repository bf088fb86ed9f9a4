import Glibc

/// The terminal that a descriptor leads to.
package enum Terminal {
    /// Whether there is one.
    package static func isTerminal(_ descriptor: CInt) -> Bool {
        isatty(descriptor) == 1
    }

    /// How many columns and rows it has (`TIOCGWINSZ` of `ioctl_tty(2)`); nil where nobody knows.
    package static func size(_ descriptor: CInt) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
