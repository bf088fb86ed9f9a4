/// The random number that the kernel drew at boot (`random(4)`): another one proves that no container of before lives.
package enum BootIdentifier {
    /// The number of this boot, such as `b3f1c0de-…`.
    ///
    /// - Throws: `SystemError` when `/proc` can't be read.
    package static func current() throws(SystemError) -> String {
        try readText("/proc/sys/kernel/random/boot_id")
    }
}
