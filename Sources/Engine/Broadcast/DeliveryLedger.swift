/// The conservation ledger of one broadcast at one edge node, or summed over many.
///
/// Every device that was known when the broadcast began stands in exactly one line, and each line
/// is counted by itself where the thing happens, so the identities of `isBalanced` can be broken by
/// a bug; a broken one is an alert.
///
///     known     = connected + offline
///     connected = acked + waiting + retrying + dropped + unknownStage + notSent      (all "at t0")
///     offline   = owed + caughtUp + expired
///
/// An ack confirms everything up to its sequence. So when a newer broadcast overtakes this one, a device that gets
/// the newer one in its place is acked (or caught up) here in the moment it confirms the newer one, and
/// stands in `notSent`, `waiting`, `retrying` or `dropped` here as it does there. Only the devices an abort
/// kept this broadcast from stay in `notSent` for ever.
public struct DeliveryLedger: Hashable, Codable, Sendable {
    /// Devices connected when the broadcast began at their node (t0).
    public var connected = 0
    /// Known devices that were offline at t0.
    public var offline = 0
    /// Known devices at t0.
    public var known = 0

    /// Of `connected`: confirmed that they applied it, whether live or after a reconnect.
    public var acked = 0
    /// Of `connected`: sent, not yet confirmed, first try under way.
    public var waiting = 0
    /// Of `connected`: sent more than once, not yet confirmed.
    public var retrying = 0
    /// Of `connected`: the connection ended before the ack. They catch up when they return.
    public var dropped = 0
    /// Of `connected`: answered that they do not know the stage. They are not sent it again, and show what they showed.
    public var unknownStage: Int {
        get { refused ?? 0 }
        set { refused = newValue == 0 ? nil : newValue }
    }
    /// Nil for none, so that ledgers of databases from before it was counted can be read.
    private var refused: Int?
    /// Of `connected`: their wave has not been sent yet, or was aborted.
    public var notSent = 0

    /// Of `offline`: not back yet.
    public var owed = 0
    /// Of `offline`: came back and confirmed it, or were given a newer position in its place.
    public var caughtUp = 0
    /// Of `offline`: gone for longer than the table of known devices remembers.
    public var expired = 0

    /// Deliveries beyond the first to the same device; no line of the identities.
    public var duplicates = 0
    /// Devices that connected after t0 and were given the stage on arrival; no line of the identities.
    public var joined = 0

    public init() {}

    /// Sent and not confirmed.
    public var unacked: Int { waiting + retrying + dropped }
    /// Connected devices that the stage was sent to.
    public var sent: Int { acked + unacked + unknownStage }
    /// 0...1 of the connected devices that confirmed it; 1 when nobody was connected.
    public var ackedShare: Double { connected == 0 ? 1 : Double(acked) / Double(connected) }

    /// Whether the identities above hold, and no line is below nought.
    public var isBalanced: Bool {
        min(acked, waiting, retrying, dropped) >= 0 && min(notSent, owed, caughtUp, expired) >= 0 && unknownStage >= 0
            && known == connected + offline
            && connected == acked + waiting + retrying + dropped + unknownStage + notSent
            && offline == owed + caughtUp + expired
    }

    public static func += (left: inout Self, right: Self) { left.add(right, times: 1) }
    public static func -= (left: inout Self, right: Self) { left.add(right, times: -1) }

    private mutating func add(_ other: Self, times sign: Int) {
        connected += sign * other.connected
        offline += sign * other.offline
        known += sign * other.known
        acked += sign * other.acked
        waiting += sign * other.waiting
        retrying += sign * other.retrying
        dropped += sign * other.dropped
        unknownStage += sign * other.unknownStage
        notSent += sign * other.notSent
        owed += sign * other.owed
        caughtUp += sign * other.caughtUp
        expired += sign * other.expired
        duplicates += sign * other.duplicates
        joined += sign * other.joined
    }
}
