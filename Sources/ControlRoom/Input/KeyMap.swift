import Engine

/// The key table. `h j k l` and the arrows move on every screen; no Ctrl chord is the only way to anything,
/// since terminal multiplexers take them; capitals and punctuation stop things or break the plan; the keys
/// beside `H` and `t` open at most a plan.
enum KeyMap {
    static let bindings: [KeyBinding] = moves + acts + views + texts

    /// What `key` does on `screen`.
    static func binding(for key: Key, on screen: Screen) -> KeyBinding? {
        bindings.first { $0.keys.contains(key) && $0.holds(on: screen) }
    }

    static func binding(for action: AppAction) -> KeyBinding? { bindings.first { $0.action == action } }

    private static let moves: [KeyBinding] = [
        KeyBinding(
            keys: [.character("j"), .down], title: "down", command: "down", action: .move(.down), group: .move,
            footer: "move"),
        KeyBinding(keys: [.character("k"), .up], title: "up", command: "up", action: .move(.up), group: .move),
        KeyBinding(keys: [.character("h"), .left], title: "left", command: "left", action: .move(.left), group: .move),
        KeyBinding(
            keys: [.character("l"), .right], title: "right", command: "right", action: .move(.right), group: .move),
        KeyBinding(keys: [.character("g"), .home], title: "top", command: "top", action: .move(.top), group: .move),
        KeyBinding(
            keys: [.character("G"), .end], title: "bottom", command: "bottom", action: .move(.bottom), group: .move),
        KeyBinding(
            keys: [.pageDown, .control("f")], title: "page down", command: "page-down", action: .move(.pageDown),
            group: .move),
        KeyBinding(
            keys: [.pageUp, .control("b")], title: "page up", command: "page-up", action: .move(.pageUp), group: .move),
        KeyBinding(
            keys: [.control("d")], title: "half page down", command: "half-down", action: .move(.halfDown), group: .move
        ),
        KeyBinding(
            keys: [.control("u")], title: "half page up", command: "half-up", action: .move(.halfUp), group: .move),
        KeyBinding(keys: [.tab], title: "next pane", command: "next-pane", action: .move(.nextPane), group: .move),
        KeyBinding(
            keys: [.backTab], title: "previous pane", command: "previous-pane", action: .move(.previousPane),
            group: .move),
        KeyBinding(
            keys: [.character("]")], title: "next event, broadcast, marker", command: "next", action: .move(.next),
            group: .move),
        KeyBinding(
            keys: [.character("[")], title: "previous event, broadcast, marker", command: "previous",
            action: .move(.previous), group: .move),
        KeyBinding(keys: [.enter], title: "open", command: "open", action: .open, group: .move, footer: "open"),
        KeyBinding(
            keys: [.escape], title: "back, close, stop a countdown", command: "back", action: .back, group: .move),
    ]

    private static let acts: [KeyBinding] = [
        KeyBinding(
            keys: [.character("t"), .function(12)], title: "TAKE next", command: "take", action: .take, group: .act,
            guards: [.g2, .g3, .g3TwoOperators], footer: "TAKE", disabled: Reasons.take
        ),
        KeyBinding(
            keys: [.character("H"), .function(8)], title: "HOLD, resume", command: "hold", action: .hold, group: .act,
            guards: [.g0, .g2], footer: "HOLD", disabled: Reasons.event
        ),
        KeyBinding(
            keys: [.character("p")], title: "plan: reschedule", command: "reschedule", action: .reschedule, group: .act,
            guards: [.g2], footer: "plan", disabled: Reasons.reschedule
        ),
        KeyBinding(
            keys: [.character("T")], title: "trigger any stage", command: "trigger", action: .trigger, group: .act,
            guards: [.g3, .g3TwoOperators], disabled: Reasons.trigger
        ),
        KeyBinding(
            keys: [.character("R")], title: "recycle to a point", command: "recycle", action: .recycle, group: .act,
            guards: [.g3, .g3TwoOperators], disabled: Reasons.recycle
        ),
        KeyBinding(
            keys: [.character("!")], title: "abort waves in flight", command: "abort", action: .abort, group: .act,
            guards: [.g3, .g3TwoOperators], disabled: Reasons.abort
        ),
        KeyBinding(
            keys: [.character("W")], title: "pause the waves to come", command: "pause-waves", action: .pauseWaves,
            group: .act,
            guards: [.g2], disabled: Reasons.pauseWaves
        ),
        KeyBinding(
            keys: [.character("O")], title: "promote waves that wait", command: "promote", action: .promote,
            group: .act,
            guards: [.g2, .g3], disabled: Reasons.promote
        ),
        KeyBinding(
            keys: [.character("v")], title: "vote go / no-go", command: "vote", action: .vote, group: .act,
            guards: [.g1], footer: "vote", disabled: Reasons.vote
        ),
        KeyBinding(
            keys: [.character("r")], title: "retry un-acked", command: "resend", action: .resend, group: .act,
            guards: [.g2], disabled: Reasons.resend
        ),
        KeyBinding(
            keys: [.character("d")], title: "drain an edge node", command: "drain", action: .drain, group: .act,
            guards: [.g2], disabled: Reasons.node
        ),
        KeyBinding(
            keys: [.character("c")], title: "cordon an edge node, open it", command: "cordon", action: .cordon,
            group: .act,
            guards: [.g2], disabled: Reasons.node
        ),
        KeyBinding(
            keys: [.character("a")], title: "ack the newest alert", command: "ack", action: .acknowledge, group: .act,
            guards: [.g1], footer: "ack", disabled: Reasons.acknowledge
        ),
        KeyBinding(
            keys: [.character("A")], title: "ack all alerts", command: "ack-all", action: .acknowledgeAll, group: .act,
            guards: [.g1], disabled: Reasons.acknowledge
        ),
        KeyBinding(
            keys: [.character("u")], title: "undo a reschedule", command: "undo", action: .undo, group: .act,
            guards: [.g2], disabled: Reasons.undo
        ),
        KeyBinding(
            keys: [.character("D")], title: "adopt the edited schedule", command: "adopt", action: .adopt, group: .act,
            guards: [.g2], disabled: Reasons.adopt
        ),
        KeyBinding(
            keys: [.character("P")], title: "pending plan: second operator", command: "pending", action: .pending,
            group: .act,
            guards: [.g0], disabled: Reasons.pending
        ),
        KeyBinding(
            keys: [.character("o")], title: "override a bucket", command: "override-bucket", action: .overrideBucket,
            group: .act,
            guards: [.g2, .g3TwoOperators], screens: [.traffic], footer: "override", disabled: Reasons.traffic
        ),
        KeyBinding(
            keys: [.character("+"), .character("=")], title: "admit more of a bucket", command: "admit-more",
            action: .admit(1), group: .act,
            guards: [.g2, .g3TwoOperators], screens: [.traffic], disabled: Reasons.traffic
        ),
        KeyBinding(
            keys: [.character("-")], title: "admit less of a bucket", command: "admit-less", action: .admit(-1),
            group: .act,
            guards: [.g2, .g3TwoOperators], screens: [.traffic], disabled: Reasons.traffic
        ),
        KeyBinding(
            keys: [.character("L")], title: "degradation levers", command: "levers", action: .levers, group: .act,
            guards: [.g2], screens: [.traffic], footer: "levers", disabled: Reasons.traffic
        ),
        KeyBinding(
            keys: [.character("q")], title: "back; at Fleet quit", command: "quit", action: .quit, group: .act,
            guards: [.g2, .g3]
        ),
        KeyBinding(
            keys: [.character("Q")], title: "leave, the engine goes on", command: "detach", action: .detach, group: .act
        ),
    ]

    private static let views: [KeyBinding] = Screen.allCases.map { screen in
        KeyBinding(
            keys: [.character(Character(String(screen.rawValue)))], title: screen.title,
            command: "screen-\(screen.rawValue)", action: .show(screen), group: .see
        )
    } + [
            KeyBinding(
                keys: [.character("/")], title: "filter", command: "filter", action: .filter, group: .see,
                footer: "filter"),
        KeyBinding(keys: [.character("n")], title: "next match", command: "match", action: .nextMatch, group: .see),
            KeyBinding(
                keys: [.character("N")], title: "previous match", command: "match-back", action: .previousMatch,
                group: .see),
            KeyBinding(
                keys: [.character(":"), .control("p")], title: "command", command: "palette", action: .palette,
                group: .see, footer: "command"),
            KeyBinding(
                keys: [.character("?"), .function(1)], title: "help", command: "help", action: .help, group: .see,
                footer: "help"),
            KeyBinding(
                keys: [.character("s")], title: "sort by another column", command: "sort", action: .sort, group: .see),
            KeyBinding(
                keys: [.character("S")], title: "reverse the order", command: "sort-reverse", action: .reverseSort,
                group: .see),
        KeyBinding(
                keys: [.character("b")], title: "group by cause, region, node, family, build", command: "group",
                action: .regroup,
            group: .see, screens: [.lagging], footer: "group by"
        ),
            KeyBinding(
                keys: [.character("z")], title: "fold what is calm", command: "fold", action: .foldCalm, group: .see),
            KeyBinding(
                keys: [.character("}")], title: "replay: next command", command: "next-command", action: .nextCommand,
                group: .see, footer: "next deed", disabled: Reasons.replay),
            KeyBinding(
                keys: [.character("{")], title: "replay: previous command", command: "previous-command",
                action: .previousCommand, group: .see, disabled: Reasons.replay),
            KeyBinding(
                keys: [.character(">")], title: "replay: faster, to 3600x", command: "faster", action: .faster,
                group: .see, footer: "faster", disabled: Reasons.replay),
            KeyBinding(
                keys: [.character("<")], title: "replay: slower", command: "slower", action: .slower, group: .see,
                disabled: Reasons.replay),
            KeyBinding(
                keys: [.character("m")], title: "replay: set a mark", command: "mark", action: .mark, group: .see,
                footer: "mark", disabled: Reasons.replay),
            KeyBinding(
                keys: [.character("w")], title: "what if: replay from the cursor; Traffic: a surge", command: "what-if",
                action: .whatIf, group: .see, footer: "what if", disabled: Reasons.whatIf),
            KeyBinding(
                keys: [.character(" ")], title: "freeze the view; replay: play", command: "freeze", action: .freeze,
                group: .see),
            KeyBinding(
                keys: [.character("f")], title: "follow the newest; leave a replay", command: "follow", action: .follow,
                group: .see),
        KeyBinding(
            keys: [.character("e")], title: "export the rows shown", command: "export", action: .export, group: .see,
            disabled: { $0.screen == .audit ? nil : "The rows of Audit can be exported: 9, then e" }
        ),
            KeyBinding(
                keys: [.control("l")], title: "repaint everything", command: "repaint", action: .repaint, group: .see),
    ]

    private static let texts: [KeyBinding] = [
        KeyBinding(
            keys: [.character("i")], title: "note; Audit: give the reason", command: "note", action: .note,
            group: .text, guards: [.g1], footer: "note"
        )
    ]
}
