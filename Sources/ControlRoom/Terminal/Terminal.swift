import CNcurses
import Foundation

/// The process's terminal through ncurses: the only file that knows it. Keys are read from a 1×1 pad, since
/// reading from the screen itself would draw it; frames are compared cell by cell with the last one and put
/// out in one update.
///
/// Signals are told to the main thread through a pipe. What kills the process (a Swift trap too) first gives
/// the terminal back, in a handler that does nothing else.
@MainActor
final class Terminal: TerminalPort {
    private(set) var size: Size
    let glyphs: GlyphSet
    private let color: ColorMode
    private let isSynchronized: Bool
    private var last: Canvas?
    private var isRestored = false
    private var sources: [any DispatchSourceRead] = []
    private var signalled: (@MainActor (ProcessSignal) -> Void)?

    nonisolated static var isAvailable: Bool {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return false }
        return !["", "dumb"].contains(ProcessInfo.processInfo.environment["TERM"] ?? "")
    }

    /// - Parameters:
    ///   - color: nil lets `NO_COLOR` and the terminal decide.
    ///   - glyphs: nil is braille in a UTF-8 locale and ASCII in any other.
    init(color: ColorMode?, glyphs: GlyphSet?) throws(TerminalError) {
        let name = ProcessInfo.processInfo.environment["TERM"] ?? ""
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
        let isUTF8 = cr_is_utf8() == 1
        guard cr_start() == 1 else { throw .unknownTerminal(name) }
        // A locale that cannot say more than ASCII gets no more, whatever was asked for.
        self.glyphs = isUTF8 ? glyphs ?? .braille : .ascii
        isSynchronized = name != "linux"
        self.color = Self.startColors(wanted: color)
        size = Self.readSize()
    }

    func listen(wake: @escaping @MainActor () -> Void, signalled: @escaping @MainActor (ProcessSignal) -> Void) {
        self.signalled = signalled
        let pipe = cr_install_signals()
        if pipe >= 0 {
            observe(pipe) { [weak self] in
                self?.readSignals()
                wake()
            }
        }
        observe(STDIN_FILENO) { [weak self] in
            wake()
            if cr_is_hung_up() == 1 { self?.hangUp() }
        }
    }

    func readKeys() -> [Key] {
        guard !isRestored else { return [] }
        var keys: [Key] = [], value: UInt32 = 0
        while keys.count < Self.keysMax {
            switch cr_next_key(&value) {
            case 1: if let key = Self.key(character: value) { keys.append(key) }
            case 2: if let key = Self.key(code: Int32(bitPattern: value)) { keys.append(key) }
            default: return keys
            }
        }
        return keys
    }

    func present(_ canvas: Canvas) {
        guard !isRestored else { return }
        let previous = last?.size == canvas.size ? last : nil
        var scalars: [UInt32] = []
        for y in 0..<min(canvas.size.height, size.height) {
            for x in 0..<min(canvas.size.width, size.width) {
                let cell = canvas[x, y]
                guard cell.width > 0, previous?[x, y] != cell else { continue }
                // A wide character that does not fit the real screen any more is left out.
                guard x + Int(cell.width) <= size.width else { continue }
                scalars.removeAll(keepingCapacity: true)
                for scalar in cell.character.unicodeScalars.prefix(4) { scalars.append(scalar.value) }
                scalars.append(0)
                let look = Theme.appearance(of: cell.style, in: color)
                let emphasis =
                    (look.bold ? 1 : 0) | (look.inverse ? 2 : 0) | (look.underline ? 4 : 0) | (look.faint ? 8 : 0)
                let pair = look.hue.flatMap { Theme.hues.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
                cr_put_cell(Int32(x), Int32(y), scalars, Int32(emphasis), Int32(pair))
            }
        }
        last = canvas
        cr_update(isSynchronized ? 1 : 0)
    }

    func invalidate() {
        last = nil
        cr_touch_all()
    }

    func bell() { cr_bell() }

    func suspend() {
        cr_pause()
        cr_stop_process()
        cr_resume()
        size = Self.readSize()
    }

    func restore() {
        guard !isRestored else { return }
        isRestored = true
        for source in sources { source.cancel() }
        cr_stop()
        cr_uninstall_signals()
    }

    nonisolated static func reset() { cr_repair_terminal() }

    private func observe(_ descriptor: Int32, _ handle: @escaping @MainActor () -> Void) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .main)
        source.setEventHandler { MainActor.assumeIsolated { handle() } }
        source.resume()
        sources.append(source)
    }

    private func readSignals() {
        while true {
            switch cr_next_signal() {
            case 0: return
            case SIGINT: signalled?(.interrupt)
            case SIGTERM: signalled?(.terminate)
            case SIGHUP: hangUp()
            case SIGTSTP: signalled?(.stop)
            case SIGCONT:
                guard !isRestored else { return }
                cr_resume()
                last = nil
                signalled?(.resumed)
            default: size = Self.readSize()
            }
        }
    }

    /// The terminal is gone: nothing is read from it any more.
    private func hangUp() {
        for source in sources { source.cancel() }
        signalled?(.hangUp)
    }

    private static func readSize() -> Size {
        var columns: Int32 = 80, rows: Int32 = 24
        cr_read_size(&columns, &rows)
        return Size(width: Int(columns), height: Int(rows))
    }

    private static func startColors(wanted: ColorMode?) -> ColorMode {
        let environment = ProcessInfo.processInfo.environment
        let available = Int(cr_start_colors())
        let noColor = !(environment["NO_COLOR"] ?? "").isEmpty
        var mode = wanted ?? (noColor ? .mono : available >= 256 ? .indexed : .sixteen)
        if wanted == nil, !noColor, ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") {
            mode = .trueColor
        }
        if mode == .trueColor, cr_can_change_colors() == 0 || available < 256 { mode = .indexed }
        if mode == .indexed, available < 256 { mode = .sixteen }
        if available < 8 { mode = .mono }
        for (index, hue) in Theme.hues.enumerated() where mode != .mono {
            var color = mode == .sixteen ? hue.basic : hue.indexed
            if mode == .trueColor {
                color = trueColorBase + index
                cr_define_color(Int32(color), Int32(hue.rgb))
            }
            cr_define_pair(Int32(index + 1), Int32(color))
        }
        return mode
    }

    private static func key(character value: UInt32) -> Key? {
        switch value {
        case 27: return .escape
        case 10, 13: return .enter
        case 9: return .tab
        case 8, 127: return .backspace
        case 1...26:
            return Unicode.Scalar(value + 96).map { .control(Character($0)) }
        case 0..<32: return nil
        default: return Unicode.Scalar(value).map { .character(Character($0)) }
        }
    }

    private static func key(code: Int32) -> Key? {
        switch code {
        case KEY_UP: .up
        case KEY_DOWN: .down
        case KEY_LEFT: .left
        case KEY_RIGHT: .right
        case KEY_HOME: .home
        case KEY_END: .end
        case KEY_PPAGE: .pageUp
        case KEY_NPAGE: .pageDown
        case KEY_ENTER: .enter
        case KEY_BACKSPACE: .backspace
        case KEY_DC: .delete
        case KEY_BTAB: .backTab
        case KEY_F0 + 1...KEY_F0 + 12: .function(Int(code - KEY_F0))
        default: nil
        }
    }

    /// Keys read at most in one go; the rest waits in the kernel.
    private static let keysMax = 1000
    /// Palette places that true colour redefines; far from those that shells use.
    private static let trueColorBase = 240
}
