import DequeModule
import OrderedCollections

/// The devices that this node knows, connected or not: who follows what. A device that comes back is met as an old
/// friend.
///
/// Bound: `capacity`; beyond it the device that has been away longest is forgotten. Connected devices are never
/// forgotten (`connectionsMax` bounds them), nor are more kept than that when all are connected.
struct KnownDevices {
    /// A topic that a device follows, by the places in the shard's and the topic's tables.
    struct Following: Equatable {
        var topic: Int32
        var follower: Int32
    }

    struct Device {
        var id: String
        /// Decides its wave; the same on every node.
        var hash: UInt64
        /// Index of its make in the table of makes.
        fileprivate(set) var make: UInt16 = 0
        /// Index of its connection; -1 while it is away.
        var connection: Int32 = -1
        var followings: [Following] = []
        /// Which going-away `away` speaks of.
        fileprivate var awayNumber: UInt64 = 0
    }

    let capacity: Int
    private(set) var offlineCount = 0
    private var devices: [Device] = []
    private var free: [Int32] = []
    private var indexes: [String: Int32] = [:]
    /// What devices said they are, `.unknown` first. At most `makesMax`: whoever comes with another one is unknown.
    private(set) var makes: OrderedSet<DeviceMake> = [.unknown]
    /// Going-aways in order; those of devices that came back since are skipped.
    private var away = Deque<(device: Int32, number: UInt64)>()
    private var awayNumber: UInt64 = 0

    static let makesMax = 256

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { indexes.count }

    func index(of id: String) -> Int32? { indexes[id] }

    subscript(index: Int32) -> Device {
        get { devices[Int(index)] }
        _modify { yield &devices[Int(index)] }
    }

    mutating func insert(_ id: String) -> Int32 {
        let device = Device(id: id, hash: Self.hash(of: id))
        let index: Int32
        if let reused = free.popLast() {
            index = reused
            devices[Int(index)] = device
        } else {
            index = Int32(devices.count)
            devices.append(device)
        }
        indexes[id] = index
        return index
    }

    mutating func connect(_ index: Int32, to connection: Int32, isNew: Bool) {
        if !isNew { offlineCount -= 1 }
        devices[Int(index)].connection = connection
        devices[Int(index)].awayNumber = 0
    }

    /// What the device says it is: an application may have been updated since it was last here.
    mutating func note(_ make: DeviceMake, of index: Int32) {
        guard make != makes[Int(devices[Int(index)].make)] else { return }
        let known = makes.count < Self.makesMax ? makes.append(make).index : makes.firstIndex(of: make)
        devices[Int(index)].make = UInt16(known ?? 0)
    }

    /// What the device said it is.
    func make(of index: Int32) -> DeviceMake { makes[Int(devices[Int(index)].make)] }

    mutating func disconnect(_ index: Int32) {
        offlineCount += 1
        awayNumber += 1
        devices[Int(index)].connection = -1
        devices[Int(index)].awayNumber = awayNumber
        away.append((index, awayNumber))
        if away.count > 2 * offlineCount + 64 { away.removeAll { devices[Int($0.device)].awayNumber != $0.number } }
    }

    /// The device to forget now that there are more than `capacity`; nil while there is room or all are connected.
    mutating func nextToForget() -> Int32? {
        guard count > capacity else { return nil }
        while let first = away.popFirst() {
            if devices[Int(first.device)].awayNumber == first.number { return first.device }
        }
        return nil
    }

    /// The device, which must be away, is known no more.
    mutating func remove(_ index: Int32) {
        precondition(devices[Int(index)].connection == -1, "a connected device is not forgotten")
        offlineCount -= 1
        indexes[devices[Int(index)].id] = nil
        devices[Int(index)] = Device(id: "", hash: 0)
        free.append(index)
    }

    /// FNV-1a, finished by SplitMix64's mixer so that the low bits, which choose the wave, are even.
    static func hash(of id: String) -> UInt64 {
        SeededGenerator.mix(FNV1a.hash(id.utf8))
    }

    /// Every known device, for checks.
    var all: [(index: Int32, device: Device)] {
        indexes.values.sorted().map { ($0, devices[Int($0)]) }
    }
}
