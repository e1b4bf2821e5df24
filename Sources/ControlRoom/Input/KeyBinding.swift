import Engine

/// One line of the key table: from it come dispatch, footer, help, palette and `Documentation/Keybindings.md`.
struct KeyBinding: Sendable {
    enum Group: String, Sendable, CaseIterable {
        case move = "MOVE"
        case act = "ACT"
        case see = "SEE"
        case text = "TEXT"
    }

    var keys: [Key]
    /// `TAKE next`
    var title: String
    /// The word that runs it from the palette and the `--text` prompt.
    var command: String
    var action: AppAction
    var group: Group
    /// The guard levels its intent may have, least first; empty for what only looks. The guard itself is the engine's.
    var guards: [GuardLevel] = []
    /// Where it does anything; nil everywhere.
    var screens: Set<Screen>?
    /// What the footer calls it; nil where it is not shown there.
    var footer: String?
    /// Why it would do nothing now, with what to do instead; nil while it works.
    var disabled: @Sendable (AppState) -> String? = { _ in nil }

    /// `t F12`
    var keyNames: String { keys.map(\.name).joined(separator: " ") }

    /// `G2 / G3`, or `-`.
    var guardNames: String { guards.isEmpty ? "-" : guards.map(\.rawValue).joined(separator: " / ") }

    func holds(on screen: Screen) -> Bool { screens?.contains(screen) ?? true }
}
