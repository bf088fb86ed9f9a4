import PlumbFirewall

/// A trace as JSON for programs.
package struct PathDocument: Encodable {
    struct Step: Encodable {
        let hop: String
        let verdict: String
        let found: String
        /// Commands that a shell takes as they are.
        let fixes: [String]
        let advice: [String]?
    }

    /// `whole`, `broken` or `unknown`.
    let verdict: String
    let client: String
    let clientAddress: String
    let calledAddress: String
    let hostPort: Int
    let `protocol`: String
    let container: String
    let containerAddress: String
    let containerPort: Int

    /// The name of the first broken hop.
    let broken: String?

    /// In the order of the way, up to the first broken one.
    let hops: [Step]

    package init(_ trace: PathTrace) {
        let facts = trace.facts
        verdict = trace.verdict.rawValue
        client = facts.ends.name
        clientAddress = "\(facts.ends.client)"
        calledAddress = "\(facts.ends.called)"
        hostPort = Int(facts.target.hostPort)
        `protocol` = facts.target.transport.rawValue
        container = facts.target.container
        containerAddress = "\(facts.target.address)"
        containerPort = Int(facts.target.containerPort)
        broken = trace.broken?.hop.rawValue
        hops = trace.steps.map { hop, finding in
            Step(
                hop: hop.rawValue,
                verdict: finding.verdict.rawValue,
                found: finding.text,
                fixes: finding.mending,
                advice: finding.advice.map { [$0] }
            )
        }
    }
}
