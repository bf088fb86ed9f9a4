import Glibc

/// Writes to standard error what does not keep the operation from its success; runtimes put it into their logs.
func printWarning(_ sentence: String) {
    let text = Array("plumb: warning: \(sentence)\n".utf8)
    // A runtime that reads no errors has none to tell.
    _ = unsafe write(STDERR_FILENO, text, text.count)
}
