extension Repair {
    /// The command that repairs what has a name, as it is typed at a shell.
    ///
    /// - Parameters:
    ///   - name: A container or a network.
    ///   - stateDirectory: The directory of the subnet store that has it; named where plumb does not look by itself.
    /// - Returns: The command.
    package static func command(for name: String, stateDirectory: String) -> String {
        let words = ["plumb", "repair", name]
        let isDefault = stateDirectory == NetworkDefaults().stateDirectory
        return (isDefault ? words : words + ["--state-dir", stateDirectory]).joined(separator: " ")
    }
}
