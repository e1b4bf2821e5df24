import Engine
import Foundation
import Synchronization

/// Runs a fleet on real sockets until its time is over, and tells as it goes.
///
/// After the end nothing is lost on purpose any more and the fleet waits until everyone has the newest stage, or for as
/// long as the edge may take to send it again.
struct FleetLoop {
    /// When a fleet has seen enough.
    struct Ending {
        var after: Duration?
        /// New broadcasts that were seen since everyone first was connected.
        var broadcasts: Int?
    }

    /// The edge sends again what was not acked for 10 s; half as much again for what is on its way.
    private static let restMax = Duration.seconds(15)
    /// Nobody gets in for this long: there is no edge.
    private static let unavailableAfter = Duration.seconds(30)

    private let ending: Ending
    private let time = SystemTime()
    private let sockets: FleetSockets
    private var fleet: DeviceFleet
    private var scratch: [DeviceFleet.Action] = []
    private var broadcastsAtStart: Int?
    private var restUntil: EngineInstant?

    init(_ options: FleetOptions, _ addresses: [SocketAddress], _ ending: Ending) throws {
        self.ending = ending
        sockets = try FleetSockets(devices: options.count, addresses: addresses)
        fleet = DeviceFleet(options, now: time.now())
    }

    /// - Parameter tell: a line for people, now and then.
    mutating func run(tell: (String) -> Void) -> FleetFigures {
        var teller = FleetTeller(options: fleet.options)
        while !isDone() {
            fleet.tick(now: time.now())
            perform()
            sockets.wait(timeout: timeout()) { event in
                let now = time.now()
                switch event {
                case .connected(let device): fleet.connected(device, now: now)
                case .received(let device, let bytes): fleet.received(device, bytes, now: now)
                case .ended(let device): fleet.ended(device, now: now)
                }
                perform()
            }
            if let line = teller.line(fleet, now: time.now().instant) { tell(line) }
        }
        return fleet.figures
    }

    private mutating func perform() {
        fleet.takeActions(into: &scratch)
        for action in scratch {
            switch action {
            case .connect(let device, let edge): sockets.connect(device, to: edge)
            case .send(let device, let bytes): sockets.send(bytes, from: device)
            case .hangUp(let device, let isTorn): sockets.hangUp(device, isTorn: isTorn)
            }
        }
    }

    private func timeout() -> Int32 {
        guard let next = fleet.nextDeadline else { return 100 }
        return Int32(min(100, max(0, (next - time.now().instant).wholeMilliseconds)))
    }

    private mutating func isDone() -> Bool {
        let now = time.now().instant
        if StopRequest.isRaised || fleet.isOver { return true }
        if let restUntil { return fleet.hasEveryoneTheNewest || now >= restUntil }
        if broadcastsAtStart == nil, fleet.connectedCount == fleet.options.count {
            broadcastsAtStart = fleet.broadcastCount
        }
        let hasTime = ending.after.map { now - .start < $0 } ?? true
        let wantsMore =
            ending.broadcasts.map { fleet.broadcastCount - (broadcastsAtStart ?? fleet.broadcastCount) < $0 } ?? true
        let isDeaf = fleet.greetedCount == 0 && now - .start >= Self.unavailableAfter
        guard !hasTime || !wantsMore || isDeaf else { return false }
        fleet.comeToRest()
        restUntil = now + (isDeaf ? .zero : Self.restMax)
        return false
    }
}

/// INT or TERM: the fleet stops and says what it saw; the second one ends the process at once.
enum StopRequest {
    private static let raised = Atomic<Bool>(false)
    static var isRaised: Bool { raised.load(ordering: .relaxed) }

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                StopRequest.raised.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
