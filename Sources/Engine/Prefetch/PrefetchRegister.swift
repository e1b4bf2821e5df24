import DequeModule
import Synchronization

/// Which real devices have fetched which live events ahead: the HTTP port writes it, the edge nodes read it for their
/// reports.
///
/// Bound: `devicesMax` devices of `eventsMax` events; beyond them the device that came first is forgotten, and counts
/// as one that has not fetched until it fetches again. Lost with the process, as the edge node's own list of devices
/// is.
///
/// Shared by the HTTP server's tasks and the edge nodes' loops; the lock is held for one look.
public final class PrefetchRegister: Sendable {
    public static let devicesMax = 200_000
    static let eventsMax = 64

    private let table = Mutex(PrefetchTable(devicesMax: devicesMax))

    public init() {}

    /// A device has fetched the stage map of these events.
    /// - Parameters:
    ///   - device: at most 128 bytes; a longer name is not recorded.
    ///   - family: as the device names it; nil if it does not.
    func record(_ device: String, family: DeviceFamily?, events: [EventID]) {
        guard !device.isEmpty, device.utf8.count <= DeviceMessage.nameBytesMax, !events.isEmpty else { return }
        table.withLock { $0.record(device, family: family, events: events) }
    }

    /// Counts the records made; unchanged means that nobody's answer has changed.
    var revision: UInt64 { table.withLock { $0.revision } }

    /// Reads many answers under one lock.
    func read<Result>(_ body: (borrowing PrefetchTable) -> Result) -> Result { table.withLock { body($0) } }
}

/// The table of a `PrefetchRegister`, as a value.
struct PrefetchTable: Sendable {
    private struct Entry {
        var events: [EventID]
        var family: DeviceFamily?
    }

    let devicesMax: Int
    private(set) var revision: UInt64 = 0
    private var entries: [String: Entry] = [:]
    /// Devices in the order in which they came.
    private var order = Deque<String>()

    init(devicesMax: Int) { self.devicesMax = devicesMax }

    mutating func record(_ device: String, family: DeviceFamily?, events: [EventID]) {
        guard var entry = entries[device] else {
            while entries.count >= devicesMax, let oldest = order.popFirst() { entries[oldest] = nil }
            entries[device] = Entry(events: Array(events.prefix(PrefetchRegister.eventsMax)), family: family)
            order.append(device)
            revision += 1
            return
        }
        let new = events.filter { !entry.events.contains($0) }
        guard !new.isEmpty || family != nil && family != entry.family else { return }
        entry.events = (entry.events + new).suffix(PrefetchRegister.eventsMax)
        entry.family = family ?? entry.family
        entries[device] = entry
        revision += 1
    }

    func hasFetched(_ device: String, _ event: EventID) -> Bool { entries[device]?.events.contains(event) ?? false }

    /// Nil for a device that never fetched, or never named its family.
    func family(of device: String) -> DeviceFamily? { entries[device]?.family }
}
