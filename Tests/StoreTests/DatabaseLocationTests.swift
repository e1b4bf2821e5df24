import Engine
import Foundation
@testable import Store
import Testing

@Suite struct DatabaseLocationTests {
    let scratch = Scratch()

    @Test func itFollowsXDG() throws {
        let given = try DatabaseLocation.standard(environment: ["XDG_STATE_HOME": "/var/s", "HOME": "/home/kris"])
        #expect(given.database == "/var/s/control-room/control-room.db")
        #expect(given.socket == "/var/s/control-room/control-room.sock")
        let home = try DatabaseLocation.standard(environment: ["XDG_STATE_HOME": "relative", "HOME": "/home/kris"])
        #expect(home.database == "/home/kris/.local/state/control-room/control-room.db")
    }

    @Test func withoutAHomeItSaysWhatToSet() {
        #expect { try DatabaseLocation.standard(environment: [:]) } throws: { "\($0)".contains("XDG_STATE_HOME") }
    }

    @Test func itsFoldersAreMadeForThisUserAlone() throws {
        let location = try DatabaseLocation.standard(environment: ["HOME": scratch.folder])
        try location.prepare()
        try location.prepare()
        var status = stat()
        #expect(stat(scratch.folder + "/.local/state/control-room", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        _ = try Store(path: location.database, socket: location.socket)
    }

    @Test func aNamedDatabaseHasItsSocketBesideIt() {
        let named = DatabaseLocation(database: scratch.folder + "/./rehearsal.db", environment: [:])
        #expect(named.database == scratch.folder + "/rehearsal.db")
        #expect(named.socket == scratch.folder + "/rehearsal.sock")
        #expect(
            DatabaseLocation(database: scratch.folder + "/data", environment: [:]).socket == scratch.folder
                + "/data.sock")
    }

    @Test func aSocketPathThatWouldBeTooLongMovesToTheRuntimeFolder() throws {
        let folder = scratch.folder + "/" + String(repeating: "deep", count: 25)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let runtime = DatabaseLocation(database: folder + "/a.db", environment: ["XDG_RUNTIME_DIR": "/run/user/7"])
        #expect(runtime.socket.hasPrefix("/run/user/7/control-room-"))
        let none = DatabaseLocation(database: folder + "/a.db", environment: [:])
        #expect(none.socket.hasPrefix("/tmp/control-room-\(getuid())/"))
        #expect(none.socket.utf8.count <= DatabaseLocation.socketPathBytesMax)
        #expect(
            none
                == DatabaseLocation(
                    database: folder + "/../" + String(repeating: "deep", count: 25) + "/a.db", environment: [:]))
        #expect(none.socket != DatabaseLocation(database: folder + "/b.db", environment: [:]).socket)
        try none.prepare()
    }
}
