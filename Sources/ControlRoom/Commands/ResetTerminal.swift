import ArgumentParser

/// Repairs a terminal that a killed room left in disorder.
struct ResetTerminal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-terminal",
        abstract: "Put a terminal that a killed room left in disorder back in order.",
        discussion: "Example: control-room reset-terminal")

    mutating func run() throws { MainActor.assumeIsolated { Room.resetTerminal() } }
}
