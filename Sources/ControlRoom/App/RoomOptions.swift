import Engine

/// Who sits here, and how the room is to look; fixed for the life of a room.
struct RoomOptions: Hashable, Sendable {
    enum Seat: Hashable, Sendable {
        /// The engine lives in this process: `q` ends it, after asking.
        case engine
        /// The engine is another process: `q` leaves it running.
        case attached
    }

    var person: Operator
    var seat: Seat
    var isReadOnly: Bool
    /// Leaves by itself once no stage is left and no broadcast is in flight.
    var exitsWhenDone: Bool
    /// The screen it begins with.
    var opens = Screen.fleet
    /// Nil: what the terminal and `NO_COLOR` suggest.
    var color: ColorMode?
    /// Nil: braille in a UTF-8 locale, else ASCII.
    var glyphs: GlyphSet?

    init(
        person: Operator, seat: Seat = .engine, isReadOnly: Bool = false, exitsWhenDone: Bool = false,
        color: ColorMode? = nil, glyphs: GlyphSet? = nil
    ) {
        self.person = person
        self.seat = seat
        self.isReadOnly = isReadOnly
        self.exitsWhenDone = exitsWhenDone
        self.color = color
        self.glyphs = glyphs
    }
}

/// Why a room ended, for the command that opened it.
enum RoomExit: Hashable, Sendable {
    /// An operator quit and the engine has ended: exit 0.
    case quit
    /// Left on purpose; the engine goes on, headless if it lives in this process.
    case detached
    /// The terminal is gone (HUP); the engine goes on.
    case hungUp
    /// TERM: the engine is to stop at a wave boundary, then exit 143.
    case terminated
    /// INT where no room holds the terminal: the engine is to stop, then exit 130.
    case interrupted
    /// The show is over and the room was told to leave then: exit 0.
    case showOver
}
