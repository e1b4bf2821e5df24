import Dispatch
import Foundation

/// TERM, INT and HUP as values instead of sudden ends. While a room holds the terminal it watches them itself; this
/// is for the text form and for an engine without a screen.
@MainActor
final class ProcessSignalWatch {
    private var sources: [any DispatchSourceSignal] = []
    /// In order of arrival; what nobody has waited for yet is kept.
    private var received: [Int32] = []
    private var delivered = 0
    private var waiter: CheckedContinuation<Int32, Never>?

    init() {
        for number in [SIGTERM, SIGINT, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
            source.setEventHandler { MainActor.assumeIsolated { self.take(number) } }
            source.activate()
            sources.append(source)
        }
        // A reader that went away ends a write with an error, never the engine.
        signal(SIGPIPE, SIG_IGN)
    }

    private func take(_ number: Int32) {
        // A second TERM or INT while the first is being obeyed means now.
        if number != SIGHUP, received.contains(number) { _exit(128 + number) }
        received.append(number)
        guard let waiter else { return }
        self.waiter = nil
        delivered += 1
        waiter.resume(returning: number)
    }

    private func next() async -> Int32 {
        // Whoever waited before has been overtaken by the next command of this process and learns nothing more.
        waiter?.resume(returning: SIGHUP)
        waiter = nil
        if delivered < received.count {
            defer { delivered += 1 }
            return received[delivered]
        }
        return await withCheckedContinuation { waiter = $0 }
    }

    /// What the next signal means to a room in text form.
    func exit() async -> RoomExit? {
        switch await next() {
        case SIGTERM: .terminated
        case SIGINT: .interrupted
        default: .hungUp
        }
    }

    /// The next signal that ends an engine without a screen.
    func end() async -> RoomExit? {
        while true {
            if let exit = await exit(), exit != .hungUp { return exit }
        }
    }
}
