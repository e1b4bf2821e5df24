// A process that commits without end and says after each commit what is on disk, so that a test can kill it at any
// moment and compare. Arguments: path of the database, and optionally how many commits to make before it waits.
import Engine
import Foundation
import Store
import TestSupport

func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

let arguments = CommandLine.arguments
do {
    let store = try Store(path: arguments[1], socket: arguments[1] + ".sock")
    let last = try store.recover().lastEntry
    let end = arguments.count > 2 ? last + Int64(arguments[2])! : Int64.max
    say("open \(last)")
    var number = last
    while number < end {
        number += 1
        do {
            try store.commit(JournalFixture.take(number))
            say("committed \(number)")
        } catch {
            say("refused \(number) \(error)")
            number -= 1
            if case JournalError.doubtful = error { break }
        }
    }
    say("waiting")
    while true { pause() }
} catch {
    say("not opened: \(error)")
    exit(69)
}
