// swift-tools-version: 6.2
import PackageDescription

/// The settings of the main package, and internals open to the benchmarks, which measure the pure core itself.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-enable-testing"]),
]

/// The sources of the main package, seen through the links in `Sources/`, without what talks HTTP and to terminals:
/// so nothing here waits for NIO and Hummingbird to build. Of the servers the edge is measured, `Server/` is not.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CEpoll"),
        .target(name: "GraphQL", swiftSettings: house),
        .target(
            name: "Engine",
            dependencies: [
                "CEpoll", "GraphQL",
                .product(name: "Collections", package: "swift-collections"), .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Server"],
            swiftSettings: house
        ),
        .target(
            name: "Store",
            dependencies: ["Engine", "CZlib", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: house
        ),
        .target(
            name: "ControlRoom",
            dependencies: ["Engine"],
            exclude: [
                "Attach", "Commands", "Devices", "Terminal", "Text", "ControlRoom.swift", "App/AppLoop.swift", "App/EffectPerformer.swift",
                "App/Room.swift", "App/OperatorMessage.swift",
            ],
            swiftSettings: house
        ),
        .target(
            name: "TestSupport", dependencies: ["Engine"], exclude: ["AssertSnapshot.swift"], swiftSettings: house),
        .target(name: "CAllocations"),
        .systemLibrary(name: "CZlib"),
        .executableTarget(name: "EdgeNode", dependencies: ["Engine"], swiftSettings: house),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Engine", "Store", "ControlRoom", "TestSupport", "CAllocations", "GraphQL",
                .product(name: "Collections", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: house
        ),
    ],
    swiftLanguageModes: [.v6]
)
