import ArgumentParser
import Engine
import Foundation
import Store

/// `control-room db …`: looks after a database, also while the show runs.
struct Database: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Check, back up or compact a database, also while the show runs.",
        discussion: """
            Exit codes: 0 all is well, 65 the database is damaged, another program's or newer, 74 it cannot be read or written.

            Examples:
              control-room db check
              control-room db backup /mnt/backup/saturday.db --db /var/lib/control-room/channel.db
            """,
        subcommands: [Check.self, Backup.self, Compact.self])

    struct Options: ParsableArguments {
        @Option(help: "The database. Default: control-room.db in the XDG state directory.", completion: .file())
        var db: String?

        @Flag(help: "Print one JSON object in place of lines.")
        var json = false

        func care() throws -> DatabaseCare {
            let environment = ProcessInfo.processInfo.environment
            let location = try db.map { DatabaseLocation(database: $0, environment: environment) }
                ?? DatabaseLocation.standard(environment: environment)
            return try DatabaseCare(path: location.database)
        }

        func say(_ report: some Encodable, _ lines: [String]) throws {
            guard json else { return lines.forEach { print($0) } }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether pages, keys, ledgers, the chain of the audit and every frame hold.",
            discussion: "Example: control-room db check --json")
        @OptionGroup var options: Options

        func run() throws {
            struct Report: Encodable { var good: Bool, findings: [DatabaseCare.Finding] }
            let findings: [DatabaseCare.Finding]
            do { findings = try options.care().check() } catch { throw ExitStatus.report(error) }
            let isGood = findings.allSatisfy(\.isGood)
            try options.say(Report(good: isGood, findings: findings), findings.map { finding in
                "\(finding.isGood ? "ok " : "BAD") \(finding.what): \(finding.detail)"
            } + (isGood ? [] : ["Do not go on with this file: restore a backup, and keep this one for the engineers."]))
            if !isGood { throw ExitStatus.badData }
        }
    }

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the database into one new file, and check the copy.",
            discussion: "Example: control-room db backup saturday.db")
        @Argument(help: "The file to make; it must not exist.", completion: .file()) var target: String
        @OptionGroup var options: Options

        func run() throws {
            struct Report: Encodable { var target: String }
            do { try options.care().backup(to: target) } catch { throw ExitStatus.report(error) }
            try options.say(Report(target: target), ["\(target) is a whole copy."])
        }
    }

    struct Compact: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give unused pages back to the file system.", discussion: "Example: control-room db compact")
        @OptionGroup var options: Options

        func run() throws {
            struct Report: Encodable { var done: String }
            let done: String
            do { done = try options.care().compact() } catch { throw ExitStatus.report(error) }
            try options.say(Report(done: done), [done])
        }
    }
}
