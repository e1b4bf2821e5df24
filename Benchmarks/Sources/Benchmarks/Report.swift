import CAllocations
import Dispatch

/// The figures of one run: gathered by the benchmarks, printed as they come, held against their budgets.
struct Report {
    private var broken: [String] = []

    /// - Parameters:
    ///   - samples: of one kind, in `unit`; sorted here.
    ///   - budget: the most that the 99th percentile may be; nil: a figure to read, without a verdict.
    mutating func add(_ name: String, _ samples: [Double], unit: String, budget: Double? = nil) {
        precondition(!samples.isEmpty, "\(name) measured nothing")
        let sorted = samples.sorted()
        func percentile(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
        let columns = [percentile(0.5), percentile(0.99), sorted[sorted.count - 1]].map { left(Self.text($0), 10) }
            .joined()
        line(name, columns + "  \(unit)", isBroken: budget.map { percentile(0.99) > $0 }, budget: budget)
    }

    /// One number that is no distribution: an allocation count, a cost per device.
    mutating func add(_ name: String, _ value: Double, unit: String, budget: Double? = nil) {
        line(
            name, left(Self.text(value), 10) + left("", 20) + "  \(unit)", isBroken: budget.map { value > $0 },
            budget: budget)
    }

    static func begin() {
        print(right("what", 52) + left("p50", 10) + left("p99", 10) + left("max", 10) + "  unit, budget of p99")
    }

    /// - Returns: whether every budget was kept.
    func end() -> Bool {
        print(broken.isEmpty ? "All budgets kept." : "Over budget: \(broken.joined(separator: "; "))")
        return broken.isEmpty
    }

    private mutating func line(_ name: String, _ columns: String, isBroken: Bool?, budget: Double?) {
        if isBroken == true { broken.append(name) }
        let verdict = budget.map { " ≤ \(Self.text($0)) \(isBroken == true ? "OVER" : "ok")" } ?? ""
        print(right(name, 52) + columns + verdict)
    }

    private static func text(_ value: Double) -> String {
        let digits = value < 10 ? 1000.0 : value < 1000 ? 10 : 1
        let rounded = (value * digits).rounded() / digits
        return digits == 1 ? String(Int(rounded)) : String(rounded)
    }
}

/// `text` filled up to `width` columns.
private func right(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
private func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

/// Nanoseconds and allocations that `body` took. Allocations of other threads count as well, so measure alone.
func measure(_ body: () -> Void) -> (nanoseconds: Double, allocations: Double) {
    let allocations = allocations_count(), start = DispatchTime.now().uptimeNanoseconds
    body()
    let end = DispatchTime.now().uptimeNanoseconds
    return (Double(end - start), Double(allocations_count() - allocations))
}
