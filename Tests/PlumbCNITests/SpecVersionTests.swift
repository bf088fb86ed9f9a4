import PlumbCNI
import Testing

@Suite struct `A version` {
    @Test func `is supported in exactly seven cases`() {
        let texts = SpecVersion.supported.map(\.description)
        #expect(texts == ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
    }

    @Test(arguments: ["", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "01.0.0", "1..0", "-1.0.0", "+1.0.0", " 1.0.0"])
    func `refuses what is not three numbers`(text: String) {
        #expect(SpecVersion(text) == nil)
    }

    @Test(arguments: zip(SpecVersion.supported, [false, false, false, false, true, true, true]))
    func `allows CHECK from 0.4.0 on`(version: SpecVersion, expected: Bool) {
        #expect(version.supportsCheck == expected)
    }

    @Test(arguments: zip(SpecVersion.supported, [false, false, false, false, false, false, true]))
    func `allows GC and STATUS from 1.1.0 on`(version: SpecVersion, expected: Bool) {
        #expect(version.supportsGarbageCollection == expected)
        #expect(version.supportsStatus == expected)
    }

    @Test func `sorts by number and not by text`() {
        #expect(SpecVersion(0, 10, 0) > SpecVersion(0, 4, 0))
        #expect(SpecVersion.supported == SpecVersion.supported.sorted())
    }
}
