import Engine
import Foundation
import Store

/// Carries out what a room wants written from its database: the database is read beside the engine, which does not
/// notice.
enum Archive {
    /// - Returns: what was done, or why not, in a sentence.
    static func carryOut(_ order: ArchiveOrder, now: WallTime) -> NewFile.Outcome {
        do {
            let file = try RecordedFile(path: order.database)
            guard let showing = try order.showing ?? file.showing(of: order.event?.rawValue) else {
                return NewFile.Outcome(isWritten: false, sentence: "Nothing was broadcast yet that could be written")
            }
            let name = order.name ?? "\(showing.event.rawValue)-\(CivilDate(of: showing.from))"
            switch order.kind {
            case .incident:
                let target = order.name ?? "\(name).incident"
                _ = try Incident.export(showing, of: file, to: target, at: now, release: ControlRoom.version)
                return NewFile.Outcome(
                    isWritten: true, sentence: "Written: \(target); 'control-room replay' opens it anywhere")
            case .report:
                let page = try Report.postMortem(of: showing, in: file).page
                for (ending, text) in [("html", page.html), ("md", page.markdown)] {
                    let outcome = NewFile.write(text, to: "\(name).\(ending)")
                    guard outcome.isWritten else { return outcome }
                }
                return NewFile.Outcome(isWritten: true, sentence: "Written: \(name).html and \(name).md")
            }
        } catch {
            return NewFile.Outcome(isWritten: false, sentence: (error as? JournalError)?.sentence ?? "\(error)")
        }
    }
}
