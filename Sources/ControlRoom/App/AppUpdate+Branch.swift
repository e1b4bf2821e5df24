import Engine

/// What if: from the cursor of a replay one thing is changed and the showing played again, beside the show.
extension AppState {
    /// What is asked for of a branch.
    enum BranchCommand: Hashable, Sendable {
        case play(BranchChange, seed: UInt64)
        /// Opens the changed re-run itself, as a rehearsal.
        case look
        case close
    }

    mutating func run(_ command: BranchCommand) -> [AppEffect] {
        switch command {
        case .play(let change, let seed): return askForBranch(change, seed: seed)
        case .close:
            branch = nil
            return []
        case .look:
            guard let branch else {
                say("Nothing has been branched: :whatif hold 90s in a replay, for example")
                return []
            }
            let moment = branch.report.moment
            return open(branch.recording) + goTo(moment)
        }
    }

    /// Asks for what the showing can be played again from.
    private mutating func askForBranch(_ change: BranchChange, seed: UInt64) -> [AppEffect] {
        guard let replay, rehearsal == nil else {
            say("A branch begins in a replay of what happened: 8 History, Enter on an event, then w", .warn)
            return []
        }
        guard !isPlayingRehearsal else {
            say("A rehearsal is being played already: wait until it is done")
            return []
        }
        return send(.recording(.script(replay.timeline.showing)), for: .branch(change, at: replay.wall, seed: seed))
    }

    mutating func beginBranch(_ script: ShowScript?, _ change: BranchChange, at moment: WallTime, seed: UInt64)
        -> [AppEffect]
    {
        guard let script else {
            say("The plan of this showing is not in the database any more: it cannot be played again", .warn)
            return []
        }
        let rerun = Rerun(script, change: change, at: moment)
        if let fault = rerun.fault {
            say(fault, .warn)
            return []
        }
        isPlayingRehearsal = true
        say(
            "Playing \(script.event.code) again from \(Format.time(moment)), \(change.words(in: script, at: moment)); the show goes on meanwhile"
        )
        return [.branch(rerun, seed: seed)]
    }

    mutating func receive(_ branch: PlayedBranch?) {
        isPlayingRehearsal = false
        guard let branch else {
            say("The branch was not finished", .warn)
            return
        }
        self.branch = branch
        let changed = branch.report.lines.count(where: \.isDifferent)
        say(
            "What if, \(branch.report.change): \(changed) of \(branch.report.lines.count) figures differ. 8 shows them below the timeline"
        )
    }
}

/// A branch that has been played: its table, and the changed re-run to look at.
struct PlayedBranch: Hashable, Sendable {
    var report: BranchReport
    var recording: RehearsalRecording?
}
