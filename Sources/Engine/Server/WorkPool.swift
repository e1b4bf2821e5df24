import Glibc
import NIOPosix

/// Threads for the work that may wait: what is made for requests that are not CRITICAL, telemetry, metrics.
///
/// They are nicer to the kernel than all others, so that at full load event loops, the engine, its disk and critical
/// requests take the processor as soon as they have work, and these have what is left. Bound: what waits for a thread
/// has been admitted, so the lanes' limits (`TrafficLimits.concurrencyMax` each) bound it.
public final class WorkPool: Sendable {
    /// Their weight against others is about a tenth (`nice` 10 in the scheduler's table).
    private static let niceness: Int32 = 10

    private let threads: NIOThreadPool

    /// - Parameter count: threads; as many as processors is right, for nothing here waits.
    public init(count: Int) {
        threads = NIOThreadPool(numberOfThreads: max(1, count))
        threads.start()
    }

    func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { done in
            threads.submit { _ in
                // On Linux it speaks of the calling thread alone, and to repeat it changes nothing.
                setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
                done.resume(returning: work())
            }
        }
    }

    public func stop() async { try? await threads.shutdownGracefully() }
}
