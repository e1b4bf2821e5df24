/// The newest snapshot in the Prometheus text format, version 0.0.4.
///
/// Series are bounded: the first `seriesMax.events` live events and `seriesMax.nodes` edge nodes are labelled, what is
/// left out is counted in `control_room_series_omitted`. Label values are escaped and cut at 128 characters.
///
/// - Parameter lostTelemetry: lines of telemetry that the disk did not take; nil where none is written.
func metricsText(of snapshot: EngineSnapshot?, at now: WallTime, version: String, lostTelemetry: Int? = nil) -> String {
    var page = MetricsPage()
    page.family("control_room_build_info", .gauge, "The program that answers; always 1.") {
        $0.sample(["version": version], 1)
    }
    page.family("control_room_up", .gauge, "Whether the engine has drawn a snapshot.") {
        $0.sample(snapshot == nil ? 0 : 1)
    }
    if let lostTelemetry {
        page.family(
            "control_room_telemetry_lost_total", .counter,
            "Lines of telemetry that the disk was too slow for or did not take."
        ) { $0.sample(lostTelemetry) }
    }
    guard let snapshot else { return page.text }
    page.engine(snapshot, now)
    page.events(Array(snapshot.events.prefix(seriesMax.events)))
    page.broadcasts(newestOfEachEvent(snapshot))
    page.nodes(Array(snapshot.nodes.prefix(seriesMax.nodes)))
    if let report = snapshot.traffic { page.traffic(report, snapshot) }
    page.family("control_room_series_omitted", .gauge, "Things beyond the bound on labels, left out of this page.") {
        $0.sample(["of": "events"], max(0, snapshot.events.count - seriesMax.events))
        $0.sample(["of": "nodes"], max(0, snapshot.nodes.count - seriesMax.nodes))
    }
    return page.text
}

private let seriesMax = (events: 250, nodes: 512)

/// The newest broadcast of each event, in order of the events.
private func newestOfEachEvent(_ snapshot: EngineSnapshot) -> [BroadcastSnapshot] {
    snapshot.events.prefix(seriesMax.events).compactMap { event in
        snapshot.broadcasts.filter { $0.record.event == event.id }.max { $0.id < $1.id }
    }
}

private func seconds(_ milliseconds: Milliseconds) -> Double { Double(milliseconds) / 1000 }

/// Writes families: a HELP and a TYPE line, then the samples. A family without samples leaves no line.
struct MetricsPage {
    enum Kind: String { case counter, gauge }

    private(set) var text = ""

    struct Family {
        let name: String
        fileprivate(set) var lines = ""

        mutating func sample(_ value: some BinaryInteger) { write([:], "\(value)") }
        mutating func sample(_ value: Double) { write([:], "\(value)") }
        mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: some BinaryInteger) {
            write(labels, "\(value)")
        }
        mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: Double) { write(labels, "\(value)") }

        private mutating func write(_ labels: KeyValuePairs<String, String>, _ value: String) {
            let list = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            lines += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
        }

        private static func escaped(_ value: String) -> String {
            var result = ""
            for character in value.prefix(128).unicodeScalars {
                switch character {
                case "\\": result += "\\\\"
                case "\"": result += "\\\""
                case "\n": result += "\\n"
                // Other control characters have no escape in this format.
                case _ where character.properties.generalCategory == .control: result += "\u{FFFD}"
                default: result.unicodeScalars.append(character)
                }
            }
            return result
        }
    }

    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ fill: (inout Family) -> Void) {
        var family = Family(name: name)
        fill(&family)
        guard !family.lines.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n\(family.lines)"
    }

    mutating func engine(_ snapshot: EngineSnapshot, _ now: WallTime) {
        family(
            "control_room_snapshot_age_seconds", .gauge,
            "Time since the engine drew the snapshot that this page is made of."
        ) {
            $0.sample(seconds(max(0, now.since(snapshot.at))))
        }
        family("control_room_snapshots_total", .counter, "Snapshots drawn since the engine started.") {
            $0.sample(snapshot.number)
        }
        family("control_room_start_time_seconds", .gauge, "When the engine started, seconds since 1970.") {
            $0.sample(seconds(snapshot.engine.startedAt.milliseconds))
        }
        family(
            "control_room_clock_drift_seconds", .gauge,
            "How far the wall clock moved against the monotonic one since the start."
        ) {
            $0.sample(seconds(snapshot.engine.clockDrift))
        }
        family("control_room_mode", .gauge, "Whether commands take effect: 1 for the mode the engine is in.") {
            $0.sample(["mode": snapshot.mode.rawValue], 1)
        }
        family("control_room_journal_entries_total", .counter, "Number of the newest journal entry of this database.") {
            if let newest = snapshot.journal.first { $0.sample(newest.number) }
        }
        family("control_room_events", .gauge, "Live events in the run of show.") { $0.sample(snapshot.events.count) }
        family("control_room_operators", .gauge, "Operators at terminals.") { $0.sample(snapshot.operators.count) }
        family("control_room_plans_pending", .gauge, "Plans that are armed or wait for a second operator.") {
            $0.sample(snapshot.pending.count)
        }
        family("control_room_alerts", .gauge, "Alerts that stand, by severity.") { family in
            for severity in [Severity.info, .warn, .critical] {
                family.sample(["severity": "\(severity)"], snapshot.alerts.count { $0.severity == severity })
            }
        }
        family("control_room_devices", .gauge, "Devices by kind and state.") { family in
            Self.devices(&family, [:], snapshot.load.real, snapshot.load.modelled)
        }
        family("control_room_acks_per_second", .gauge, "Acks in the last second, real and modelled together.") {
            $0.sample(snapshot.load.ackRate)
        }
    }

    private static func devices(
        _ family: inout Family, _ labels: KeyValuePairs<String, String>, _ real: DeviceCounts, _ modelled: DeviceCounts
    ) {
        let event = labels.first?.value
        for (kind, counts) in [("real", real), ("modelled", modelled)] {
            for (state, count) in [
                ("connected", counts.connected), ("known", counts.known), ("prefetched", counts.prefetched),
            ] {
                guard let count else { continue }
                if let event {
                    family.sample(["event": event, "kind": kind, "state": state], count)
                } else {
                    family.sample(["kind": kind, "state": state], count)
                }
            }
        }
    }

    mutating func events(_ events: [EventSnapshot]) {
        family("control_room_event_info", .gauge, "What a live event is and which stage is on air; always 1.") {
            family in
            for event in events {
                family.sample(
                    ["event": event.id.rawValue, "tier": event.tier.rawValue, "stage": event.current?.rawValue ?? ""], 1
                )
            }
        }
        family("control_room_event_held", .gauge, "Whether the T-clock is held.") { family in
            for event in events { family.sample(["event": event.id.rawValue], event.hold == nil ? 0 : 1) }
        }
        family(
            "control_room_event_countdown_seconds", .gauge,
            "T-clock: time to the next stage, negative when overdue; absent when it is on cue."
        ) { family in
            for event in events {
                if let countdown = event.countdown { family.sample(["event": event.id.rawValue], seconds(countdown)) }
            }
        }
        family("control_room_event_attention", .gauge, "0 calm, 1 info, 2 act soon, 3 act now.") { family in
            for event in events { family.sample(["event": event.id.rawValue], event.attention.severity.rawValue) }
        }
        family("control_room_event_gate_go", .gauge, "Gates before the next stage: 1 GO, 0 NO-GO or no vote.") {
            family in
            for event in events {
                for gate in event.gates {
                    family.sample(["event": event.id.rawValue, "gate": gate.name], gate.isGo == true ? 1 : 0)
                }
            }
        }
        family("control_room_event_devices", .gauge, "Devices of a live event by kind and state.") { family in
            for event in events { Self.devices(&family, ["event": event.id.rawValue], event.real, event.modelled) }
        }
    }

    mutating func broadcasts(_ newest: [BroadcastSnapshot]) {
        family("control_room_event_broadcasts_total", .counter, "Broadcasts of a live event's topic, of this database.")
        { family in
            for broadcast in newest {
                family.sample(
                    ["event": broadcast.record.event.rawValue], broadcast.record.publication.position.sequence)
            }
        }
        family("control_room_broadcast_devices", .gauge, "Ledger of a live event's newest broadcast, by kind and line.")
        { family in
            for broadcast in newest {
                let figures = broadcast.record.figures, event = broadcast.record.event.rawValue
                for (kind, ledger) in [("real", figures.real), ("modelled", figures.modelled)] {
                    for (line, count) in ledger.lines {
                        family.sample(["event": event, "kind": kind, "line": line], count)
                    }
                }
            }
        }
        family("control_room_broadcast_balanced", .gauge, "Whether the ledger of the newest broadcast adds up.") {
            family in
            for broadcast in newest {
                family.sample(["event": broadcast.record.event.rawValue], broadcast.isBalanced ? 1 : 0)
            }
        }
        family(
            "control_room_broadcast_ack_lag_seconds", .gauge,
            "From a device's own send to its ack, newest broadcast, by quantile."
        ) { family in
            for broadcast in newest {
                for (quantile, lag) in [
                    ("0.5", broadcast.lag50), ("0.95", broadcast.lag95), ("0.99", broadcast.lag99),
                    ("1", broadcast.lagMax),
                ] {
                    if let lag {
                        family.sample(["event": broadcast.record.event.rawValue, "quantile": quantile], seconds(lag))
                    }
                }
            }
        }
        family(
            "control_room_broadcast_completion_seconds", .gauge,
            "From the broadcast's timestamp until this share of the devices connected then had acked."
        ) { family in
            for broadcast in newest {
                let figures = broadcast.record.figures
                for (share, time) in [
                    ("0.5", figures.t50), ("0.9", figures.t90), ("0.99", figures.t99), ("0.999", figures.t999),
                ] {
                    if let time {
                        family.sample(["event": broadcast.record.event.rawValue, "share": share], seconds(time))
                    }
                }
            }
        }
    }

    mutating func nodes(_ nodes: [NodeSnapshot]) {
        func each(_ name: String, _ help: String, _ value: (NodeSnapshot) -> Double) {
            family(name, .gauge, help) { family in
                for node in nodes {
                    family.sample(
                        [
                            "node": node.id.rawValue, "kind": node.description.kind.rawValue,
                            "region": node.description.region,
                        ],
                        value(node))
                }
            }
        }
        each("control_room_node_up", "Whether an edge node is heard from.") { $0.state == .stale ? 0 : 1 }
        each("control_room_node_connections", "Connections of an edge node.") { Double($0.connections) }
        each("control_room_node_connections_limit", "Most connections an edge node takes.") {
            Double($0.description.connectionsMax)
        }
        each("control_room_node_offline_devices", "Known devices of an edge node that are not connected.") {
            Double($0.offline)
        }
        each("control_room_node_queued_bytes", "Bytes waiting in an edge node's outbound buffers.") {
            Double($0.queuedBytes)
        }
        each("control_room_node_topics", "Topics an edge node has interest in.") { Double($0.topicCount) }
        each("control_room_node_silence_seconds", "Time since an edge node was last heard.") { seconds($0.silence) }
    }
}

extension DeliveryLedger {
    /// Its lines by name, in the order of the identities.
    fileprivate var lines: [(String, Int)] {
        [
            ("known", known), ("connected", connected), ("offline", offline), ("acked", acked), ("waiting", waiting),
            ("retrying", retrying), ("dropped", dropped), ("not-sent", notSent), ("unknown-stage", unknownStage),
            ("owed", owed),
            ("caught-up", caughtUp), ("expired", expired), ("duplicates", duplicates), ("joined", joined),
        ]
    }
}
