import Engine

/// The promises of RELIABILITY.md 4 that a simulation watches, each by what it alone sees: what was written to the
/// journal, what left for the nodes, what came to the devices. It knows nothing of how the engine works.
struct Checker {
    /// The first promise broken, in words; the simulation stops there.
    private(set) var violation: String?

    /// One content per position, for ever: by topic and sequence.
    private(set) var committed: [Topic: [Publication]] = [:]
    private var runs: [EventID: RunOfShow] = [:]
    private(set) var entryCount: EntryNumber = 0
    private(set) var lastBroadcastAt: Int64 = 0

    mutating func fail(_ invariant: String, _ sentence: String) {
        if violation == nil { violation = "\(invariant): \(sentence)" }
    }

    mutating func require(_ holds: Bool, _ invariant: String, _ sentence: @autoclosure () -> String) {
        if !holds { fail(invariant, sentence()) }
    }

    // MARK: The journal

    /// - Parameters:
    ///   - scheduleTime: the wall clock as it was when this engine started, run on by the monotonic clock.
    ///   - healthyFor: how long engine and journal have worked without a fault, ms.
    mutating func wrote(_ batch: JournalBatch, scheduleTime: WallTime, healthyFor: Milliseconds, at now: Int64) {
        entryCount += Int64(batch.entries.count)
        for record in batch.broadcasts {
            let sent = record.publication, topic = sent.topic
            let sequence = sent.position.sequence
            let known = committed[topic]?.count ?? 0
            if let old = committed[topic]?.dropFirst(Int(sequence) - 1).first {
                let isKept = isSame(old, sent)
                require(
                    isKept, "INV-7",
                    "\(topic) \(sequence) was '\(old.stage)' at \(old.position), is now '\(sent.stage)' at \(sent.position)"
                )
                committed[topic]![Int(sequence) - 1].isAborted = old.isAborted || sent.isAborted
                continue
            }
            require(sequence == Int64(known) + 1, "INV-7", "\(topic) goes from \(known) to \(sequence)")
            if let last = committed[topic]?.last {
                require(
                    last.position.timestamp < sent.position.timestamp, "INV-7",
                    "\(topic) timestamps do not rise at \(sequence)")
            }
            committed[topic, default: []].append(sent)
            lastBroadcastAt = now
            checkFiring(record, batch, scheduleTime, healthyFor)
        }
        for run in batch.runs { runs[run.id] = run }
    }

    /// A stage that goes on air by itself: once, from ahead, not early, and not late while all is well.
    private mutating func checkFiring(
        _ record: BroadcastRecord, _ batch: JournalBatch, _ time: WallTime, _ healthyFor: Milliseconds
    ) {
        let key = record.publication.stage
        guard record.actor == .engine,
            let before = runs[record.event] ?? batch.runs.first(where: { $0.id == record.event }),
            let index = before.index(of: key) else { return }
        if let known = runs[record.event] {
            require(known.progress[index].outcome == .upcoming, "INV-13", "'\(key)' of \(record.event) fired twice")
            require(known.hold == nil, "INV-13", "'\(key)' of \(record.event) fired while the clock was held")
        }
        guard let planned = record.planned else { return fail("INV-13", "'\(key)' fired without a planned time") }
        // A stage behind a manual one, a hold or a move can only fire once they are done with.
        let late = time.since(planned), free = min(late, time.since(before.changedAt))
        require(late >= 0, "INV-13", "'\(key)' of \(record.event) fired \(-late) ms before its time")
        let isOneOfMany = batch.broadcasts.filter { $0.event == record.event && $0.state == .sending }.count > 1
        require(
            free <= 300 || free >= healthyFor || isOneOfMany, "INV-14",
            "'\(key)' of \(record.event) fired \(late) ms late with nothing wrong for \(healthyFor) ms")
    }

    private func isSame(_ left: Publication, _ right: Publication) -> Bool {
        left.position == right.position && left.stage == right.stage && left.broadcast == right.broadcast
    }

    func isCommitted(_ topic: Topic, _ stage: StageKey, _ position: BroadcastPosition) -> Bool {
        guard let known = committed[topic]?.dropFirst(Int(max(1, position.sequence)) - 1).first else { return false }
        return known.position == position && known.stage == stage
    }

    func newest(of topic: Topic) -> Publication? { committed[topic]?.last { !$0.isAborted } }

    func hasAborted(_ topic: Topic, after: Int64, upTo: Int64) -> Bool {
        (committed[topic] ?? []).contains {
            $0.isAborted && $0.position.sequence > after && $0.position.sequence <= upTo
        }
    }

    // MARK: The bus

    mutating func left(_ message: RouterMessage) {
        switch message {
        case .publish(let publication): checkPhantom(publication)
        case .topicLog(let topic, let list, _):
            for publication in list { checkPhantom(publication) }
            for (first, second) in zip(list, list.dropFirst()) {
                require(
                    first.position.sequence + 1 == second.position.sequence, "INV-7",
                    "a log of \(topic) has a gap after \(first.position)")
            }
        case .unknownTopic(let topic): fail("INV-1", "\(topic) exists, but a node is told that it does not")
        case .abort, .resend, .duty, .order, .lagWanted, .drill: break
        }
    }

    private mutating func checkPhantom(_ publication: Publication) {
        let isOnDisk = isCommitted(publication.topic, publication.stage, publication.position)
        require(isOnDisk, "INV-6",
                "\(publication.topic) \(publication.position) '\(publication.stage)' left before it was on disk")
    }

    mutating func heard(_ report: NodeReport) {
        for delivery in report.broadcasts {
            require(
                delivery.ledger.isBalanced, "ledger",
                "\(report.node) \(delivery.topic) \(delivery.sequence): \(delivery.ledger)")
        }
    }

    // MARK: The operator

    mutating func told(_ reply: EngineReply) {
        guard case .done(let number?, let words) = reply else { return }
        let isOnDisk = number <= entryCount
        require(isOnDisk, "INV-9", "told '\(words)' as entry \(number), but the journal ends before")
    }

    // MARK: In the end

    mutating func settled(_ plane: RunsAtEnd, scheduleTime: WallTime) {
        for run in plane.runs {
            guard let next = run.nextAutomatic else { continue }
            require(
                scheduleTime.since(next.at) < 1000, "INV-14",
                "'\(next.key)' of \(run.id) was due \(scheduleTime.since(next.at)) ms ago and has not fired")
        }
        require(!plane.isPromiseBroken, "ledger", "the engine found a ledger that does not add up")
    }

    struct RunsAtEnd {
        var runs: [RunOfShow]
        var isPromiseBroken: Bool
    }
}
