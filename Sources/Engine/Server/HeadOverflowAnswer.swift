import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Says 414 or 431 to a head that is too long, where NIO's parser only stops.
///
/// Two handlers that share one look at the bytes: the first, before the parser, notes whether the request line has
/// ended; the second, behind it, answers the parser's `headerOverflow`. Any other fault of framing is left to the
/// server, which answers 400.
final class HeadOverflowAnswer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let look = HeadLook()

    func handlerAdded(context: ChannelHandlerContext) {
        // Fails only while the channel closes; then there is nobody to answer.
        try? context.pipeline.syncOperations.addHandler(look, position: .first)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: look.isInHead = false
        case .body: break
        case .end: look.begin()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error as? HTTPParserError == .headerOverflow, look.isInHead, !look.hasAnswered else {
            return context.fireErrorCaught(error)
        }
        look.hasAnswered = true
        let sentence = look.hasLine
            ? "The headers are longer than \(HTTPServer.headerBytesMax / 1024) KiB, or there are more than \(HTTPServer.headersMax)."
            : "The address is longer than \(HTTPEndpoints.targetBytesMax / 1024) KiB: send a long query by POST."
        let answer = HTTPAnswer.error(look.hasLine ? 431 : 414, sentence)
        var headers = answer.headers
        headers[.connection] = "close"
        headers[.contentLength] = String(answer.content.readableBytes)
        context.write(
            wrapOutboundOut(.head(HTTPResponse(status: .init(code: answer.status), headerFields: headers))),
            promise: nil)
        context.write(wrapOutboundOut(.body(answer.content)), promise: nil)
        // What the sender still has on the way would reset the connection and lose the answer: it is read and dropped
        // for a moment.
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(mode: .output, promise: nil)
        }
        context.eventLoop.scheduleTask(in: .milliseconds(500)) { channel.close(promise: nil) }
    }
}

/// Looks at the raw bytes of heads, and lets everything by.
private final class HeadLook: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    var isInHead = true
    var hasLine = false
    var hasAnswered = false

    func begin() {
        isInHead = true
        hasLine = false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        if isInHead, !hasLine { hasLine = unwrapInboundIn(data).readableBytesView.contains(UInt8(ascii: "\n")) }
        context.fireChannelRead(data)
    }
}
