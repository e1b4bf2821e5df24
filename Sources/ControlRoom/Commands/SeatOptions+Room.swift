import ArgumentParser
import Engine
import Foundation

extension SeatOptions {
    /// The person at this terminal.
    func person() throws -> Operator {
        let environment = ProcessInfo.processInfo.environment
        let name = self.operator ?? environment["USER"] ?? environment["LOGNAME"] ?? "operator"
        guard (1...32).contains(name.count), name.allSatisfy({ $0.isLetter || $0.isNumber || "._-".contains($0) })
        else {
            throw ValidationError(
                "--operator takes 1 to 32 letters, digits, dots, dashes or underscores; '\(name)' is not that.")
        }
        guard (1...16).contains(role.count) else { throw ValidationError("--role takes 1 to 16 characters.") }
        let tty = ttyname(STDIN_FILENO).map { String(cString: $0) } ?? "no-tty"
        return Operator(name: name, role: role, terminal: "\(tty)@\(ProcessInfo.processInfo.hostName)")
    }

    func room(for person: Operator, seat: RoomOptions.Seat, exitsWhenDone: Bool) throws -> RoomOptions {
        RoomOptions(
            person: person, seat: seat, isReadOnly: readOnly, exitsWhenDone: exitsWhenDone,
            color: try Self.choice(color, of: "--color", ColorMode.self),
            glyphs: try Self.choice(glyphs, of: "--glyphs", GlyphSet.self))
    }

    /// Nil for `auto`.
    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String, of option: String, _: Value.Type
    ) throws -> Value? {
        if text == "auto" { return nil }
        guard let value = Value(rawValue: text) else {
            throw ValidationError(
                "\(option) takes auto, \(Value.allCases.map(\.rawValue).joined(separator: ", ")); '\(text)' is none of them."
            )
        }
        return value
    }
}
