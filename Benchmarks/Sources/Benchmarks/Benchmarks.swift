import Foundation

/// Measures, prints a table, exits 1 if a budget is broken. Arguments name the parts to run; none: all of them.
@main
struct Benchmarks {
    private static let parts: [(name: String, run: @Sendable (inout Report) async throws -> Void)] = [
        ("frames", { measureFrames(&$0) }),
        ("fanout", { measureFanOut(&$0) }),
        ("subscriptions", { try measureSubscriptions(&$0) }),
        ("plane", { measureControlPlane(&$0) }),
        ("audience", { measureAudience(&$0) }),
        ("rehearsal", { try measureRehearsal(&$0) }),
        ("commit", { try await measureCommits(&$0) }),
        ("history", { try await measureHistory(&$0) }),
        ("prefetch", { try measurePrefetch(&$0) }),
        ("traffic", { measureAdmission(&$0) }),
        ("firing", { try await measureFiring(&$0) }),
    ]

    static func main() async throws {
        let wanted = CommandLine.arguments.dropFirst()
        if let unknown = wanted.first(where: { name in !parts.contains { $0.name == name } }) {
            print("There is no part '\(unknown)'; the parts are \(parts.map(\.name).joined(separator: ", ")).")
            exit(64)
        }
        var report = Report()
        Report.begin()
        for part in parts where wanted.isEmpty || wanted.contains(part.name) { try await part.run(&report) }
        exit(report.end() ? 0 : 1)
    }
}
