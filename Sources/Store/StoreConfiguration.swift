import GRDB

/// How connections are set up, each setting with its why.
enum StoreConfiguration {
    /// `CtlR`: marks a file as ours, so that no other program's database is ever migrated.
    static let applicationID: Int32 = 0x4374_6C52

    static func pool(_ limits: StoreLimits) -> Configuration {
        var configuration = Configuration()
        configuration.label = "Store"
        // Code may be wrong, the file may not.
        configuration.foreignKeysEnabled = true
        // Somebody with `sqlite3` may hold the write lock for a moment; longer than this is an error they are told of.
        configuration.busyMode = .timeout(Double(limits.waitForLock) / 1000)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            // A damaged page is found when it is read, and a write-ahead log that grew behind a slow reader
            // is cut back afterwards.
            // Only a new file takes it: it lets `db compact` give pages back in small steps.
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            try db.execute(sql: """
                PRAGMA cell_size_check = ON;
                PRAGMA journal_size_limit = 16777216;
                """)
        }
        return configuration
    }

    /// Puts `synchronous = FULL` in force on the writer and reads back what must hold.
    ///
    /// `DatabasePool` sets NORMAL by itself after `prepareDatabase` has run, so it can only be done here, when
    /// the pool is open. With NORMAL the last commits vanish when the power fails.
    /// - Returns: what does not hold, in words; nil when all does.
    static func makeDurable(_ pool: DatabasePool) throws -> String? {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            return try weakness(db)
        }
    }

    /// Which of the settings that durability hangs on is not in force; nil when all are.
    static func weakness(_ db: Database) throws -> String? {
        guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else { return "SQLite refused synchronous = FULL" }
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal" else {
            return "SQLite refused journal_mode = WAL"
        }
        guard try Bool.fetchOne(db, sql: "PRAGMA foreign_keys") == true else {
            return "SQLite refused foreign_keys = ON"
        }
        return nil
    }
}
