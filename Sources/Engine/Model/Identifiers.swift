/// A name that people or schedule files give to a thing: text with a type, so that an event id
/// can never be passed where a stage key belongs.
public protocol Name: RawRepresentable, Hashable, Comparable, Codable, Sendable,
    ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String, StringLiteralType == String {
    init(rawValue: String)
}

extension Name {
    public init(_ text: some StringProtocol) { self.init(rawValue: String(text)) }
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public var description: String { rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// The id of a live event as its schedule file spells it: `fight-night`.
public struct EventID: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The key of a stage inside its run of show, which is what a device looks up in its
/// prefetched map: `live`, or `live-2` where a kind of stage occurs twice.
public struct StageKey: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The id of an edge node: `edge-1` for a real one, `v-eu-west-03` for a modelled one.
public struct NodeID: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A named stream that devices follow. Each live event has one: `event/fight-night`.
public struct Topic: Name {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    private static let eventPrefix = "event/"

    /// The topic of a live event.
    public init(event: EventID) { self.init(rawValue: Self.eventPrefix + event.rawValue) }

    /// The live event whose topic this is; nil for a topic of any other kind.
    public var event: EventID? {
        guard rawValue.hasPrefix(Self.eventPrefix) else { return nil }
        return EventID(rawValue.dropFirst(Self.eventPrefix.count))
    }
}

/// The number operators call a broadcast by (`#4412`); counts every broadcast of one database.
public struct BroadcastID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let number: Int64
    public init(_ number: Int64) { self.number = number }
    public var description: String { "#\(number)" }
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    public init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int64.self)
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

/// The place of an entry in the journal; counts every entry of one database without a gap, from 1.
public typealias EntryNumber = Int64

/// The number of a plan that was prepared and not yet applied; counts from 1 in each engine process.
public typealias PlanID = Int64
