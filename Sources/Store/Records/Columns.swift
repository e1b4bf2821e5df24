import Engine
import GRDB
import Foundation

/// How values of the domain stand in columns.
enum Columns {
    /// JSON with sorted keys: the same value gives the same text.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, fromJSON text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// Text as SQLite reads it back. A NUL would end it there, so it is kept as its symbol.
    static func text(_ text: String) -> String { text.replacing("\0", with: "\u{2400}") }
    static func text(_ text: String?) -> String? { text.map { Self.text($0) } }

    /// A word of a closed set.
    /// - Throws: if the column holds another word.
    static func word<Word: RawRepresentable>(_ row: Row, _ column: String) throws -> Word
    where Word.RawValue == String {
        let text: String = row[column]
        guard let word = Word(rawValue: text) else { throw UnknownWord(column: column, text: text) }
        return word
    }

    static func time(_ row: Row, _ column: String) -> WallTime { WallTime(milliseconds: row[column]) }
    static func timeIfAny(_ row: Row, _ column: String) -> WallTime? {
        (row[column] as Int64?).map(WallTime.init(milliseconds:))
    }

    /// `actor`, `name`, `role`, `terminal`.
    static func who(_ actor: Actor) -> [(any DatabaseValueConvertible)?] {
        switch actor {
        case .engine: ["engine", nil, nil, nil]
        case .person(let person): ["person", text(person.name), text(person.role), text(person.terminal)]
        case .signal(let name): ["signal", text(name), nil, nil]
        }
    }

    static func who(_ row: Row) throws -> Actor {
        switch row["actor"] as String {
        case "engine": .engine
        case "person": .person(Operator(name: row["name"], role: row["role"], terminal: row["terminal"]))
        case "signal": .signal(row["name"])
        case let other: throw UnknownWord(column: "actor", text: other)
        }
    }

    /// The lines of a ledger in the order of the schema.
    static func ledger(_ ledger: DeliveryLedger) -> [(any DatabaseValueConvertible)?] {
        [
            ledger.connected, ledger.offline, ledger.known, ledger.acked, ledger.waiting, ledger.retrying,
            ledger.dropped,
            ledger.notSent, ledger.owed, ledger.caughtUp, ledger.expired, ledger.duplicates, ledger.joined,
            ledger.unknownStage,
        ]
    }

    static func ledger(_ row: Row) -> DeliveryLedger {
        var ledger = DeliveryLedger()
        ledger.connected = row["connected"]
        ledger.offline = row["offline"]
        ledger.known = row["known"]
        ledger.acked = row["acked"]
        ledger.waiting = row["waiting"]
        ledger.retrying = row["retrying"]
        ledger.dropped = row["dropped"]
        ledger.notSent = row["notSent"]
        ledger.owed = row["owed"]
        ledger.caughtUp = row["caughtUp"]
        ledger.expired = row["expired"]
        ledger.duplicates = row["duplicates"]
        ledger.joined = row["joined"]
        ledger.unknownStage = row["unknownStage"]
        return ledger
    }

    /// `?, ?, ?` for so many values.
    static func marks(_ count: Int) -> String { repeatElement("?", count: count).joined(separator: ", ") }
}

/// A column holds a word that this program does not know.
struct UnknownWord: Error, CustomStringConvertible {
    let column: String
    let text: String
    var description: String { "the column \(column) holds “\(text)”" }
}
