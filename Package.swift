// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of our own. The three upcoming features keep imports and
/// existentials honest; a warning is an error because nobody reads a build log twice.
/// - ExistentialAny: https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
/// - MemberImportVisibility: https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
/// - InternalImportsByDefault: https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "control-room",
    products: [
        .executable(name: "control-room", targets: ["ControlRoom"]),
        .library(name: "Engine", targets: ["Engine"]),
        .library(name: "Store", targets: ["Store"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CNcurses",
            providers: [.apt(["libncurses-dev"])]
        ),
        .systemLibrary(
            name: "CZlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .systemLibrary(name: "CEpoll"),
        .target(name: "GraphQL", swiftSettings: house),
        .target(
            name: "Engine",
            dependencies: [
                "GraphQL", "CEpoll", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Collections", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.embedInCode("Server/DevicePage/device.html"), .embedInCode("Server/Explorer/explorer.html")],
            swiftSettings: house
        ),
        .target(
            name: "Store",
            dependencies: ["Engine", "CZlib", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: house
        ),
        .executableTarget(
            name: "ControlRoom",
            dependencies: [
                "Engine", "Store", "CNcurses",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Engine"],
            path: "Tests/TestSupport",
            swiftSettings: house
        ),
        .testTarget(
            name: "GraphQLTests", dependencies: ["GraphQL"], exclude: ["Differential"], swiftSettings: house),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "TestSupport",
                .product(name: "Collections", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
        // A process for StoreTests to kill: commits without end and says so.
        .executableTarget(
            name: "JournalWriter",
            dependencies: ["Engine", "Store", "TestSupport"],
            path: "Tests/JournalWriter",
            swiftSettings: house
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "TestSupport", "JournalWriter", .product(name: "GRDB", package: "GRDB.swift")],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),
        .testTarget(
            name: "ControlRoomTests",
            dependencies: ["ControlRoom", "Store", "TestSupport"],
            exclude: ["Snapshots"],
            swiftSettings: house
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Engine", "TestSupport", .product(name: "Collections", package: "swift-collections")],
            exclude: ["Seeds.txt"],
            swiftSettings: house
        ),
        .testTarget(name: "EndToEndTests", dependencies: ["ControlRoom", "Engine", "Store", "TestSupport"], swiftSettings: house),
        .testTarget(name: "TidyTests", dependencies: ["ControlRoom"], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
