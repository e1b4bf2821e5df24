/// Connections that are sent away one after the other, so that they do not all come back elsewhere at once.
struct Goodbyes {
    let reason: CloseReason
    let startedAt: EngineInstant
    let window: Duration
    let total: Int
    /// Who is still to go.
    var slots: ArraySlice<ConnectionSlot>

    /// When the next one is due; nil when nobody is left.
    var next: EngineInstant? {
        guard !slots.isEmpty else { return nil }
        return startedAt + window * Double(total - slots.count) / Double(total)
    }
}

// The node empties itself: because the router wants it to, or because it stops.

extension EdgeShard {
    /// Obeys the router's newest wish; an older one is a copy that came late. Then says what it obeys.
    mutating func obey(_ wish: NodeDuty, _ now: Moment) {
        if wish.revision > duty.revision {
            duty = wish
            // A drain that is called off leaves those who have not gone where they are.
            if goodbyes?.reason == .draining { goodbyes = nil }
            if case .draining(let window) = wish.kind {
                sayGoodbyes(.draining, within: .milliseconds(max(0, window)), now: now)
            }
        }
        actions.append(.tell(.duty(duty)))
        noteChange(now)
    }

    /// Begins to send everyone away, evenly over `window`; nobody new is taken meanwhile.
    mutating func sayGoodbyes(_ reason: CloseReason, within window: Duration, now: Moment) {
        let slots = connections.taken.map { connections.slot(at: $0) }
        goodbyes = Goodbyes(
            reason: reason, startedAt: now.instant, window: window, total: slots.count, slots: slots[...])
        sayDueGoodbyes(now)
    }

    mutating func sayDueGoodbyes(_ now: Moment) {
        while let current = goodbyes, let slot = current.slots.first, let due = current.next, due <= now.instant {
            goodbyes?.slots.removeFirst()
            guard connections.contains(slot) else { continue }
            let device = connections[slot.index].device
            end(slot, current.reason, now: now)
            // Who is sent elsewhere is known there from then on, and counted once.
            if current.reason == .draining, device >= 0, !devices[device].followings.isEmpty { forget(device) }
        }
        if goodbyes?.reason == .draining, goodbyes?.slots.isEmpty == true { goodbyes = nil }
    }
}
