/// A line of devices that run the same application: `tv/lgx 2019`, `mobile/android`, `web`.
///
/// Modelled devices draw theirs from `DeviceCatalogue`; a real device may name any in its hello.
public struct DeviceFamily: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Of a real device that said none.
    public static let unknown: DeviceFamily = "unknown"
    /// Longest name, bytes of UTF-8.
    public static let bytesMax = 32
}

/// The version of the application on a device: `9.14`. Compared as text, never as a number.
public struct DeviceBuild: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Of a real device that said none.
    public static let unknown: DeviceBuild = "unknown"
    /// Longest name, bytes of UTF-8.
    public static let bytesMax = 32
}

/// A family with one of its builds.
public struct DeviceMake: Hashable, Codable, Sendable, Comparable {
    public var family: DeviceFamily
    public var build: DeviceBuild

    public init(family: DeviceFamily, build: DeviceBuild) {
        self.family = family
        self.build = build
    }

    public static let unknown = DeviceMake(family: .unknown, build: .unknown)

    public static func < (left: Self, right: Self) -> Bool {
        (left.family, left.build) < (right.family, right.build)
    }
}

/// The families and builds of the virtual audience, with their shares.
///
/// The shares are assumptions: those of the five families in PRODUCT.md C4, the rest divided among three more, and for
/// each family a roll-out as one finds it on a normal evening: most devices on the newest build, a tail on older
/// ones, and the tail longest on televisions.
public enum DeviceCatalogue {
    /// One make, and how much of the audience has it.
    public struct Entry: Hashable, Sendable {
        public let make: DeviceMake
        /// Share of all devices, in 1024ths.
        public let parts: Int
        /// Whether it takes `slowness` times longer than others to apply a stage.
        public let isSlow: Bool
    }

    /// Their parts add up to 1024.
    public static let entries: [Entry] = [
        entry("mobile/android", "8.91.2", 215), entry("mobile/android", "8.90.0", 71),
        entry("mobile/android", "8.84.1", 31),
        entry("mobile/ios", "8.91.0", 168), entry("mobile/ios", "8.90.0", 33),
        entry("tv/samx 2021", "9.16", 102), entry("tv/samx 2021", "9.15", 50),
        entry("web", "2026.46", 110), entry("web", "2026.45", 5),
        entry("tv/other 2023", "9.16", 56), entry("tv/other 2023", "9.15", 15),
        entry("console", "5.7", 61), entry("console", "5.6", 4),
        entry("tv/lgx 2019", "9.15", 45), entry("tv/lgx 2019", "9.14", 17, isSlow: true),
        entry("stick", "4.22", 33), entry("stick", "4.20", 8),
    ]
    public static let slowness: Milliseconds = 8

    /// The families, each once, largest first.
    public static let families: [DeviceFamily] = {
        var parts: [DeviceFamily: Int] = [:]
        for entry in entries { parts[entry.make.family, default: 0] += entry.parts }
        return parts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }()

    /// Index in `entries` of each 1024th.
    static let indexes: [UInt8] = entries.indices.flatMap { [UInt8](repeating: UInt8($0), count: entries[$0].parts) }

    /// What a device is, from a hash that belongs to it alone: the same in every broadcast and layout.
    public static func entry(ofDeviceHash hash: UInt64) -> Entry { entries[index(ofDeviceHash: hash)] }

    /// Bits 12...21 of the hash decide.
    @inline(__always)
    static func index(ofDeviceHash hash: UInt64) -> Int { Int(indexes[Int(hash >> 12 & 1023)]) }

    /// Index in `families` of each entry.
    private static let familyIndexes: [UInt8] = entries.map { entry in
        UInt8(families.firstIndex(of: entry.make.family) ?? 0)
    }

    /// The place of a device's family in `families`.
    @inline(__always)
    static func familyIndex(ofDeviceHash hash: UInt64) -> Int { Int(familyIndexes[index(ofDeviceHash: hash)]) }

    /// Whether the device's build is slow.
    static func isSlow(deviceHash hash: UInt64) -> Bool { slow[index(ofDeviceHash: hash)] }

    private static let slow = entries.map(\.isSlow)

    private static func entry(_ family: DeviceFamily, _ build: DeviceBuild, _ parts: Int, isSlow: Bool = false) -> Entry
    {
        Entry(make: DeviceMake(family: family, build: build), parts: parts, isSlow: isSlow)
    }
}
