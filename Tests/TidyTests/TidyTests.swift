import Foundation
import TestSupport
import Testing

/// Correctness and direction, nothing else; taste is for review (STYLE.md 2.11).
@Suite struct TidyTests {
    private let engine = SourceFile.all(in: "Sources/Engine")
    private let store = SourceFile.all(in: "Sources/Store")
    private let room = SourceFile.all(in: "Sources/ControlRoom")

    private func importers(of module: String, in files: [SourceFile]) -> [String] {
        files.filter { file in
            file.code.contains {
                $0.range(of: #"^(public |internal |@testable )*import \#(module)\b"#, options: .regularExpression)
                    != nil
            }
        }.map(\.path)
    }

    @Test func importsPointOneWay() {
        #expect(!engine.isEmpty && !store.isEmpty && !room.isEmpty)
        for module in ["Store", "ControlRoom", "GRDB", "CNcurses"] { #expect(importers(of: module, in: engine) == []) }
        for module in ["ControlRoom", "NIOCore", "NIOPosix", "CNcurses"] {
            #expect(importers(of: module, in: store) == [])
        }
        #expect(importers(of: "GRDB", in: room) == [])
    }

    @Test func onlyTheirShellsMeetTheOutsideWorld() {
        #expect(importers(of: "CNcurses", in: room).allSatisfy { $0.hasPrefix("Sources/ControlRoom/Terminal/") })
        for module in ["NIOCore", "NIOPosix", "NIOHTTP1", "Hummingbird", "HummingbirdCore"] {
            #expect(
                importers(of: module, in: engine).allSatisfy { $0.hasPrefix("Sources/Engine/Server/") }, "\(module)")
        }
        #expect(importers(of: "NIOPosix", in: room).allSatisfy { $0.hasPrefix("Sources/ControlRoom/Attach/") })
        #expect(importers(of: "Yams", in: engine).count == 1)
    }

    /// Shells read clocks and draw random numbers; the core is handed both.
    @Test func theCoreReadsNoClockAndDrawsNoRandomNumber() {
        let shells = [
            "Sources/Engine/Engine.swift", "Sources/Engine/Time/TimeSource.swift", "Sources/Engine/Server/",
            "Sources/Engine/EdgeServer/",
            "Sources/Store/", "Sources/ControlRoom/App/AppLoop", "Sources/ControlRoom/App/EffectPerformer",
            "Sources/ControlRoom/Attach/", "Sources/ControlRoom/Terminal/",
            "Sources/ControlRoom/Commands/", "Sources/ControlRoom/Devices/", "Sources/ControlRoom/Text/TextLoop",
            "Sources/Engine/Edge/VirtualAudience.swift",
            "Sources/Engine/Traffic/TrafficGate.swift",
        ]
        let ambient = [
            "Date()", "ContinuousClock", "SuspendingClock", "Task.sleep", "DispatchTime.now", "clock_gettime",
            ".random(in:",
            "SystemRandomNumberGenerator", ".now()", "shuffled()", "randomElement()",
        ]
        let places = (engine + store + room)
            .filter { file in !shells.contains { file.path.hasPrefix($0) } }
            .flatMap { $0.places(of: ambient) }
        #expect(places == [], "time and randomness are arguments outside the shells")
    }

    /// A summary stands above each, where whoever uses the type looks for it.
    @Test func publicTypesSayWhatTheyAre() {
        let type = #"^\s*public ((final|indirect) )?(struct|enum|class|actor|protocol|typealias) "#
        let files = SourceFile.all(in: "Sources/GraphQL") + engine + store + room
        for file in files {
            for index in file.lines.indices where file.code[index].range(of: type, options: .regularExpression) != nil {
                let above = file.lines[..<index].last { !$0.drop { $0 == " " }.hasPrefix("@") }
                #expect(above?.drop { $0 == " " }.hasPrefix("///") == true, "\(file.path):\(index + 1) has no summary")
            }
        }
    }

    /// The line itself, or one of the three above it, says why.
    @Test func unsafeSharingCarriesAReason() {
        let unsafe = ["@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency"]
        for file in engine + store + room {
            for index in file.code.indices where unsafe.contains(where: { file.code[index].contains($0) }) {
                let near = file.lines[max(0, index - 3)...index]
                #expect(near.contains { $0.contains("//") }, "\(file.path):\(index + 1) says no reason")
            }
        }
    }
}
