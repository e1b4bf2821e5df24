import ArgumentParser
import Engine
import Foundation
import Store

/// What happened in a showing, as a page and as Markdown.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what happened in a showing of a live event as one HTML page and as Markdown.",
        discussion:
            "Example: control-room report fight-night --out fight-night    (fight-night.html and fight-night.md)")

    @Argument(help: "The live event's id, or a part of its title; its newest showing is meant.") var event: String
    @Option(
        help: ArgumentHelp("Where to write, without the ending. Default: the event's id.", valueName: "NAME"),
        completion: .file())
    var out: String?
    @Option(
        help: "The database, or an incident file. Default: control-room.db in the XDG state directory.",
        completion: .file())
    var db: String?
    @Flag(help: "Print one JSON object in place of lines.") var json = false

    func run() throws {
        struct Written: Encodable { var files: [String] }
        var files: [String] = []
        do {
            let file = try RecordedFile(path: try Export.path(db))
            let showing = try Export.showing(event, in: file)
            let page = try Self.postMortem(of: showing, in: file).page
            let name = out ?? showing.event.rawValue
            for (ending, text) in [("html", page.html), ("md", page.markdown)] {
                let outcome = NewFile.write(text, to: "\(name).\(ending)")
                guard outcome.isWritten else { throw ReportFailure(description: outcome.sentence) }
                files.append("\(name).\(ending)")
            }
        } catch {
            throw ExitStatus.report(error)
        }
        guard json else { return print("Written: \(files.joined(separator: ", "))") }
        print(String(decoding: try JSONEncoder().encode(Written(files: files)), as: UTF8.self))
    }

    struct ReportFailure: Error, CustomStringConvertible { let description: String }

    static func postMortem(of showing: Showing, in file: RecordedFile) throws -> PostMortem {
        var records: [BroadcastRecord] = [], next: BroadcastID? = BroadcastID(showing.last.number + 1)
        while let before = next {
            let page = try file.broadcasts(matching: HistoryQuery(event: showing.event, before: before, limit: 500))
            records += page.filter { $0.id >= showing.first }
            next = page.last.flatMap { $0.id > showing.first ? $0.id : nil }
        }
        guard case .timeline(let timeline) = try file.recording(.timeline(showing)) else { throw ExitStatus.badData }
        return PostMortem(
            showing: showing, records: records.reversed(),
            entries: AuditState.explained(timeline.entries.reversed()).reversed())
    }
}
