@testable import ControlRoom

/// `Documentation/Keybindings.md`, written from the key table; a test fails when the file is stale.
enum KeyMapPage {
    static var text: String {
        var lines = [
            "# Key bindings", "",
            "Generated from `Sources/ControlRoom/Input/KeyMap.swift`; do not edit. Every command also runs from the",
            "palette (`:`) and the `--text` prompt by the word in the last column.", "",
            "Guard levels: G0 acts at once · G1 acts at once, journalled · G2 shows its plan, `y` applies · G3 shows its plan,",
            "the event's code and `y` arm it, a countdown runs, Esc stops it · G3+2 as G3, and a second operator approves.",
            "",
        ]
        for group in KeyBinding.Group.allCases {
            lines += ["## \(group.rawValue)", "", "| Key | Does | Guard | Command |", "|---|---|---|---|"]
            for binding in KeyMap.bindings where binding.group == group {
                let keys = binding.keys.map { "`\($0.name)`" }.joined(separator: " ")
                lines.append("| \(keys) | \(binding.title) | \(binding.guardNames) | `\(binding.command)` |")
            }
            lines.append("")
        }
        lines += ["## Commands with arguments, or without a key", "", "| Command | Does |", "|---|---|"]
        let keyed = Set(KeyMap.bindings.map(\.command))
        for usage in PaletteCommand.usages where !keyed.contains(usage.text) {
            lines.append("| `\(usage.text.replacing("|", with: "\\|"))` | \(usage.summary) |")
        }
        lines += [
            "", "## Everywhere", "",
            "- Ctrl-C leaves a text field or a dialog; twice within two seconds it is the quit dialog. It never kills.",
            "- Ctrl-Z is refused while a stage is due within ten minutes or a broadcast is in flight: `:detach` leaves instead.",
            "- In a text field no letter is a command; Esc leaves it. F8 (HOLD) works even there.",
            "- In a plan: Enter and Esc cancel, Space does nothing, `y` confirms once it has been on the screen for 250 ms.",
            "",
        ]
        return lines.joined(separator: "\n")
    }
}
