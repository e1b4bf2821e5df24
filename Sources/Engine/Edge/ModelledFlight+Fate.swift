// One device in one broadcast.

extension ModelledFlight {
    /// What this broadcast alone does to a device, as if no other one followed.
    ///
    /// - Parameters:
    ///   - isSlow: whether its build takes longer to apply a stage.
    ///   - tellsApplied: whether it is asked when the device applies it.
    func fate(of local: Int, isAway: Bool, isSlow: Bool, tellsApplied: Bool = false) -> DeviceFate {
        let draw = DeviceDraw(AudienceDraws.hash(key, place.first + local))
        // What is repeated reaches a device once more, or for the first time, as it has applied it or not.
        var fate = DeviceFate(isAway: isAway, tellsApplied: tellsApplied || !course.resends.isEmpty)
        if isAway {
            fate.back = revivedBack(local) ?? back(draw)
            returns(&fate, draw, isSlow)
        } else {
            fate.burst = burst(of: local)
            if isSent(burst: fate.burst) {
                sendTo(&fate, draw, isSlow)
            } else {
                fate.isReached = isHeld
            }
            // Who loses a message stays to the end.
            if draw.loss >= lossParts, draw.drop >= dropParts { fate.leave = leave(draw) }
            // Asked first: going through an array holds on to it, and there is seldom anything in it.
            if !course.resends.isEmpty { sendAgain(&fate, local, draw, isSlow) }
        }
        if !deaths.isEmpty { cut(&fate, local, draw, isSlow) }
        if unknownParts > 0, UInt32(truncatingIfNeeded: place.deviceHash(local) >> 22) & 16383 < unknownParts {
            fate.refuse()
        }
        return fate
    }

    /// Whether a device that was connected when it began may still be dropped at `moment`.
    func mayBeDropped(_ local: Int, at moment: Tick) -> Bool {
        guard closed > moment else { return false }
        let draw = DeviceDraw(AudienceDraws.hash(key, place.first + local))
        return draw.loss < lossParts || draw.drop < dropParts
    }

    /// There and back and applying for a message sent at `send`, ms.
    func roundTrip(of local: Int, isSlow: Bool, at send: Tick) -> Int64 {
        roundTrip(DeviceDraw(AudienceDraws.hash(key, place.first + local)), isSlow, at: send)
    }

    /// One way for the device in this broadcast, and how long it takes to apply the stage, ms.
    func parts(of local: Int, isSlow: Bool, at send: Tick) -> (oneWay: Int64, applying: Int64) {
        let draw = DeviceDraw(AudienceDraws.hash(key, place.first + local))
        return (oneWay(draw, at: send), place.applying(draw, isSlow: isSlow))
    }

    @inline(__always)
    private func oneWay(_ draw: DeviceDraw, at send: Tick) -> Int64 {
        course.faults.isEmpty ? place.oneWay(draw) : place.oneWay(draw) * course.faults.latency(at: send)
    }

    private func arrival(_ draw: DeviceDraw, _ isSlow: Bool, at send: Tick) -> Int64 {
        oneWay(draw, at: send) + place.applying(draw, isSlow: isSlow)
    }

    private func roundTrip(_ draw: DeviceDraw, _ isSlow: Bool, at send: Tick) -> Int64 {
        2 * oneWay(draw, at: send) + place.applying(draw, isSlow: isSlow)
    }

    @inline(__always) private func tick(_ moment: Int64) -> Tick { TickAxis.tick(atMilliseconds: moment, from: began) }

    @inline(__always) private func milliseconds(_ tick: Tick) -> Int64 { Int64(tick) * TickAxis.milliseconds }

    /// When a device comes back from the death of its node, if that was too short a time ago.
    private func revivedBack(_ local: Int) -> Tick? {
        guard let revived = course.revived else { return nil }
        let back = tick(milliseconds(revived) + reconnectTime(place.deviceHash(local)))
        return milliseconds(revived) + reconnectTime(place.deviceHash(local)) > milliseconds(began) ? back : nil
    }

    private func reconnectTime(_ hash: UInt64) -> Int64 {
        Int64(place.reconnectTimes[Int(SeededGenerator.mix(~hash) & 1023)])
    }

    private func cut(_ fate: inout DeviceFate, _ local: Int, _ draw: DeviceDraw, _ isSlow: Bool) {
        for death in deaths { cut(&fate, local, draw, isSlow, death) }
    }

    private func cut(_ fate: inout DeviceFate, _ local: Int, _ draw: DeviceDraw, _ isSlow: Bool, _ death: Range<Tick>) {
        let from = TickAxis.align(max(death.lowerBound, began + 1), from: began)
        let revived = tick(milliseconds(death.upperBound) + reconnectTime(place.deviceHash(local)))
        guard revived != TickAxis.never else { return }
        let wasAway = fate.isAway
        fate.cut(at: from, revived: revived) { back in
            let given = wasAway ? course.released(back) : back
            guard given != TickAxis.never, given <= aborted else { return TickAxis.never }
            return tick(milliseconds(given) + roundTrip(draw, isSlow, at: given))
        }
    }

    /// A device that is back is given everything it missed at once, unless it was aborted meanwhile or is held.
    private func returns(_ fate: inout DeviceFate, _ draw: DeviceDraw, _ isSlow: Bool) {
        let given = fate.isAway ? course.released(fate.back) : fate.back
        guard given != TickAxis.never, given <= aborted else {
            fate.isReached = given == TickAxis.never && aborted == TickAxis.never
            return
        }
        fate.delivery = given
        if fate.tellsApplied { fate.applied = tick(milliseconds(given) + arrival(draw, isSlow, at: given)) }
        fate.ack = tick(milliseconds(given) + roundTrip(draw, isSlow, at: given))
    }

    private func sendTo(_ fate: inout DeviceFate, _ draw: DeviceDraw, _ isSlow: Bool) {
        fate.send = sends[fate.burst]
        fate.delivery = fate.send
        let moment = milliseconds(fate.send)
        if draw.drop < dropParts {
            breaks(&fate, draw, isSlow, at: moment + 1 + place.oneWay(draw) / 2)
        } else if draw.loss < lossParts {
            retries(&fate, draw, isSlow, from: moment)
        } else {
            if fate.tellsApplied { fate.applied = tick(moment + arrival(draw, isSlow, at: fate.send)) }
            fate.ack = tick(moment + roundTrip(draw, isSlow, at: fate.send))
        }
    }

    /// The first send or its ack was lost; the node repeats after `ackWithin`, and each time waits twice as long.
    private func retries(_ fate: inout DeviceFate, _ draw: DeviceDraw, _ isSlow: Bool, from moment: Int64) {
        var next = SeededGenerator(seed: draw.hash)
        let ackWithin = place.ackWithin
        var failures = 1
        while failures < AudienceDraws.triesMax, UInt32(next.next() >> 50) < lossParts { failures += 1 }
        fate.retry = tick(moment + ackWithin)
        guard failures < AudienceDraws.triesMax else {
            breaks(&fate, draw, isSlow, at: moment + ackWithin * (1 << AudienceDraws.triesMax - 1))
            return
        }
        let success = moment + ackWithin * (1 << failures - 1)
        fate.delivery = tick(success)
        fate.ack = tick(success + roundTrip(draw, isSlow, at: fate.delivery))
        // Every second time it was the ack that got lost: the device has it, and gets it twice.
        if next.next() & 1 == 0 {
            fate.applied = tick(moment + arrival(draw, isSlow, at: fate.send))
            fate.duplicate = tick(success + oneWay(draw, at: fate.delivery))
        } else {
            fate.applied = tick(success + arrival(draw, isSlow, at: fate.delivery))
        }
    }

    private func breaks(_ fate: inout DeviceFate, _ draw: DeviceDraw, _ isSlow: Bool, at moment: Int64) {
        fate.drop = tick(moment)
        fate.back = TickAxis.align(
            max(tick(moment + reconnectTime(draw.hash)), fate.drop == TickAxis.never ? fate.drop : fate.drop + 1),
            from: began)
        returns(&fate, draw, isSlow)
        fate.isReached = true
    }

    private func sendAgain(_ fate: inout DeviceFate, _ local: Int, _ draw: DeviceDraw, _ isSlow: Bool) {
        for resend in course.resends { sendAgain(&fate, local, draw, isSlow, at: resend) }
    }

    private func sendAgain(
        _ fate: inout DeviceFate, _ local: Int, _ draw: DeviceDraw, _ isSlow: Bool, at resend: Tick
    ) {
        guard fate.send <= resend, fate.ack > resend, fate.drop > resend || fate.back <= resend else { return }
        let spread = Int64(Double(local) / max(1, place.pace.sendsPerSecond) * 1000)
        let moment = milliseconds(resend + 1) + spread
        let again = TickAxis.tick(atMilliseconds: moment, from: resend)
        guard again < fate.ack, again < fate.drop || fate.back <= resend else { return }
        fate.retry = min(fate.retry, again)
        let luck = SeededGenerator.mix(draw.hash ^ UInt64(truncatingIfNeeded: resend))
        guard UInt32(luck >> 50) >= lossParts else { return }
        let ack = TickAxis.tick(atMilliseconds: moment + roundTrip(draw, isSlow, at: again), from: resend)
        guard ack < fate.ack else { return }
        let arrives = TickAxis.tick(atMilliseconds: moment + oneWay(draw, at: again), from: resend)
        if fate.applied <= arrives {
            fate.duplicate = min(fate.duplicate, arrives)
        } else {
            fate.applied = TickAxis.tick(atMilliseconds: moment + arrival(draw, isSlow, at: again), from: resend)
            if fate.duplicate > resend { fate.duplicate = TickAxis.never }
        }
        fate.delivery = again
        fate.ack = ack
        if fate.drop > resend {
            fate.drop = TickAxis.never
            fate.back = TickAxis.never
        }
    }
}
