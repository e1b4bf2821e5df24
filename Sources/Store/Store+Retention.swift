public import Engine
import GRDB

/// How long devices can catch up: from an event's schedule until its end and `StoreLimits.retainedFor` more.
extension Store {
    /// Moves `oldest` of every topic whose event ended, or was removed, longer than `retainedFor` ago up to its
    /// newest publication, which always stays: it is the stage a new device is shown. The rows themselves are
    /// history and are kept. To be called at start and once an hour.
    /// - Returns: the topics whose `oldest` moved, in order of name, and where it stands now.
    @discardableResult
    public func prune(now: WallTime) throws(JournalError) -> [(topic: Topic, oldest: Int64)] {
        let before = (now - limits.retainedFor).milliseconds
        return try writing { db in
            let due = try Row.fetchAll(db, sql: """
                SELECT topic.name AS name, (SELECT MAX(sequence) FROM broadcast WHERE broadcast.topic = topic.name) AS head
                  FROM topic JOIN liveEvent ON liveEvent.id = topic.event
                 WHERE MIN(COALESCE(liveEvent.endedAt, liveEvent.removedAt), COALESCE(liveEvent.removedAt, liveEvent.endedAt)) < ?
                   AND head > topic.oldest
                 ORDER BY topic.name
                """, arguments: [before])
            return try due.map { row in
                let name: String = row["name"], head: Int64 = row["head"]
                try db.execute(sql: "UPDATE topic SET oldest = ? WHERE name = ?", arguments: [head, name])
                return (Topic(name), head)
            }
        }
    }
}
