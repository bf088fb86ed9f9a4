extension Repair {
    /// The command that repairs what has a name, or everything without one, as it is typed at a shell.
    ///
    /// - Parameters:
    ///   - name: A container or a network.
    ///   - stateDirectory: The directory of the subnet store that has it; named where plumb does not look by itself.
    /// - Returns: The command.
    package static func command(for name: String?, stateDirectory: String) -> String {
        var words = ["plumb", "repair"]
        if let name { words.append(name) }
        if stateDirectory != NetworkDefaults().stateDirectory { words += ["--state-dir", stateDirectory] }
        return words.joined(separator: " ")
    }
}
