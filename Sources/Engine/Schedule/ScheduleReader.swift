/// Schedule files read and judged as a whole: the live events, and everything that is wrong.
public struct ScheduleReading: Hashable, Sendable {
    /// Events without a fault of their own, in the order of files and entries. To be run only if `isValid`:
    /// a schedule is taken whole or not at all.
    public var events: [LiveEvent] = []
    /// Faults in the order of files and places; of each file at most the first 1000.
    public var problems: [ScheduleProblem] = []
    /// What is legal and worth knowing, in the same order: an ending that fires by itself, an event under way.
    public var notes: [ScheduleNote] = []
    /// Every fault, those beyond `problems` as well.
    public var problemCount = 0
    /// The ceilings of the installation, where a file gives them; else the defaults.
    public var capacity = EdgeCapacity()

    private var files: [EventID: String] = [:]

    public init() {}

    init(drafts: [EventDraft], logs: [ProblemLog]) {
        events = drafts.compactMap(\.event)
        for draft in drafts { if let event = draft.event { files[event.id] = files[event.id] ?? draft.file } }
        for log in logs {
            problems += log.problems.sorted { ($0.line, $0.column, $0.what) < ($1.line, $1.column, $1.what) }
            notes += log.notes.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            problemCount += log.problemCount
        }
    }

    /// The events that stand in the file of this name.
    public func events(of file: String) -> [LiveEvent] { events.filter { files[$0.id] == file } }

    public var isValid: Bool { problemCount == 0 }

    /// The problems as lines, at most `limit` of them, then one that counts the rest: `and 17 more`.
    public func report(limit: Int = 100) -> [String] {
        let lines = problems.prefix(limit).map(\.description)
        return problemCount > lines.count ? lines + ["and \(problemCount - lines.count) more"] : lines
    }
}

/// Reads schedule files. Pure: bytes and the time come in, events and problems go out.
///
/// The way of a file: `ScheduleText` makes text of bytes, `YAMLNode` a tree of text, `EventReader` and
/// `StageReader` make events of the tree, `StageOrder` judges stages against each other. Each reports and goes on.
public enum ScheduleReader {
    /// Most events of all files together.
    public static let eventsMax = 1000

    /// - Parameters:
    ///   - files: together they are one schedule: no id or code may occur in two of them.
    ///   - now: what the wall clock shows, to tell a start in the past.
    ///   - running: events the engine already runs. That all their times are past is a note, no fault, so
    ///     that an engine which comes back in the middle of a show can read the show's file.
    public static func read(_ files: [ScheduleFile], now: WallTime, running: Set<EventID> = []) -> ScheduleReading {
        var logs: [ProblemLog] = []
        var drafts: [EventDraft] = []
        var firstOf: [EventID: EventDraft] = [:]
        var firstWith: [String: EventDraft] = [:]
        var capacity: (value: EdgeCapacity, file: String)?
        for file in files {
            var log = ProblemLog(file: file.name)
            guard let group = readGroup(file, log: &log) else {
                logs.append(log)
                continue
            }
            if let field = group.field("capacity") { readCapacity(field, of: file.name, into: &capacity, log: &log) }
            let found = readEvents(group, room: eventsMax - drafts.count, now: now, running: running, log: &log)
            for draft in found {
                checkUnique(draft, firstOf: &firstOf, firstWith: &firstWith, log: &log)
            }
            drafts += found
            logs.append(log)
        }
        var reading = ScheduleReading(drafts: drafts, logs: logs)
        if let capacity { reading.capacity = capacity.value }
        return reading
    }

    private static func readGroup(_ file: ScheduleFile, log: inout ProblemLog) -> FieldGroup? {
        guard let text = ScheduleText.decode(file, log: &log), let root = YAMLNode.parse(text, log: &log) else {
            return nil
        }
        if case .text("") = root.content {
            log.add(.start, "the file holds no events", "write events: and a list of them")
            return nil
        }
        return FieldGroup(root, what: "schedule", known: ["events", "capacity"], log: &log)
    }

    private static func readCapacity(
        _ field: YAMLField, of file: String, into capacity: inout (value: EdgeCapacity, file: String)?,
        log: inout ProblemLog
    ) {
        if let capacity {
            log.add(field.place, "capacity is already given in \(capacity.file)", "keep it in one of the files")
        } else if let value = CapacityReader.read(field.value, log: &log) {
            capacity = (value, file)
        }
    }

    private static func readEvents(
        _ group: FieldGroup, room: Int, now: WallTime, running: Set<EventID>, log: inout ProblemLog
    ) -> [EventDraft] {
        guard let field = group.required("events", example: "and a list of '- id: fight-night'", log: &log),
            let items = field.value.items(of: "events", log: &log)
        else { return [] }
        if items.isEmpty {
            log.add(field.value.place, "the list of events is empty", "write '- id: fight-night' and its other fields")
        }
        if items.count > room {
            log.add(
                items[max(0, room)].place, "the schedule has more than \(eventsMax) events",
                "split it over several engines")
        }
        return items.prefix(max(0, room)).compactMap {
            EventReader.read($0, now: now, running: running, log: &log)
        }
    }

    private static func checkUnique(
        _ draft: EventDraft, firstOf: inout [EventID: EventDraft], firstWith: inout [String: EventDraft],
        log: inout ProblemLog
    ) {
        if let id = draft.id, let first = firstOf[id] {
            log.add(
                draft.idPlace,
                "event \(quoted(id.rawValue)) stands twice, first in \(first.file):\(first.idPlace.line)",
                "give this one an id of its own, or remove it")
            return
        }
        if let id = draft.id { firstOf[id] = draft }
        guard let code = draft.code else { return }
        if let first = firstWith[code] {
            let owner = first.id.map { quoted($0.rawValue) } ?? "an event"
            log.add(
                draft.codePlace, "code \(code) already confirms \(owner) of \(first.file):\(first.place.line)",
                "write another code: of 2 to 8 capital letters and digits")
        } else {
            firstWith[code] = draft
        }
    }
}
