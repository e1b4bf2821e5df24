import HeapModule

/// Many devices at once, for load and game days: their machines, their connections' bytes, and what they saw.
///
/// Pure: what sockets do comes in with the time, what sockets shall do goes out as actions. One loop owns it.
/// Everything that waits stands in one heap. Bounds: `FleetOptions.count` devices; a device waits for one connection
/// and one silence at a time, and for at most one ack per topic.
package struct DeviceFleet {
    package enum Action: Equatable, Sendable {
        case connect(device: Int, edge: Int)
        case send(device: Int, [UInt8])
        /// `isTorn`: as a cable is pulled, without a goodbye.
        case hangUp(device: Int, isTorn: Bool)
    }

    private enum Link {
        case away
        case connecting
        case upgrading(UpgradeAnswer)
        case open(WebSocketFrameDecoder)
        case over
    }

    private struct Member {
        var machine: DeviceMachine
        var link = Link.away
        var edge: Int
        /// Rises with every connection, so that what was due on an older one is not done.
        var connection: UInt32 = 0
        var heardAt = EngineInstant.start
        /// Wall time of the welcome: what was broadcast later is live.
        var welcomedAt: WallTime?
        var closeCode: UInt16?
        /// A stage was lost on purpose since the last one applied: its delay is no figure of the engine's.
        var isDisturbed = false
        var ackDue: [Bool]
    }

    private struct Due: Comparable {
        enum Kind { case connect, silence, ack(holding: Int), storm }
        var at: EngineInstant
        var number: UInt64
        var kind: Kind
        var device: Int
        var connection: UInt32
        static func < (left: Due, right: Due) -> Bool { (left.at, left.number) < (right.at, right.number) }
        static func == (left: Due, right: Due) -> Bool { left.number == right.number }
    }

    /// A connection that is not greeted by then is given up; later, one over which nothing came for three pings.
    private static let greetWithin = Duration.seconds(15)
    /// Frames of an edge; ours have 200 bytes, a catch-up joins several frames but stays single frames.
    private static let frameLimits = WebSocketFrameDecoder.Limits(messageBytesMax: 16 * 1024, isPeerMasked: false)

    package let options: FleetOptions
    package private(set) var actions: [Action] = []
    private var members: [Member]
    private var due = Heap<Due>()
    private var dueCount: UInt64 = 0
    private var random: SeededGenerator
    private var tally: FleetTally
    /// While the fleet comes to rest nothing is lost on purpose any more.
    private var isResting = false
    /// The frames of a broadcast are the same for everyone: the last one read serves the next device.
    private var lastRead: (json: [UInt8], message: EdgeMessage)?
    private var stormAt: EngineInstant?

    /// The first device connects at `now`, the others after it as `rampPerSecond` says.
    package init(_ options: FleetOptions, now: Moment) {
        self.options = options
        random = SeededGenerator(seed: options.seed)
        members = (0..<options.count).map { number in
            Member(
                machine: DeviceMachine(id: "\(options.name)-\(number)", make: options.make, topics: options.topics),
                edge: number % options.edges.count,
                ackDue: Array(repeating: false, count: options.topics.count))
        }
        tally = FleetTally(devices: options.count, topics: options.topics)
        for device in members.indices {
            let wait = Duration.seconds(1) * Double(device) / Double(options.rampPerSecond)
            schedule(.connect, device, at: now.instant + wait)
        }
        if let every = options.stormEvery { schedule(.storm, 0, at: now.instant + every) }
    }

    /// The figures so far.
    package var figures: FleetFigures {
        tally.figures(holdings: members.map { ($0.machine.holdings, $0.welcomedAt != nil) })
    }

    /// Devices that are greeted now, broadcasts seen, and whether everyone who is connected has the newest stages.
    package var connectedCount: Int { tally.connected }
    package var broadcastCount: Int { tally.broadcastCount }
    package var greetedCount: Int { tally.greetedCount }
    package var stormCount: Int { tally.stormCount }
    package var hasEveryoneTheNewest: Bool { tally.connected + tally.overCount == options.count && tally.lacking == 0 }
    /// Whether no device will ever connect again.
    package var isOver: Bool { tally.overCount == options.count }

    /// From now on nothing is lost on purpose and no storm strikes: what is still missing can arrive.
    package mutating func comeToRest() { isResting = true }

    // MARK: What sockets do

    /// The TCP connection is up.
    package mutating func connected(_ device: Int, now: Moment) {
        guard case .connecting = members[device].link else { return }
        members[device].heardAt = now.instant
        let key = WebSocketKey.key(from: random.next(), random.next())
        members[device].link = .upgrading(UpgradeAnswer(key: key))
        actions.append(
            .send(device: device, UpgradeAnswer.request(host: options.edges[members[device].edge], key: key)))
    }

    /// Bytes came.
    package mutating func received(_ device: Int, _ bytes: UnsafeRawBufferPointer, now: Moment) {
        members[device].heardAt = now.instant
        var offset = 0
        if case .upgrading(var answer) = members[device].link {
            let outcome = answer.receive(bytes, offset: &offset)
            members[device].link = .upgrading(answer)
            switch outcome {
            case .unfinished: return
            case .accepted:
                members[device].link = .open(WebSocketFrameDecoder(limits: Self.frameLimits))
                say(members[device].machine.hello(), device)
            case .refused(let status, let retryAfter):
                return refused(device, status, retryAfter, now)
            }
        }
        while case .open(var decoder) = members[device].link {
            members[device].link = .connecting
            do {
                let event = try decoder.next(bytes, offset: &offset)
                members[device].link = .open(decoder)
                guard let event else { return }
                take(event, device, now)
            } catch {
                members[device].link = .open(decoder)
                tally.noteNonsense("a frame that RFC 6455 does not allow (\(error.code))")
                return hangUp(device, isTorn: false, now)
            }
        }
    }

    /// The TCP connection ended, or could not be had.
    package mutating func ended(_ device: Int, now: Moment) {
        switch members[device].link {
        case .away, .over: return
        case .connecting, .upgrading: tally.noteRefused(0)
        case .open: tally.noteEnded(members[device].closeCode)
        }
        let code = members[device].closeCode
        let ending = members[device].machine.ended(code: code, using: &random)
        leave(device, ending, Int(code ?? 0), now)
    }

    private mutating func refused(_ device: Int, _ status: Int, _ retryAfter: Int?, _ now: Moment) {
        tally.noteRefused(status)
        let ending = members[device].machine.refused(status: status, retryAfter: retryAfter, using: &random)
        actions.append(.hangUp(device: device, isTorn: false))
        leave(device, ending, status, now)
    }

    /// The device ends the connection itself.
    private mutating func hangUp(_ device: Int, isTorn: Bool, _ now: Moment) {
        actions.append(.hangUp(device: device, isTorn: isTorn))
        ended(device, now: now)
    }

    private mutating func leave(_ device: Int, _ ending: DeviceMachine.Ending, _ code: Int, _ now: Moment) {
        if members[device].welcomedAt != nil { tally.noteAway(members[device].machine.holdings) }
        members[device].welcomedAt = nil
        members[device].closeCode = nil
        members[device].connection &+= 1
        for index in members[device].ackDue.indices { members[device].ackDue[index] = false }
        guard options.reconnect != .never, case .retry(let delay, let elsewhere) = ending else {
            members[device].link = .over
            tally.noteOver(code, wasTold: ending == .over)
            return
        }
        members[device].link = .away
        if elsewhere { members[device].edge = (members[device].edge + 1) % options.edges.count }
        schedule(.connect, device, at: now.instant + (options.reconnect == .atOnce ? .zero : delay))
    }

    // MARK: What the edge says

    private mutating func take(_ event: WebSocketFrameDecoder.Event, _ device: Int, _ now: Moment) {
        switch event {
        case .text(let json): read(json, device, now)
        case .ping(let payload): send(.pong, payload, device)
        case .pong: break
        case .close(let code):
            members[device].closeCode = code
            send(.close, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [], device)
            // RFC 6455 7.1.1 lets the server end the TCP connection; a device that has been told why does not wait for
            // it.
            hangUp(device, isTorn: false, now)
        case .binary:
            tally.noteNonsense("a binary message")
            hangUp(device, isTorn: false, now)
        }
    }

    private mutating func read(_ json: [UInt8], _ device: Int, _ now: Moment) {
        let message: EdgeMessage
        if let lastRead, lastRead.json == json {
            message = lastRead.message
        } else {
            guard let read = try? EdgeMessage(json: json) else {
                return tally.noteNonsense(String(decoding: json, as: UTF8.self))
            }
            message = read
            lastRead = (json, read)
        }
        var before: BroadcastPosition?
        if case .reset(let topic, _, _, _) = message { before = members[device].machine.position(of: topic) }
        if case .stage = message, isLost() {
            members[device].isDisturbed = true
            return
        }
        let taken = members[device].machine.take(message, now: now.instant)
        if case .reset(let holding, let reason) = taken {
            tally.noteReset(reason, holding, before: before, members[device].machine.holdings[holding])
        }
        act(on: taken, message, device, now)
    }

    private mutating func act(on taken: DeviceMachine.Taken, _ message: EdgeMessage, _ device: Int, _ now: Moment) {
        switch taken {
        case .welcomed:
            members[device].welcomedAt = now.wall
            tally.noteGreeted(members[device].machine.holdings)
        case .applied(let holding, let wasGap):
            guard case .stage(_, let stage, let position) = message else { return }
            let isLive = members[device].welcomedAt.map { $0 <= position.timestamp } ?? false
            let arrival = FleetTally.Arrival(
                holding: holding, stage: stage, position: position, isLive: isLive,
                delay: members[device].isDisturbed || wasGap ? nil : now.wall.since(position.timestamp))
            members[device].isDisturbed = false
            tally.noteApplied(arrival, closesGap: wasGap && members[device].machine.holdings[holding].gapSaidAt == nil)
            ackLater(device, holding, now)
        case .reset(let holding, _):
            members[device].isDisturbed = false
            ackLater(device, holding, now)
        case .copy(let holding, let isOutOfOrder):
            tally.noteCopy(isOutOfOrder: isOutOfOrder)
            ackLater(device, holding, now)
        case .gap(let holding, let ask):
            if ask {
                tally.noteGap()
                say(members[device].machine.catchUpRequest(holding), device)
            }
        case .nonsense(let words):
            tally.noteNonsense(words)
        }
        if let began = stormAt, hasEveryoneTheNewest {
            stormAt = nil
            tally.noteStormOver(after: now.instant - began)
        }
    }

    // MARK: What devices say

    private mutating func ackLater(_ device: Int, _ holding: Int, _ now: Moment) {
        guard options.ackDelay > .zero else { return ack(device, holding) }
        guard !members[device].ackDue[holding] else { return }
        members[device].ackDue[holding] = true
        schedule(.ack(holding: holding), device, at: now.instant + options.ackDelay)
    }

    private mutating func ack(_ device: Int, _ holding: Int) {
        guard let message = members[device].machine.ack(holding), !isLost() else { return }
        say(message, device)
    }

    /// Whether the next stage or ack gets lost on purpose.
    private mutating func isLost() -> Bool {
        guard options.loss > 0, !isResting, random.drawShare() < options.loss else { return false }
        tally.noteLostOnPurpose()
        return true
    }

    private mutating func say(_ message: DeviceMessage, _ device: Int) { send(.text, Array(message.json.utf8), device) }

    private mutating func send(_ opcode: WebSocketFrameDecoder.Opcode, _ payload: [UInt8], _ device: Int) {
        let key = UInt32(truncatingIfNeeded: random.next())
        actions.append(.send(device: device, WebSocketFrame.encode(opcode, payload, maskedWith: key)))
    }

    package mutating func takeActions(into scratch: inout [Action]) {
        scratch.removeAll(keepingCapacity: true)
        swap(&actions, &scratch)
    }

    // MARK: Time

    private mutating func schedule(_ kind: Due.Kind, _ device: Int, at: EngineInstant) {
        dueCount += 1
        due.insert(Due(at: at, number: dueCount, kind: kind, device: device, connection: members[device].connection))
    }

    /// The earliest moment at which `tick` has something to do; nil when never.
    package var nextDeadline: EngineInstant? { due.min?.at }

    /// Does what has fallen due, at most `budget` things, so that sockets are heard in between.
    package mutating func tick(now: Moment, budget: Int = 512) {
        for _ in 0..<budget {
            guard let next = due.min, next.at <= now.instant else { return }
            due.removeMin()
            if case .storm = next.kind {
                strike(now)
            } else if members[next.device].connection == next.connection {
                perform(next, now)
            }
        }
    }

    private mutating func perform(_ next: Due, _ now: Moment) {
        let device = next.device
        switch next.kind {
        case .connect:
            guard case .away = members[device].link else { return }
            members[device].link = .connecting
            members[device].heardAt = now.instant
            actions.append(.connect(device: device, edge: members[device].edge))
            schedule(.silence, device, at: now.instant + Self.greetWithin)
        case .silence:
            let patience = members[device].machine.isWelcomed
                ? Duration.milliseconds(3 * (members[device].machine.welcome?.pingEvery ?? 25_000)) : Self.greetWithin
            guard now.instant - members[device].heardAt >= patience else {
                return schedule(.silence, device, at: members[device].heardAt + patience)
            }
            hangUp(device, isTorn: false, now)
        case .ack(let holding):
            members[device].ackDue[holding] = false
            ack(device, holding)
        case .storm: break
        }
    }

    /// Every connection is torn at once.
    private mutating func strike(_ now: Moment) {
        guard !isResting, let every = options.stormEvery else { return }
        schedule(.storm, 0, at: now.instant + every)
        // Not before the last one is over.
        guard stormAt == nil, tally.connected > 0 else { return }
        stormAt = now.instant
        for device in members.indices {
            switch members[device].link {
            case .away, .over: break
            default: hangUp(device, isTorn: true, now)
            }
        }
    }
}
