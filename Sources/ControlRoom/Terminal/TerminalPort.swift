/// The seam between the room and a terminal: ncurses, or a script in tests. Only used on the main thread,
/// since curses is not safe on any other.
@MainActor
protocol TerminalPort: AnyObject {
    var size: Size { get }
    /// What the terminal can draw with.
    var glyphs: GlyphSet { get }
    /// The keys typed since the last call; never waits.
    func readKeys() -> [Key]
    /// Puts the frame on the terminal, touching only what differs from the last one.
    func present(_ canvas: Canvas)
    /// Draws every cell anew with the next frame.
    func invalidate()
    func bell()
    /// Gives the terminal back to the shell, stops the process, and returns once it was continued.
    func suspend()
    /// Gives the terminal back for good. May be called twice.
    func restore()
    /// Has `wake` called on the main thread whenever keys or a new size may be there, and `signalled` for signals.
    func listen(wake: @escaping @MainActor () -> Void, signalled: @escaping @MainActor (ProcessSignal) -> Void)
}

/// Why there is no terminal to draw on.
enum TerminalError: Error, Hashable {
    case notATerminal
    case unknownTerminal(String)
}
