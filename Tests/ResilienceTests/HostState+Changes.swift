import PlumbTestSupport

extension HostState {
    /// The changes without those of the link to the LAN, whose routes the kernel may make a moment late.
    func changesApartFromLAN(since earlier: HostState) -> [String] {
        changes(since: earlier).filter { !$0.contains("uplink0") }
    }
}
