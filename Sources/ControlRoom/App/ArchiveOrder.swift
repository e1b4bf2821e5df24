import Engine

/// Something a person wants written about a showing: a report, or an incident file.
struct ArchiveOrder: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case report, incident }

    var kind: Kind
    /// The database to read.
    var database: String
    /// Nil: the newest of `event`.
    var showing: Showing?
    var event: EventID?
    /// The file, or for a report what its two files are called; nil: named after the showing.
    var name: String?
}

extension AppState {
    /// Writes about the showing that is looked at, else about the selected event's newest one.
    func archive(_ kind: ArchiveOrder.Kind, name: String?) -> [AppEffect] {
        guard let database = newest?.engine.database else { return [] }
        let showing = replay?.timeline.showing ?? (screen == .history ? screens.history.showing : nil)
        return [.archive(ArchiveOrder(kind: kind, database: database, showing: showing, event: selected, name: name))]
    }
}
