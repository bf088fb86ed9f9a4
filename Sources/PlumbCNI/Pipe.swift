import Glibc

/// The two ends of a pipe, neither of which a started program inherits by itself.
struct Pipe: ~Copyable {
    let readEnd: Descriptor
    let writeEnd: Descriptor

    /// Makes a pipe; the C function is `pipe(2)`.
    ///
    /// - Returns: The two ends.
    /// - Throws: `CNIError` with code 5.
    static func make() throws(CNIError) -> Pipe {
        var numbers: [CInt] = [-1, -1]
        guard unsafe Glibc.pipe(&numbers) == 0 else { throw .io("cannot make a pipe", errno: errno) }
        let pipe = Pipe(readEnd: Descriptor(adopting: numbers[0]), writeEnd: Descriptor(adopting: numbers[1]))
        // Two calls more than pipe2(2), which Swift's C library module leaves out.
        for number in numbers where fcntl(number, F_SETFD, FD_CLOEXEC) < 0 {
            throw .io("cannot keep a pipe to this process", errno: errno)
        }
        return pipe
    }
}
