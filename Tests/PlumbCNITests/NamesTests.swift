import PlumbCNI
import Testing

@Suite struct `A name` {
    @Test(arguments: ["a", "0", "net-1", "a_b.c-D", "9f8e"])
    func `of a network may hold letters, digits and three marks`(name: String) {
        #expect(isValidName(name))
    }

    @Test(arguments: ["", "-a", ".a", "_a", "a b", "a/b", "a\n", "ä", "a:b", "a\u{0}"])
    func `of a network is refused otherwise`(name: String) {
        #expect(!isValidName(name))
    }

    @Test(arguments: ["eth0", "a", "abcdefghijklmno", "eth0.100", "wörld", "-", "..."])
    func `of an interface may be whatever the kernel takes`(name: String) {
        #expect(interfaceNameProblem(name) == nil)
    }

    @Test(arguments: [
        ("", "is empty"), ("abcdefghijklmnop", "is longer than 15 bytes"), ("ääääääää", "is longer than 15 bytes"),
        (".", "is a directory's name"), ("..", "is a directory's name"), ("a/b", "contains a slash"),
        ("eth0:1", "contains a colon"), ("eth 0", "contains whitespace"), ("eth0\n", "contains whitespace"),
        ("a\u{a0}b", "contains whitespace"), ("a\u{7f}", "contains a control character"),
        ("eth%d", "contains a percent sign"),
    ])
    func `of an interface is refused with a reason`(name: String, problem: String) {
        #expect(interfaceNameProblem(name) == problem)
    }
}
