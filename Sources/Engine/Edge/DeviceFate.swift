/// What becomes of one modelled device in one broadcast, as ticks. `TickAxis.never` for what does not happen.
///
/// It is a function of the flight and the device's hash, so nothing of it is stored: the ledger, the curve
/// and the answer about a single device are all read from the same value and cannot disagree.
struct DeviceFate {
    /// Not connected when the broadcast began at its node.
    var isAway: Bool
    /// When this publication, or a newer one in its place, is first sent to it.
    var send = TickAxis.never
    /// When something is sent to it for a second time without an ack.
    var retry = TickAxis.never
    /// When the try that succeeds is sent.
    var delivery = TickAxis.never
    /// When its connection ends before the ack, or with the node.
    var drop = TickAxis.never
    /// When it is back after being away or dropped.
    var back = TickAxis.never
    /// When it applies this very publication.
    var applied = TickAxis.never
    /// When it says that it does not know the stage.
    var refused = TickAxis.never
    /// When it confirms this publication or a newer one.
    var ack = TickAxis.never
    /// When a second copy reaches it.
    var duplicate = TickAxis.never
    /// When it leaves after the ack; only meaningful for the newest broadcast.
    var leave = TickAxis.never
    /// The burst that it was sent in, -1 if it was not sent in one of this flight's.
    var burst = -1
    /// False if the broadcast was aborted before it got to this device.
    var isReached = true

    /// Whether it is to be worked out when the device applies it. No count depends on that.
    let tellsApplied: Bool

    init(isAway: Bool, tellsApplied: Bool) {
        self.isAway = isAway
        self.tellsApplied = tellsApplied
    }

    /// The line of the ledger that the device stands in.
    func line(at now: Tick) -> DeliveryLine {
        if isAway { return ack <= now ? .caughtUp : .owed }
        if ack <= now { return .acked }
        if refused <= now { return .unknownStage }
        if drop <= now { return .dropped }
        if retry <= now { return .retrying }
        return send <= now ? .waiting : .notSent
    }

    func isConnected(at now: Tick) -> Bool {
        if isAway { return back <= now && leave > now }
        return !(drop <= now && now < back) && leave > now
    }

    /// Tells `add` every change of a count after `now`. A device enters and leaves a line at most once.
    @inline(__always)
    func count(after now: Tick, isNewest: Bool, add: (Tick, Int) -> Void) {
        func at(_ tick: Tick, _ column: Int) {
            if tick > now, tick != TickAxis.never { add(tick, column) }
        }
        typealias Column = DeliveryCurve.Column
        at(duplicate, Column.duplicate)
        if isNewest {
            at(back, Column.joins)
            if !isAway { at(drop, Column.leaves) }
            at(leave, Column.leaves)
        }
        if isAway { return at(ack, Column.caughtUp) }
        if !isNewest || burst < 0 { at(send, Column.sent) }
        let answered = min(refused, ack), over = min(drop, answered)
        if retry < over {
            at(retry, Column.retrying)
            at(over, Column.retryingOver)
        }
        if drop < answered {
            at(drop, Column.dropped)
            at(answered, Column.droppedOver)
        }
        if refused < ack {
            at(refused, Column.refused)
            at(ack, Column.refusedOver)
        }
        at(ack, burst < 0 ? Column.elsewhere : burst)
    }

    // MARK: - What a newer broadcast changes

    /// A newer broadcast that reaches the device began at `began`: it takes the place of whatever of this one
    /// had not been sent by then, and its ack confirms both. Nothing up to `began` changes.
    mutating func overtake(by newer: DeviceFate, began: Tick) {
        guard ack > began else { return }
        if isAway {
            overtakeAway(by: newer, began: began)
        } else if send > began {
            if isReached { take(newer) }
        } else if newer.isAway {
            wait(for: newer, began: began)
        } else {
            overtakeSent(by: newer, began: began)
        }
    }

    /// It was away from this one: what it gets on its return is the newer one, unless it is back already.
    @inline(__always)
    private mutating func overtakeAway(by newer: DeviceFate, began: Tick) {
        guard back <= began else {
            back = newer.back
            applied = TickAxis.never
            ack = newer.ack
            return
        }
        if newer.drop < ack { ack = TickAxis.never }
        if newer.ack < ack { ack = newer.ack }
        if applied > began, applied >= min(newer.send, newer.drop) { applied = TickAxis.never }
    }

    /// This one was not sent yet, and never is: all that happens is the newer one's.
    @inline(__always)
    private mutating func take(_ newer: DeviceFate) {
        // Who has left meanwhile is given it on its return.
        send = newer.isAway ? newer.delivery : newer.send
        retry = newer.retry
        drop = newer.drop
        back = newer.back
        refused = newer.refused
        ack = newer.ack
        applied = TickAxis.never
        duplicate = TickAxis.never
        burst = -1
    }

    /// It was sent this one and has left since: nothing more happens until it is back with the newer one.
    @inline(__always)
    private mutating func wait(for newer: DeviceFate, began: Tick) {
        if back > began { back = newer.back }
        ack = newer.ack
        if refused > began { refused = TickAxis.never }
        if applied > began { applied = TickAxis.never }
        if duplicate > began { duplicate = TickAxis.never }
    }

    /// Both were sent to it: whichever ack comes first confirms this one.
    @inline(__always)
    private mutating func overtakeSent(by newer: DeviceFate, began: Tick) {
        var own = ack
        if applied > began, applied >= min(newer.send, newer.drop, drop) { applied = TickAxis.never }
        if drop > began, drop < own {
            drop = TickAxis.never
            own = TickAxis.never
        }
        if delivery >= newer.send || newer.drop < own { own = TickAxis.never }
        ack = min(own, newer.ack)
        if refused > began, refused >= min(newer.send, newer.drop) { refused = newer.refused }
        if retry > began, retry >= newer.send { retry = newer.retry }
        if drop == TickAxis.never, newer.drop < ack { drop = newer.drop }
        if duplicate > began, own == TickAxis.never { duplicate = TickAxis.never }
    }

    /// A newer broadcast began at `began` and was aborted at `aborted` without reaching the device:
    /// this one is the newest again, and what the newer one had put off happens from then on.
    mutating func resume(
        after newer: DeviceFate, began: Tick, aborted: Tick, mayReturn: Bool, roundTrip: Int64
    ) {
        guard ack > began else { return }
        if newer.isAway, isAway ? back > began : true {
            back = newer.back
            ack = TickAxis.never
            if refused > began { refused = TickAxis.never }
            if applied > began { applied = TickAxis.never }
            if back != TickAxis.never, mayReturn { catchUp(roundTrip, from: aborted) }
            return
        }
        guard !isAway, isReached else { return }
        if send > began {
            let delay = max(0, aborted + 1 - send)
            func later(_ tick: Tick) -> Tick {
                tick == TickAxis.never ? tick : TickAxis.align(tick + delay, from: aborted)
            }
            if delay > 0, send != TickAxis.never {
                (send, retry, delivery, drop) = (later(send), later(retry), later(delivery), later(drop))
                (back, applied, ack, duplicate) = (later(back), later(applied), later(ack), later(duplicate))
                refused = later(refused)
                burst = -1
            }
        } else if drop > began, drop < ack {
            // The connection lives by the newer broadcast's draws: the frame arrives after all.
            drop = TickAxis.never
            ack = ack == TickAxis.never ? ack : TickAxis.align(max(ack, aborted + 1), from: aborted)
            if applied > began { applied = ack }
        }
    }

    /// Given to the device when it is `back`, which became certain at `base`, if it can confirm by `limit`.
    mutating func catchUp(_ roundTrip: Int64, from base: Tick, by limit: Tick = TickAxis.never) {
        // Who came back while the newer one was held is given this one when that is over.
        let given = Int64(max(back, base + 1)) * TickAxis.milliseconds
        let caughtUp = TickAxis.tick(atMilliseconds: given + roundTrip, from: base)
        guard caughtUp <= limit, caughtUp < ack else { return }
        ack = caughtUp
        if applied == TickAxis.never { applied = ack }
    }

    // MARK: - What a fault changes

    /// Its node is gone from `from` on. The device is back at it at `revived`, or later if it was away for longer,
    /// and confirms when `answer` says.
    mutating func cut(at from: Tick, revived: Tick, answer: (Tick) -> Tick) {
        let isGone = isAway ? back > from : drop <= from && back > from
        if isGone, back == TickAxis.never { return }
        let returns = isGone ? max(back, revived) : revived
        if ack > from {
            ack = answer(returns)
            if refused > from { refused = TickAxis.never }
            if applied > from { applied = ack }
            if duplicate > from { duplicate = TickAxis.never }
            if retry > from { retry = TickAxis.never }
            delivery = returns
            if !isAway, send > from {
                send = from
                burst = -1
            }
        }
        if leave <= from { return }
        if isGone {
            back = returns
        } else if !isAway, drop > from {
            drop = from
            back = returns
            if leave <= returns { leave = TickAxis.never }
        } else {
            // It was away or dropped once in this broadcast: now it stays away until the next one.
            leave = from
        }
    }

    /// The device does not know the stage: it answers, and applies nothing.
    mutating func refuse() {
        refused = ack
        ack = TickAxis.never
        applied = TickAxis.never
        duplicate = TickAxis.never
    }
}

/// The line of `DeliveryLedger` in which a device stands.
public enum DeliveryLine: String, Codable, Sendable, CaseIterable {
    case notSent, waiting, retrying, dropped, unknownStage, acked
    case owed, caughtUp
}
