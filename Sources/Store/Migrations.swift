import GRDB

/// The schema, as named steps that are only ever appended to. A step that has been released is never edited:
/// databases that have it do not run it again. `Documentation/Schema.md` says what each column means.
///
/// A new kind of journal entry or another new word in a column needs a step too, if only an empty one with the
/// next `user_version`: older programs could not read it and must refuse the file.
enum Migrations {
    /// `user_version` after all steps.
    static let version = 8

    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1 journal") { db in try db.execute(sql: journal) }
        migrator.registerMigration("v2 frames") { db in try db.execute(sql: frames) }
        migrator.registerMigration("v3 forecasts") { db in try db.execute(sql: forecasts) }
        // Journal entries may say nodeCordoned, nodeDrained and nodeUncordoned.
        migrator.registerMigration("v4 duties of edge nodes") { db in try db.execute(sql: duties) }
        migrator.registerMigration("v5 recording") { db in
            try db.execute(sql: recording)
            try chainEntries(db)
        }
        migrator.registerMigration("v6 waves") { db in try db.execute(sql: waves) }
        migrator.registerMigration("v7 timelines by event") { db in try db.execute(sql: timelines) }
        migrator.registerMigration("v8 frames of staging") { db in try db.execute(sql: staging) }
        return migrator
    }

    /// New words only: older programs must refuse the file.
    private static let duties = "PRAGMA user_version = 4;"

    /// The lines of a delivery ledger. No CHECK on their sum or sign: they are evidence, and a wrong figure must
    /// not keep the next stage from being journalled. Whether they balance is the engine's to alarm.
    private static let ledger = """
        connected INTEGER NOT NULL,
        offline INTEGER NOT NULL,
        known INTEGER NOT NULL,
        acked INTEGER NOT NULL,
        waiting INTEGER NOT NULL,
        retrying INTEGER NOT NULL,
        dropped INTEGER NOT NULL,
        notSent INTEGER NOT NULL,
        owed INTEGER NOT NULL,
        caughtUp INTEGER NOT NULL,
        expired INTEGER NOT NULL,
        duplicates INTEGER NOT NULL,
        joined INTEGER NOT NULL
        """

    /// Who did it, in four columns.
    private static let who = """
        actor TEXT NOT NULL CHECK (actor IN ('engine', 'person', 'signal')),
        name TEXT,
        role TEXT,
        terminal TEXT
        """

    private static let whoChecks = """
        CHECK ((actor = 'engine') = (name IS NULL)),
        CHECK ((actor = 'person') = (role IS NOT NULL)),
        CHECK ((actor = 'person') = (terminal IS NOT NULL))
        """

    private static let journal = """
        CREATE TABLE liveEvent (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            title TEXT NOT NULL,
            tier TEXT NOT NULL CHECK (tier IN ('low', 'high', 'big-bet')),
            stage TEXT,
            edition INTEGER NOT NULL CHECK (edition >= 1),
            planVersion INTEGER NOT NULL CHECK (planVersion >= 1),
            revision INTEGER NOT NULL CHECK (revision >= 1),
            isHeld INTEGER NOT NULL CHECK (isHeld IN (0, 1)),
            changedAt INTEGER NOT NULL,
            changedBy TEXT NOT NULL,
            endedAt INTEGER,
            removedAt INTEGER,
            run TEXT NOT NULL CHECK (json_valid(run))
        ) STRICT;

        CREATE TABLE plan (
            event TEXT NOT NULL REFERENCES liveEvent (id),
            edition INTEGER NOT NULL CHECK (edition >= 1),
            version INTEGER NOT NULL CHECK (version >= 1),
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            stages TEXT NOT NULL CHECK (json_valid(stages)),
            PRIMARY KEY (event, edition, version)
        ) STRICT;

        CREATE TABLE topic (
            name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
            event TEXT NOT NULL REFERENCES liveEvent (id),
            oldest INTEGER NOT NULL DEFAULT 1 CHECK (oldest >= 1)
        ) STRICT;
        CREATE INDEX topicOfEvent ON topic (event);

        CREATE TRIGGER topicForgetsOnly BEFORE UPDATE ON topic WHEN NEW.oldest < OLD.oldest BEGIN
            SELECT RAISE(ABORT, 'what a topic no longer retains does not come back');
        END;

        CREATE TABLE broadcast (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            topic TEXT NOT NULL REFERENCES topic (name),
            sequence INTEGER NOT NULL CHECK (sequence >= 1),
            timestamp INTEGER NOT NULL,
            stage TEXT NOT NULL,
            waveCount INTEGER NOT NULL CHECK (waveCount >= 1),
            waveInterval INTEGER NOT NULL CHECK (waveInterval >= 0),
            isAborted INTEGER NOT NULL CHECK (isAborted IN (0, 1)),
            event TEXT NOT NULL REFERENCES liveEvent (id),
            eventTitle TEXT NOT NULL,
            tier TEXT NOT NULL CHECK (tier IN ('low', 'high', 'big-bet')),
            \(who),
            state TEXT NOT NULL CHECK (state IN ('sending', 'complete', 'aborted')),
            planned INTEGER,
            completed INTEGER,
            t50 INTEGER,
            t90 INTEGER,
            t99 INTEGER,
            t999 INTEGER,
            UNIQUE (topic, sequence),
            \(whoChecks)
        ) STRICT;
        CREATE INDEX broadcastOfEvent ON broadcast (event, number);
        CREATE INDEX broadcastSending ON broadcast (number) WHERE state = 'sending';

        CREATE TRIGGER broadcastFollows BEFORE INSERT ON broadcast BEGIN
            SELECT RAISE(ABORT, 'broadcast numbers rise and none is used twice')
             WHERE NEW.number <= (SELECT MAX(number) FROM broadcast);
            SELECT RAISE(ABORT, 'the sequences of a topic start at 1 and have no gap')
             WHERE NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM broadcast WHERE topic = NEW.topic);
            SELECT RAISE(ABORT, 'the timestamps of a topic rise')
             WHERE NEW.timestamp <= (SELECT timestamp FROM broadcast WHERE topic = NEW.topic ORDER BY sequence DESC LIMIT 1);
        END;
        CREATE TRIGGER broadcastStays BEFORE UPDATE ON broadcast
        WHEN NEW.number IS NOT OLD.number OR NEW.topic IS NOT OLD.topic OR NEW.sequence IS NOT OLD.sequence
          OR NEW.timestamp IS NOT OLD.timestamp OR NEW.stage IS NOT OLD.stage OR NEW.event IS NOT OLD.event
          OR NEW.isAborted < OLD.isAborted BEGIN
            SELECT RAISE(ABORT, 'what was broadcast cannot be changed');
        END;
        CREATE TRIGGER broadcastIsKept BEFORE DELETE ON broadcast BEGIN
            SELECT RAISE(ABORT, 'broadcasts are kept for ever');
        END;

        CREATE TABLE audienceFigures (
            broadcast INTEGER NOT NULL REFERENCES broadcast (number),
            kind TEXT NOT NULL CHECK (kind IN ('real', 'modelled')),
            \(ledger),
            PRIMARY KEY (broadcast, kind)
        ) STRICT;

        CREATE TABLE nodeFigures (
            broadcast INTEGER NOT NULL REFERENCES broadcast (number),
            ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
            node TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('real', 'modelled')),
            region TEXT NOT NULL,
            \(ledger),
            lag99 INTEGER,
            PRIMARY KEY (broadcast, ordinal)
        ) STRICT;

        CREATE TABLE journalEntry (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            at INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind <> ''),
            event TEXT,
            \(who),
            before TEXT,
            after TEXT,
            why TEXT,
            broadcast INTEGER,
            \(whoChecks)
        ) STRICT;
        CREATE INDEX journalEntryLifeSign ON journalEntry (number)
         WHERE kind IN ('engineStarted', 'engineStopped', 'engineQuit');

        CREATE TRIGGER journalEntryFollows BEFORE INSERT ON journalEntry
        WHEN NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM journalEntry) BEGIN
            SELECT RAISE(ABORT, 'the numbers of journal entries go on without a gap');
        END;
        CREATE TRIGGER journalEntryStays BEFORE UPDATE ON journalEntry BEGIN
            SELECT RAISE(ABORT, 'the journal is only ever appended to');
        END;
        CREATE TRIGGER journalEntryIsKept BEFORE DELETE ON journalEntry BEGIN
            SELECT RAISE(ABORT, 'the journal is only ever appended to');
        END;

        CREATE VIEW audit AS
        SELECT number,
               strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
               CASE actor WHEN 'person' THEN name || ' (' || role || ' @ ' || terminal || ')'
                          WHEN 'signal' THEN 'signal:' || name ELSE 'engine' END AS who,
               kind, event, before, after, why, broadcast
          FROM journalEntry
         ORDER BY number DESC;

        CREATE VIEW broadcastSummary AS
        SELECT number, event, stage,
               strftime('%Y-%m-%dT%H:%M:%fZ', timestamp / 1000.0, 'unixepoch') AS sentAt,
               state,
               timestamp - planned AS lateBy,
               t50, t90, t99, t999,
               SUM(figures.connected) AS connected,
               SUM(figures.acked) AS acked,
               ROUND(100.0 * SUM(figures.acked) / NULLIF(SUM(figures.connected), 0), 3) AS ackedPercent,
               SUM(figures.offline) AS offline,
               SUM(figures.caughtUp) AS caughtUp
          FROM broadcast LEFT JOIN audienceFigures AS figures ON figures.broadcast = broadcast.number
         GROUP BY number
         ORDER BY number DESC;

        PRAGMA user_version = 1;
        """

    /// Columns are added, not tables written anew: a broadcast that stopped itself is an aborted one of a special kind.
    private static let waves = """
        ALTER TABLE broadcast ADD COLUMN canaryDevices INTEGER CHECK (canaryDevices >= 1);
        ALTER TABLE broadcast ADD COLUMN canaryCheck INTEGER CHECK (canaryCheck >= 0);
        ALTER TABLE broadcast ADD COLUMN canaryShare INTEGER CHECK (canaryShare >= 0);
        ALTER TABLE broadcast ADD COLUMN waveRevision INTEGER NOT NULL DEFAULT 0 CHECK (waveRevision >= 0);
        ALTER TABLE broadcast ADD COLUMN isHeld INTEGER NOT NULL DEFAULT 0 CHECK (isHeld IN (0, 1));
        ALTER TABLE broadcast ADD COLUMN isStopped INTEGER NOT NULL DEFAULT 0 CHECK (isStopped IN (0, 1));
        ALTER TABLE audienceFigures ADD COLUMN unknownStage INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE nodeFigures ADD COLUMN unknownStage INTEGER NOT NULL DEFAULT 0;
        PRAGMA user_version = 6;
        """

    /// What frames say of single events, as far as they say anything; frames of before have none. Also the new words of
    /// the journal (traffic, rulesets, the end of drills), which older programs must refuse.
    private static let timelines = """
        CREATE TABLE frameEvent (
            frame INTEGER NOT NULL,
            event TEXT NOT NULL,
            ackRate INTEGER NOT NULL,
            unacked INTEGER NOT NULL,
            warnCount INTEGER NOT NULL,
            criticalCount INTEGER NOT NULL,
            PRIMARY KEY (frame, event)
        ) STRICT;
        PRAGMA user_version = 7;
        """

    /// Frames may be of a staging engine. Release 0.3.0 wrote that word into step 5 itself, so a file that 0.2.0 began
    /// could not take such frames, and one that 0.3.0 began could: from here on they are alike. SQLite changes no CHECK
    /// in place; the table is written anew, which takes no time, since the bytes of frames stand in `frameData`.
    private static let staging = """
        CREATE TABLE frameAnew (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            at INTEGER NOT NULL,
            form TEXT NOT NULL CHECK (form IN ('plain', 'key', 'delta')),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            mode TEXT NOT NULL CHECK (mode IN ('REAL', 'REHEARSAL', 'REPLAY', 'STAGING')),
            ackRate INTEGER NOT NULL,
            unacked INTEGER NOT NULL,
            warnCount INTEGER NOT NULL,
            criticalCount INTEGER NOT NULL
        ) STRICT;
        INSERT INTO frameAnew (number, at, form, bytes, mode, ackRate, unacked, warnCount, criticalCount)
        SELECT number, at, form, bytes, mode, ackRate, unacked, warnCount, criticalCount FROM frame;
        DROP TABLE frame;
        ALTER TABLE frameAnew RENAME TO frame;
        CREATE INDEX frameAt ON frame (at, number);
        PRAGMA user_version = 8;
        """

    private static let frames = """
        CREATE TABLE frame (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            mode TEXT NOT NULL CHECK (mode IN ('REAL', 'REHEARSAL', 'REPLAY')),
            snapshot TEXT NOT NULL
        ) STRICT;
        CREATE INDEX frameAt ON frame (at, bytes);
        PRAGMA user_version = 2;
        """

    /// Frames in two tables, so that a timeline is read without their bytes; the frames of before stay as they are
    /// in the new place. And the chain through the journal.
    private static let recording = """
        ALTER TABLE frame RENAME TO frameBefore;
        DROP INDEX frameAt;
        CREATE TABLE frame (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            at INTEGER NOT NULL,
            form TEXT NOT NULL CHECK (form IN ('plain', 'key', 'delta')),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            mode TEXT NOT NULL CHECK (mode IN ('REAL', 'REHEARSAL', 'REPLAY')),
            ackRate INTEGER NOT NULL,
            unacked INTEGER NOT NULL,
            warnCount INTEGER NOT NULL,
            criticalCount INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE frameData (
            frame INTEGER PRIMARY KEY REFERENCES frame (number),
            data BLOB NOT NULL
        ) STRICT;
        INSERT INTO frame (number, at, form, bytes, mode, ackRate, unacked, warnCount, criticalCount)
        SELECT number, at, 'plain', bytes, mode, snapshot ->> '$.load.ackRate', 0,
               (SELECT COUNT(*) FROM json_each(snapshot, '$.alerts') WHERE value ->> '$.severity' = 2),
               (SELECT COUNT(*) FROM json_each(snapshot, '$.alerts') WHERE value ->> '$.severity' = 3)
          FROM frameBefore;
        INSERT INTO frameData (frame, data) SELECT number, CAST(snapshot AS BLOB) FROM frameBefore;
        DROP TABLE frameBefore;
        CREATE INDEX frameAt ON frame (at, number);

        CREATE INDEX journalEntryAt ON journalEntry (at);
        CREATE INDEX journalEntryShowing ON journalEntry (event, at) WHERE kind = 'eventScheduled';
        CREATE INDEX journalEntrySignature ON journalEntry (number) WHERE kind = 'handoverSigned';
        DROP TRIGGER journalEntryStays;
        ALTER TABLE journalEntry ADD COLUMN digest TEXT;
        """

    /// Gives the entries of earlier releases their digests, and guards them from then on.
    private static func chainEntries(_ db: Database) throws {
        var previous = EntryChain.origin
        let numbers = try Int64.fetchAll(db, sql: "SELECT number FROM journalEntry ORDER BY number")
        for number in numbers {
            guard
                let row = try Row.fetchOne(db, sql: "SELECT * FROM journalEntry WHERE number = ?", arguments: [number])
            else { continue }
            previous = EntryChain.digest(after: previous, row)
            try db.execute(sql: "UPDATE journalEntry SET digest = ? WHERE number = ?", arguments: [previous, number])
        }
        try db.execute(sql: """
            CREATE TRIGGER journalEntryStays BEFORE UPDATE ON journalEntry BEGIN
                SELECT RAISE(ABORT, 'the journal is only ever appended to');
            END;
            CREATE TRIGGER journalEntryIsChained BEFORE INSERT ON journalEntry WHEN NEW.digest IS NULL OR length(NEW.digest) <> 64 BEGIN
                SELECT RAISE(ABORT, 'a journal entry carries its digest');
            END;
            PRAGMA user_version = 5;
            """)
    }

    private static let forecasts = """
        CREATE TABLE forecast (
            broadcast INTEGER PRIMARY KEY REFERENCES broadcast (number),
            model INTEGER NOT NULL CHECK (model >= 1),
            devices INTEGER NOT NULL,
            offline INTEGER NOT NULL,
            unreached INTEGER NOT NULL,
            t50 INTEGER,
            t99 INTEGER,
            t999 INTEGER,
            peakRate INTEGER NOT NULL,
            band INTEGER NOT NULL,
            scale INTEGER NOT NULL,
            error INTEGER
        ) STRICT;
        CREATE INDEX forecastScored ON forecast (broadcast) WHERE error IS NOT NULL;

        CREATE TRIGGER forecastStays BEFORE UPDATE ON forecast
        WHEN NEW.broadcast IS NOT OLD.broadcast OR NEW.model IS NOT OLD.model OR NEW.t50 IS NOT OLD.t50
          OR NEW.t99 IS NOT OLD.t99 OR NEW.t999 IS NOT OLD.t999 OR NEW.band IS NOT OLD.band OR NEW.scale IS NOT OLD.scale BEGIN
            SELECT RAISE(ABORT, 'what was foretold cannot be changed');
        END;
        CREATE TRIGGER forecastIsKept BEFORE DELETE ON forecast BEGIN
            SELECT RAISE(ABORT, 'forecasts are kept for ever');
        END;

        CREATE VIEW forecastScore AS
        SELECT forecast.broadcast AS number, broadcast.event, broadcast.tier, broadcast.stage,
               forecast.t99 AS foretold99, broadcast.t99 AS t99,
               forecast.t999 AS foretold999, broadcast.t999 AS t999,
               forecast.band / 10.0 AS bandPercent,
               forecast.error / 10.0 AS errorPercent,
               ABS(forecast.error) <= forecast.band AS isWithinBand,
               forecast.model
          FROM forecast JOIN broadcast ON broadcast.number = forecast.broadcast
         ORDER BY number DESC;
        PRAGMA user_version = 3;
        """
}
