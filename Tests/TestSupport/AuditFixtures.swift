public import Engine

/// People and journal entries of the fixture night, newest first.
public enum AuditFixture {
    public static let kris = Operator(name: "kris", role: "SCO", terminal: "pts/3@toc-1:4711")
    public static let ana = Operator(name: "ana", role: "BCO", terminal: "pts/1@toc-2:811")

    public static let calm: [JournalEntry] = [
        JournalEntry(
            number: 9, at: Tonight.at(20, 51), kind: .voted, event: "tonight", actor: .person(ana),
            before: "ingest no vote", after: "ingest GO", why: "healthy"),
        JournalEntry(
            number: 8, at: Tonight.at(20, 50, 31), kind: .broadcastCompleted, event: "tonight", actor: .engine,
            after: "#2 99.96% acked", broadcast: BroadcastID(2)),
        JournalEntry(
            number: 7, at: Tonight.at(20, 50, 0, 1), kind: .stageTaken, event: "tonight", actor: .engine,
            before: "pre-show", after: "countdown", broadcast: BroadcastID(2)),
        JournalEntry(
            number: 6, at: Tonight.at(20, 41, 12), kind: .rescheduled, event: "late-set", actor: .person(kris),
            before: "live 21:35:00Z", after: "live 21:40:00Z", why: "previous act runs over"),
        JournalEntry(
            number: 5, at: Tonight.at(20, 15, 0, 3), kind: .stageTaken, event: "late-set", actor: .engine, before: "-",
            after: "pre-show", broadcast: BroadcastID(3)),
        JournalEntry(
            number: 4, at: Tonight.at(20, 0, 0, 2), kind: .stageTaken, event: "tonight", actor: .engine, before: "-",
            after: "pre-show", broadcast: BroadcastID(1)),
        JournalEntry(number: 1, at: Tonight.at(19, 59, 40), kind: .engineStarted, actor: .engine),
    ]

    public static let alarming: [JournalEntry] = [
        JournalEntry(
            number: 61, at: Tonight.at(20, 55, 40), kind: .nodeLost, actor: .engine, before: "v-ap-ne-1-007 up",
            after: "v-ap-ne-1-007 stale"),
        JournalEntry(
            number: 60, at: Tonight.at(20, 55, 31), kind: .ledgerBroken, event: "cup", actor: .engine,
            after: "#4411 connected is 5 fewer than its parts", broadcast: BroadcastID(4411)),
        JournalEntry(
            number: 59, at: Tonight.at(20, 55, 10), kind: .stageTaken, event: "cup", actor: .person(ana),
            before: "countdown", after: "live", broadcast: BroadcastID(4411)),
        JournalEntry(
            number: 58, at: Tonight.at(20, 54, 31), kind: .voted, event: "fight-night", actor: .person(ana),
            before: "ingest GO", after: "ingest NO-GO", why: "encoder B frozen"),
        JournalEntry(
            number: 57, at: Tonight.at(20, 53, 40), kind: .held, event: "monday-brawl", actor: .person(kris),
            before: "T-00:06:20", after: "HOLD"),
        JournalEntry(
            number: 56, at: Tonight.at(20, 52, 2), kind: .rescheduled, event: "fight-night", actor: .person(kris),
            before: "live 20:58:00Z", after: "live 21:00:00Z", why: "director confirmed walk-out time"),
        JournalEntry(
            number: 55, at: Tonight.at(20, 40, 2), kind: .commandRefused, event: "fight-night",
            actor: .signal("truck-1"), before: "countdown", after: "TAKE live refused: gate ingest is NO-GO"),
    ]
}
