/// Prints how often each system call was struck, and how many things were left of it.
func printCounts(_ title: String, _ names: [String], times: Int, left: Int) {
    let counts = Dictionary(names.map { ($0, times) }, uniquingKeysWith: +)
    let columns = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    print("\(title): \(columns.joined(separator: ", ")); \(names.count * times) in all, left over: \(left)")
}
