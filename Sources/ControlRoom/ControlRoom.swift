import ArgumentParser

/// The executable `control-room`: everything it can do, by name.
@main
struct ControlRoom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control-room",
        abstract: "Runs live events: from a schedule file to every device, with an operator at the desk.",
        discussion: """
            Example:
              control-room validate Schedules/tonight.yaml
            """,
        subcommands: [Validate.self])
}
