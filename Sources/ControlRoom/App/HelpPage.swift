/// The help overlay, written from the key table: what is live on this screen, with guard levels, and the words.
enum HelpPage {
    /// Rows of help that fit a terminal of this size.
    static func rows(in size: Size) -> Int { max(1, size.height - 6) }

    static func lines(for state: AppState) -> [DialogLine] {
        let width = min(116, state.size.width - 4) - 2
        var columns: [[DialogLine]] = [[], []]
        for group in KeyBinding.Group.allCases {
            let column = group == .act || group == .text ? 0 : 1
            if !columns[column].isEmpty { columns[column].append(DialogLine()) }
            columns[column].append(DialogLine(group.rawValue, .title))
            columns[column] += group == .see ? views(state) : entries(group, state)
        }
        let lines = width >= 92 ? beside(columns, width: width) : columns[0] + [DialogLine()] + columns[1]
        return lines + [DialogLine()] + explanations.map { DialogLine($0, .dim) }
    }

    private static func entries(_ group: KeyBinding.Group, _ state: AppState) -> [DialogLine] {
        KeyMap.bindings.filter { $0.group == group && $0.holds(on: state.screen) && !isHidden($0, state) }.map {
            entry($0)
        }
    }

    /// The digits of the screens stand in one line.
    private static func views(_ state: AppState) -> [DialogLine] {
        let digits = Screen.allCases.map { "\($0.rawValue) \($0.title)" }.joined(separator: "  ")
        return [DialogLine(digits)] + entries(.see, state).filter { line in !(line.text.first?.isNumber ?? false) }
    }

    private static func isHidden(_ binding: KeyBinding, _ state: AppState) -> Bool {
        state.options.isReadOnly && binding.action.steers
    }

    private static func entry(_ binding: KeyBinding) -> DialogLine {
        var line = DialogLine(pad(binding.keyNames, 12), .bold)
        line.append(pad(binding.title, 31))
        line.append(binding.guards.isEmpty ? "" : binding.guardNames, .dim)
        return line
    }

    private static func beside(_ columns: [[DialogLine]], width: Int) -> [DialogLine] {
        (0..<max(columns[0].count, columns[1].count)).map { index in
            var line = index < columns[0].count ? columns[0][index] : DialogLine()
            line.append(String(repeating: " ", count: max(1, width / 2 - line.width)))
            if index < columns[1].count { line.segments += columns[1][index].segments }
            return line
        }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - TextWidth.of(text)))
    }

    private static let explanations = [
        "G0 acts at once   G1 acts at once, journalled   G2 shows its plan, y applies",
        "G3 shows the plan, the code and y arm it, 3 s countdown, Esc stops it; G3+2: a second operator too",
        "TAKE send the next stage   HOLD stop the T-clock   RECYCLE go back to a stage by a new broadcast",
        "t99 time until 99% have acked   un-acked sent and not confirmed   owed offline, caught up on return",
        "!! act now   ! soon   . fyi   ✓ good   ▸ cursor   × out   monochrome: same glyphs, no colour",
    ]
}
