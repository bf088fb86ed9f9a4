// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "plumb",
    products: [
        .executable(name: "plumb", targets: ["plumb"]),
        .library(name: "PlumbCNI", targets: ["PlumbCNI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .systemLibrary(name: "CLibnl", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CNetfilter"),
        .target(name: "CLinux"),

        .target(name: "PlumbAddress"),
        .target(name: "PlumbLinux", dependencies: ["CLinux"]),
        .target(name: "PlumbCNI", dependencies: ["PlumbAddress"]),
        .target(name: "PlumbNetlink", dependencies: ["CLibnl", "PlumbAddress"]),
        .target(name: "PlumbFirewall", dependencies: ["CLibnl", "CNetfilter", "PlumbAddress", "PlumbLinux"]),
        .target(name: "PlumbSubnetStore", dependencies: ["CLinux", "CSQLite", "PlumbAddress", "PlumbLinux"]),
        .target(
            name: "PlumbAttachment",
            dependencies: [
                "PlumbAddress", "PlumbCNI", "PlumbFirewall", "PlumbLinux", "PlumbNetlink", "PlumbSubnetStore",
            ]
        ),
        .target(
            name: "PlumbShow",
            dependencies: [
                "PlumbAddress", "PlumbAttachment", "PlumbFirewall", "PlumbLinux", "PlumbNetlink", "PlumbSubnetStore",
            ]
        ),
        .executableTarget(
            name: "plumb",
            dependencies: [
                "PlumbAddress", "PlumbAttachment", "PlumbCNI", "PlumbFirewall", "PlumbLinux", "PlumbShow",
                "PlumbSubnetStore", argumentParser,
            ],
            exclude: ["Documentation"]
        ),

        .testTarget(name: "PlumbAddressTests", dependencies: ["PlumbAddress"]),
        .testTarget(
            name: "PlumbSubnetStoreTests",
            dependencies: ["CLinux", "PlumbAddress", "PlumbLinux", "PlumbSubnetStore"]
        ),
        .testTarget(
            name: "PlumbFirewallTests",
            dependencies: [
                "CLibnl", "CLinux", "CNetfilter", "PlumbAddress", "PlumbFirewall", "PlumbLinux", "PlumbTestSupport",
            ],
            exclude: ["Golden"]
        ),
        .testTarget(name: "PlumbCNITests", dependencies: ["PlumbAddress", "PlumbCNI"]),
        .target(
            name: "PlumbTestSupport",
            dependencies: ["CLinux", "PlumbLinux"],
            path: "Tests/PlumbTestSupport"
        ),
        .testTarget(name: "EndToEndTests", dependencies: ["PlumbLinux", "PlumbTestSupport", "plumb"]),
        .testTarget(
            name: "PlumbShowTests",
            dependencies: [
                "PlumbAddress", "PlumbAttachment", "PlumbFirewall", "PlumbLinux", "PlumbNetlink", "PlumbShow",
                "PlumbSubnetStore", "PlumbTestSupport", "plumb",
            ],
            exclude: ["Golden"]
        ),
        .testTarget(
            name: "PlumbNetlinkTests",
            dependencies: ["CLibnl", "CLinux", "PlumbAddress", "PlumbNetlink", "PlumbTestSupport"]
        ),
        .testTarget(name: "ResilienceTests", dependencies: ["PlumbTestSupport", "plumb"]),
        .testTarget(name: "PlumbLinuxTests", dependencies: ["PlumbAddress", "PlumbLinux", "PlumbTestSupport"]),
        .testTarget(
            name: "PlumbAttachmentTests",
            dependencies: [
                "PlumbAddress", "PlumbAttachment", "PlumbCNI", "PlumbFirewall", "PlumbLinux", "PlumbNetlink",
                "PlumbSubnetStore", "PlumbTestSupport",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
    target.swiftSettings = settings
}
