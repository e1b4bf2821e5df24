import NIOCore
#if canImport(Glibc)
import Glibc
#endif

/// Stops accepting for a while when the process is out of file descriptors or memory.
///
/// A listener stays readable while connections wait in its backlog, so without a pause the loop would spin on
/// it. NIO's `AcceptBackoffHandler` does not help when the first accept fails (2.101: the pending read keeps the listener
/// registered); turning auto-read off takes it out of the selector.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// New connections wait this long in the kernel.
    private static let pause = TimeAmount.seconds(1)
    /// Descriptors kept from connections, for the database, logs, operators and HTTP.
    private static let reserve = 500
    private var isPaused = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        guard !isPaused, (try? context.channel.syncOptions?.setOption(.autoRead, value: false)) != nil else { return }
        isPaused = true
        let bound = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            let (handler, channel) = bound.value
            handler.isPaused = false
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    /// How many connections a node may promise under the process's limit of open files: all but a reserve, half of
    /// them where the limit is small.
    static func connectionsMax(wanted: Int) -> Int {
        #if canImport(Glibc)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let files = Int(clamping: limit.rlim_cur)
        return min(wanted, max(files - reserve, files / 2))
        #else
        return wanted
        #endif
    }
}
