@testable import ControlRoom
import Engine
import TestSupport

/// Time to build one frame of each screen on the two fullest nights (512 edge nodes; one of them with thirty events,
/// forty alerts and full pages of history).
func measureFrames(_ report: inout Report) {
    let sizes = [
        (Size(width: 200, height: 60), 16.0), (Size(width: 120, height: 36), 16.0), (Size(width: 80, height: 24), 4.0),
    ]
    let nights = [("full", EngineSnapshot.overflowing), ("big bet", EngineSnapshot.bigBet)]
    for (size, budget) in sizes {
        for screen in Screen.allCases {
            for (night, snapshot) in nights {
                let state = room(on: screen, size, snapshot)
                for _ in 0..<10 { _ = render(state) }
                let samples = (0..<200).map { _ in
                    measure { precondition(render(state).size == size) }.nanoseconds / 1e6
                }
                report.add(
                    "frame \(size.width)×\(size.height) \(screen.title), \(night)", samples, unit: "ms", budget: budget)
            }
        }
    }
}

/// A room that an operator has brought to `screen`, with its questions to the engine answered.
private func room(on screen: Screen, _ size: Size, _ snapshot: EngineSnapshot) -> AppState {
    let now = Moment(instant: .start, wall: snapshot.at)
    var state = AppState(options: RoomOptions(person: AuditFixture.kris), size: size, now: now)
    _ = update(&state, .pulled(snapshot, outage: nil, at: now))
    let effects = update(&state, .key(.character(Character("\(screen.rawValue)")), at: now))
    for case .command(let ticket, let command) in effects {
        switch command {
        case .history:
            let records = (0..<200).map { snapshot.broadcasts[$0 % snapshot.broadcasts.count].record }
            _ = update(&state, .reply(ticket, .history(records), at: now))
        case .audit:
            _ = update(&state, .reply(ticket, .audit(snapshot.journal), at: now))
        default: break
        }
    }
    precondition(state.screen == screen)
    return state
}
