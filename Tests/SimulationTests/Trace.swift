/// What happened in a simulation: a hash of everything, and the newest lines for a failure message.
///
/// Lines are kept as numbers and become words only when somebody reads them.
struct Trace {
    enum What: String {
        case busLost, busToNode, nodeCrash, nodeStart, partition
        case deviceConnects, deviceRefused, deviceCut, deviceStall, deviceCloses, deviceFrame, deviceApplies
        case engineStart, engineDies, commit, commitFails, journalFault, clockStep, command, duty, calm
    }
    private struct Line {
        var at: Int64
        var what: What
        var numbers: (Int64, Int64, Int64)
    }
    private static let kept = 40
    private var lines: [Line] = []
    private(set) var count = 0
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// How often each thing happened.
    private(set) var counts: [What: Int] = [:]

    mutating func note(_ what: What, at: Int64, _ first: Int64 = 0, _ second: Int64 = 0, _ third: Int64 = 0) {
        let line = Line(at: at, what: what, numbers: (first, second, third))
        if lines.count < Self.kept { lines.append(line) } else { lines[count % Self.kept] = line }
        count += 1
        counts[what, default: 0] += 1
        mix(UInt64(bitPattern: at))
        for byte in what.rawValue.utf8 { mix(UInt64(byte)) }
        mix(UInt64(bitPattern: first))
        mix(UInt64(bitPattern: second))
        mix(UInt64(bitPattern: third))
    }

    private mutating func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01B3 }

    /// The newest lines, oldest first.
    var tail: String {
        let start = count > Self.kept ? count % Self.kept : 0
        return (lines[start...] + lines[..<start]).map { line in
            "  \(Double(line.at / 1000) / 1000) ms  \(line.what.rawValue) \(line.numbers.0) \(line.numbers.1) \(line.numbers.2)"
        }.joined(separator: "\n")
    }
}

/// What a simulation does next, by time and, within a moment, in the order it was asked for: a binary heap.
struct Agenda<Task> {
    private struct Item {
        var at: Int64
        var number: Int
        var task: Task
    }
    private var heap: [Item] = []
    private var number = 0

    private static func isBefore(_ left: Item, _ right: Item) -> Bool {
        left.at != right.at ? left.at < right.at : left.number < right.number
    }

    mutating func add(_ task: Task, at: Int64) {
        number += 1
        heap.append(Item(at: at, number: number, task: task))
        var child = heap.count - 1
        while child > 0, Self.isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (at: Int64, task: Task)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && Self.isBefore(heap[child], heap[least]) {
                    least = child
                }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.at, first.task)
    }
}
