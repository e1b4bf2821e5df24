/// Columns × ticks of counters for one sweep; about 700 KB, so it exists only while a sweep runs. Row 0 is for what is
/// past, and is not read.
///
/// A column lies in one piece: the acks of one burst fall into a few hundred rows of one column, which stay in the
/// nearest cache.
struct SweepTable {
    private let counts: UnsafeMutablePointer<UInt32>
    private static let step = 16
    /// Rows of a column, with room to read the last ones sixteen at a time.
    private static let rows = (TickAxis.rowCount + step - 1) / step * step
    private static let size = rows * DeliveryCurve.Column.count

    init() {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: Self.size * MemoryLayout<UInt32>.stride, alignment: MemoryLayout<SIMD16<UInt32>>.alignment)
        counts = memory.initializeMemory(as: UInt32.self, repeating: 0, count: Self.size)
    }

    @inline(__always)
    func column(_ column: Int) -> UnsafeMutablePointer<UInt32> { counts + column &* Self.rows }

    @inline(__always)
    func add(_ tick: Tick, _ column: Int, base: Tick) { add(row: TickAxis.row(of: tick, from: base), column) }

    @inline(__always)
    func add(row: Int, _ column: Int, count: UInt32 = 1) { counts[column &* Self.rows &+ row] &+= count }

    /// The cells that are not empty, in order of tick. The table is gone afterwards.
    func drain(base: Tick) -> [UInt64] {
        defer { UnsafeMutableRawPointer(counts).deallocate() }
        let blocks = Self.rows / Self.step, columnsMax = DeliveryCurve.Column.count
        // The columns that hold anything within sixteen rows, and how many these are.
        var columns = [UInt8](repeating: 0, count: blocks * columnsMax), used = [Int](repeating: 0, count: blocks)
        counts.withMemoryRebound(to: SIMD8<UInt64>.self, capacity: blocks * columnsMax) { counts in
            for column in 0..<columnsMax {
                for block in 0..<blocks {
                    let words = counts[column &* blocks &+ block]
                    guard words.lowHalf | words.highHalf != SIMD4() else { continue }
                    columns[block * columnsMax + used[block]] = UInt8(column)
                    used[block] += 1
                }
            }
        }
        var cells: [UInt64] = []
        cells.reserveCapacity(4096)
        for block in 0..<blocks where used[block] > 0 {
            drain(block, columns[block * columnsMax..<block * columnsMax + used[block]], base, &cells)
        }
        return cells
    }

    /// Sixteen rows, of which only these columns hold anything.
    private func drain(_ block: Int, _ columns: ArraySlice<UInt8>, _ base: Tick, _ cells: inout [UInt64]) {
        columns.withUnsafeBufferPointer { columns in
            for row in max(1, block * Self.step)..<min(TickAxis.rowCount, (block + 1) * Self.step) {
                let high = UInt64(UInt32(bitPattern: TickAxis.tick(ofRow: row, from: base))) << 32
                for column in columns {
                    let count = counts[Int(column) &* Self.rows &+ row]
                    if count != 0 { cells.append(high | UInt64(column) << 24 | UInt64(count)) }
                }
            }
        }
    }
}

/// The same for an older flight. Mostly nothing is to come there but devices that catch up, so these are counted in one
/// column, and the others only get a table when the first of them is met.
struct OlderTable {
    private let caughtUp: UnsafeMutablePointer<UInt32>
    private let others: UnsafeMutablePointer<SweepTable?>

    init() {
        caughtUp = .allocate(capacity: TickAxis.rowCount)
        caughtUp.initialize(repeating: 0, count: TickAxis.rowCount)
        others = .allocate(capacity: 1)
        others.initialize(to: nil)
    }

    @inline(__always)
    func addCaughtUp(row: Int) { caughtUp[row] &+= 1 }

    @inline(__always)
    func add(row: Int, _ column: Int) {
        open().add(row: row, column)
    }

    /// The table for all but the devices that catch up, made when it is first asked for.
    @inline(__always)
    func open() -> SweepTable { others.pointee ?? make() }

    @inline(never)
    private func make() -> SweepTable {
        let table = SweepTable()
        others.pointee = table
        return table
    }

    /// The cells that are not empty, in order of tick. The table is gone afterwards.
    func drain(base: Tick) -> [UInt64] {
        defer {
            caughtUp.deallocate()
            others.deallocate()
        }
        if let table = others.pointee {
            for row in 1..<TickAxis.rowCount where caughtUp[row] != 0 {
                table.add(row: row, DeliveryCurve.Column.caughtUp, count: caughtUp[row])
            }
            return table.drain(base: base)
        }
        return (1..<TickAxis.rowCount).filter { caughtUp[$0] != 0 }.map { row in
            let tick = UInt64(UInt32(bitPattern: TickAxis.tick(ofRow: row, from: base)))
            return tick << 32 | UInt64(DeliveryCurve.Column.caughtUp) << 24 | UInt64(caughtUp[row])
        }
    }
}
