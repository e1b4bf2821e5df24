/// One thing that is wrong in a schedule file: where it stands, what it is, what to write instead.
public struct ScheduleProblem: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The file as it was named to the reader.
    public var file: String
    /// Counts from 1.
    public var line: Int
    /// Counts Unicode scalars from 1.
    public var column: Int
    /// `'hgh' is no tier`
    public var what: String
    /// `write low, high or big-bet`
    public var remedy: String

    public init(file: String, line: Int, column: Int, what: String, remedy: String) {
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.remedy = remedy
    }

    /// `Schedules/tonight.yaml:12:9: 'hgh' is no tier: write low, high or big-bet`
    public var description: String { "\(file):\(line):\(column): \(what): \(remedy)" }
}

/// Something in a schedule file that is legal and that an operator should know of.
public struct ScheduleNote: Hashable, Codable, Sendable, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var column: Int
    public var text: String

    public init(file: String, line: Int, column: Int, text: String) {
        self.file = file
        self.line = line
        self.column = column
        self.text = text
    }

    /// `Schedules/channel-24h.yaml:31:7: note: 'ending' is AUTO …`
    public var description: String { "\(file):\(line):\(column): note: \(text)" }
}

/// A place in a schedule file; both count from 1.
struct TextPlace: Hashable, Comparable, Sendable {
    var line: Int
    var column: Int

    static let start = TextPlace(line: 1, column: 1)
    static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// Why a piece of text is not what its field wants. The reader adds the place.
package struct TextFault: Error, Hashable {
    package var what: String
    package var remedy: String

    init(_ what: String, _ remedy: String) {
        self.what = what
        self.remedy = remedy
    }
}

/// Collects what is wrong in one file. Keeps the first `kept` findings, counts the rest.
struct ProblemLog {
    /// More than anybody reads, little enough to hold for a file that is wrong in every line.
    static let kept = 1000

    let file: String
    /// What the list at the root of the file is called.
    let holds: String
    private(set) var problems: [ScheduleProblem] = []
    private(set) var notes: [ScheduleNote] = []
    /// All of them, the ones not kept as well.
    private(set) var problemCount = 0

    private var firstAlias: (place: TextPlace, written: String)?
    private var aliasCount = 0

    init(file: String, holds: String = "events") {
        self.file = file
        self.holds = holds
    }

    /// Whether what is added now is only counted, so that nobody need work out its words.
    var isFull: Bool { problems.count >= Self.kept }

    mutating func add(_ place: TextPlace, _ what: String, _ remedy: String) {
        problemCount += 1
        guard !isFull else { return }
        problems.append(
            ScheduleProblem(file: file, line: place.line, column: place.column, what: what, remedy: remedy))
    }

    /// Aliases come in crowds: they are counted, and reported as one.
    mutating func alias(_ place: TextPlace, _ written: String) {
        aliasCount += 1
        if firstAlias.map({ place < $0.place }) ?? true { firstAlias = (place, written) }
    }

    mutating func reportAliases() {
        guard let alias = firstAlias else { return }
        let others = aliasCount > 1 ? " (and \(aliasCount - 1) more)" : ""
        add(alias.place, "\(quoted(alias.written))\(others): aliases are not used in schedules", "write the value out")
    }

    mutating func add(_ place: TextPlace, _ fault: TextFault) { add(place, fault.what, fault.remedy) }

    mutating func note(_ place: TextPlace, _ text: String) {
        guard notes.count < Self.kept else { return }
        notes.append(ScheduleNote(file: file, line: place.line, column: place.column, text: text))
    }
}

/// `text` in quotes, fit for a terminal: cut at 40 characters, and nothing in it that steers a screen.
func quoted(_ text: some StringProtocol) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(40) {
        shown.append(isUnprintable(scalar) ? "\u{FFFD}" : scalar)
    }
    return "'\(String(shown))\(text.unicodeScalars.count > 40 ? "..." : "")'"
}

/// Whether a character has no place in a schedule: it steers a terminal, reverses or hides text, breaks
/// lines where editors do not, or means nothing outside one vendor's fonts.
func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0x200B, 0xFEFF, 0x2028...0x202E, 0x2066...0x2069: true
    case 0xE000...0xF8FF, 0xFFFE, 0xFFFF: true
    default: false
    }
}
