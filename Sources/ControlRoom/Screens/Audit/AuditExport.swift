import Engine
import Foundation

/// The rows of the Audit screen as a file: CSV (RFC 4180, header, CRLF) or a JSON array, by the name's ending.
enum AuditExport {
    static func text(_ entries: [JournalEntry], path: String) -> String {
        path.lowercased().hasSuffix(".json") ? json(entries) : csv(entries)
    }

    /// `audit-2026-11-21T203014Z.csv`
    static func name(at moment: WallTime) -> String {
        "audit-" + moment.description.prefix(19).replacing(":", with: "") + "Z.csv"
    }

    private static func csv(_ entries: [JournalEntry]) -> String {
        let header = ["number", "at", "kind", "event", "who", "before", "after", "why", "broadcast"]
        let rows = entries.map { entry in
            [
                String(entry.number), entry.at.description, entry.kind.rawValue, entry.event?.rawValue ?? "",
                who(entry.actor),
                entry.before ?? "", entry.after ?? "", entry.why ?? "", entry.broadcast.map { String($0.number) } ?? "",
            ]
        }
        return ([header] + rows).map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func who(_ actor: Actor) -> String {
        if case .person(let person) = actor { return "\(person.name) (\(person.role) @ \(person.terminal))" }
        return actor.description
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { $0.isNewline || $0 == "," || $0 == "\"" }) || text.first == " " || text.last == " "
        else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private static func json(_ entries: [JournalEntry]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(entries)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "[]\n"
    }
}

extension AppState {
    /// Writes what Audit shows under its filter.
    func exportAudit(to path: String?) -> [AppEffect] {
        guard let shown else { return [] }
        let path = path ?? AuditExport.name(at: now.wall)
        return [.write(path: path, text: AuditExport.text(screens.audit.shown(shown), path: path))]
    }
}
