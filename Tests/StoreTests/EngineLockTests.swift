import Engine
import Foundation
@testable import Store
import TestSupport
import Testing

/// One engine per database (INV-11; RELIABILITY.md 7, row 44).
@Suite struct EngineLockTests {
    let scratch = Scratch()

    @Test func aSecondEngineIsToldWhoHoldsItAndTouchesNothing() throws {
        let first = try Store(path: scratch.database, socket: "/run/x.sock")
        try first.commit(JournalFixture.take(1))
        let held = JournalError.held(path: first.path, byProcess: getpid(), socket: "/run/x.sock")
        #expect(throws: held) { try Store(path: scratch.database) }
        #expect(Store.holder(of: scratch.database)?.process == getpid())
        try first.commit(JournalFixture.take(2))
        try first.close()
        #expect(Store.holder(of: scratch.database) == nil)
        #expect(try Store(path: scratch.database).recover().lastEntry == 2)
    }

    @Test func letGoWithTheLastReference() throws {
        _ = try Store(path: scratch.database)
        _ = try Store(path: scratch.database)
    }

    @Test func oneDatabaseHasOneLockUnderEveryName() throws {
        let store = try Store(path: scratch.database)
        let alias = scratch.folder + "/alias.db"
        try FileManager.default.createSymbolicLink(atPath: alias, withDestinationPath: scratch.database)
        #expect(throws: JournalError.self) { try Store(path: alias) }
        #expect(throws: JournalError.self) { try Store(path: scratch.folder + "/./room.db") }
        #expect(Store.holder(of: alias)?.process == getpid())
        try store.close()
    }

    @Test func aLiveEngineKeepsItEvenWhileStopped() throws {
        let writer = try WriterProcess(scratch.database, commits: 3)
        writer.wait(for: "waiting")
        kill(writer.pid, SIGSTOP)
        let held = JournalError.held(path: scratch.database, byProcess: writer.pid, socket: scratch.database + ".sock")
        #expect(throws: held) { try Store(path: scratch.database) }
        writer.end()
        #expect(try Store(path: scratch.database).recover().lastEntry == 3)
    }

    /// The pid in the file is for people; only the kernel's lock counts. So a pid that was given to another process
    /// since then does no harm.
    @Test(arguments: [getpid(), 1, 4_194_304, -1]) func whatADeadEngineLeftIsTakenOver(_ pid: Int32) throws {
        scratch.write(
            Array(#"{"process":\#(pid),"socket":"/run/old.sock","isCreating":false}"#.utf8), to: "room.db.lock")
        #expect(Store.holder(of: scratch.database) == nil)
        let store = try Store(path: scratch.database)
        #expect(Store.holder(of: scratch.database)?.process == getpid())
        try store.close()
    }

    @Test func aDamagedLockFileIsTakenOver() throws {
        scratch.write([0xFF, 0x00, 0x7B], to: "room.db.lock")
        _ = try Store(path: scratch.database)
    }

    @Test func nobodyHoldsWhatIsNotThere() {
        #expect(Store.holder(of: scratch.database) == nil)
        #expect(Store.holder(of: "/nowhere/at/all.db") == nil)
    }
}
