import PlumbLinux
import Testing

// Kernels hold names that were made of these numbers: a change here is a mistake, however it comes about.
@Suite struct `The stable hash` {
    @Test(
        arguments: [
            ([], 0xcbf2_9ce4_8422_2325), ([""], 0xaf63_bd4c_8601_b7df), (["a"], 0x089b_e207_b544_f1e4),
            (["a", "b"], 0xab40_d782_0d40_8076), (["ab"], 0xe720_0319_0541_fc1e), (["wörld"], 0x3a87_49ce_752f_95c9),
            (["lan", "web0", "eth0"], 0x4924_d237_9f1c_8ba5),
        ] as [([String], UInt64)]
    )
    func `never changes`(parts: [String], hash: UInt64) {
        #expect(stableHash(parts) == hash)
    }

    @Test(
        arguments: [
            (0, 0, "0"), (0, 8, "00000000"), (0xABC, 8, "00000abc"), (0xABC, 3, "abc"), (0xABC, 2, "abc"),
            (.max, 16, "ffffffffffffffff"),
        ] as [(UInt64, Int, String)]
    )
    func `is written with zeros in front`(number: UInt64, digits: Int, text: String) {
        #expect(hexadecimal(number, digits: digits) == text)
    }
}
