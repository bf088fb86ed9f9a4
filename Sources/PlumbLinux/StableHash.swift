/// A hash that is the same in every process and version: FNV-1a of 64 bits over the parts, each followed by a zero byte.
///
/// Names in the kernel are derived from it (host interfaces, marks of rules), so it never may change.
package func stableHash(_ parts: [String]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    for part in parts {
        for byte in part.utf8 { add(byte) }
        add(0)
    }
    return hash
}

/// A number as lower-case hexadecimal digits, with zeros in front up to a length.
package func hexadecimal(_ number: some UnsignedInteger, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
