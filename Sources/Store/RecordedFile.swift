public import Engine
import Foundation
import GRDB

/// A database opened only to be looked at: an incident file, a backup, also one whose engine is running. Nothing in it
/// is ever changed, and no engine is kept from it.
public final class RecordedFile: Sendable {
    public let path: String
    /// What an incident file says of itself; nil for a whole database.
    public let incident: Incident.Label?
    private let queue: DatabaseQueue

    /// - Throws: `JournalError` where there is no database of ours, it is newer, damaged, or an incident file that is
    ///   not as it was written.
    public init(path: String) throws(JournalError) {
        let file = try DatabaseFile(path: path)
        guard DatabaseFile.identity(of: file.path) != nil else {
            throw .unwritable(path: file.path, detail: "there is no such file")
        }
        var configuration = Configuration()
        configuration.label = "RecordedFile"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            queue = try DatabaseQueue(path: file.path, configuration: configuration)
            incident = try queue.read { db in
                if let refusal = try Verification.refusalOfOrigin(db, path: file.path) { throw refusal }
                guard try db.tableExists("incident") else {
                    guard try db.tableExists("frameData") else {
                        throw JournalError.unwritable(
                            path: file.path, detail: "it was made by release 0.1; let an engine open it once")
                    }
                    return nil
                }
                return try Incident.verified(db, path: file.path)
            }
        } catch {
            throw StoreFailure.journalError(error, path: file.path, isWriting: false)
        }
        self.path = file.path
    }

    public func recording(_ query: RecordingQuery) throws(JournalError) -> RecordingAnswer {
        try read { try Recording.answer(query, $0) }
    }

    public func broadcasts(matching query: HistoryQuery) throws(JournalError) -> [BroadcastRecord] {
        try read { try Store.broadcasts(matching: query, $0) }
    }

    public func entries(before: EntryNumber?, limit: Int) throws(JournalError) -> [JournalEntry] {
        try read { try Store.entries(before: before, limit: limit, $0) }
    }

    /// The newest showing of an event, by its id or a part of its title; of any event if nil.
    public func showing(of name: String?) throws(JournalError) -> Showing? {
        guard case .showings(let showings) = try recording(.showings(before: nil, limit: Store.pageMax)) else {
            return nil
        }
        guard let wanted = name?.lowercased() else { return showings.first }
        return showings.first { $0.event.rawValue.lowercased() == wanted }
            ?? showings.first { $0.title.lowercased().contains(wanted) }
    }

    /// The newest picture; nil without any.
    public func newestFrame() throws(JournalError) -> EngineSnapshot? {
        try read { db in
            try Int64.fetchOne(db, sql: "SELECT MAX(number) FROM frame").flatMap { try Store.frame($0, db) }
        }
    }

    func read<Value>(_ body: (GRDB.Database) throws -> Value) throws(JournalError) -> Value {
        do { return try queue.read(body) } catch {
            throw StoreFailure.journalError(error, path: path, isWriting: false)
        }
    }
}
