/// The version of plumb, which grows by the rules of semver.org; that of the protocol is `SpecVersion`.
let plumbVersion = "1.0.0"
