import ArgumentParser

/// The executable `control-room`: everything it can do, by name.
@main
struct ControlRoom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control-room",
        abstract: "Runs live events: from a schedule file to every device, with an operator at the desk.",
        discussion: """
            Examples:
              control-room run Schedules/tonight.yaml
              control-room attach --operator ana --role lead
              control-room rehearse Schedules/christmas-doubleheader.yaml --audience 100M
              control-room validate Schedules/tonight.yaml
              control-room devices --event tonight --count 1000
            """,
        version: version,
        subcommands: [
            Run.self, Serve.self, Attach.self, Rehearse.self, WhatIf.self, Redrive.self, Validate.self, Database.self,
            Export.self, Replay.self, Report.self,
            Devices.self, ResetTerminal.self,
        ],
        defaultSubcommand: Run.self)

    /// Of this release; stands in CHANGELOG.md.
    static let version = "0.4.0"
}
