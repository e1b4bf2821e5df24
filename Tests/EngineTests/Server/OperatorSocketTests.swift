@testable import Engine
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite struct OperatorSocketTests {
    private let folder: ScratchFolder
    init() throws { folder = try ScratchFolder() }
    private var path: String { folder.path + "/engine.sock" }

    /// Who came and went, in order.
    private final class Desk: Sendable {
        private let log = Mutex<[String]>([])
        var entries: [String] { log.withLock { $0 } }
        func note(_ text: String) { log.withLock { $0.append(text) } }
    }

    private func socket(
        _ box: SnapshotBox = RoomFixture.box(), desk: Desk = Desk(),
        handle: @escaping @Sendable (EngineCommand, Actor) async -> EngineReply = { _, actor in .done(1, "\(actor)") }
    ) -> OperatorSocket {
        OperatorSocket(
            path: path, snapshots: box, handle: handle,
            operatorArrived: { desk.note("+\($0.name)") }, operatorLeft: { desk.note("-\($0.name)") })
    }

    private func withSocket(_ socket: OperatorSocket, _ body: () async throws -> Void) async throws {
        try await socket.start()
        do { try await body() } catch {
            await socket.stop()
            throw error
        }
        await socket.stop()
    }

    private let hello = OperatorHello(operator: Operator(name: "ana", role: "SCO", terminal: "pts/3@desk"))

    @Test func greetsAndCarriesOutCommands() async throws {
        let desk = Desk()
        try await withSocket(socket(desk: desk)) {
            let terminal = try await RawTerminal(path)
            terminal.send(hello)
            guard case .greeting(let greeting) = try await terminal.next() else {
                return #expect(Bool(false), "no greeting")
            }
            #expect(greeting.operator.terminal == "pts/3@desk:\(getpid())")
            #expect(desk.entries == ["+ana"])
            terminal.send(OperatorRequest(id: 7, command: .perform(.hold("fight-night"))))
            var lines = [try await terminal.next(), try await terminal.next()]
            lines.sort { left, _ in if case .reply = left { true } else { false } }
            #expect(lines[0] == .reply(7, .done(1, "ana")))
            #expect(lines[1] == .snapshot(RoomFixture.snapshot()))
            terminal.close()
            try await eventually { desk.entries == ["+ana", "-ana"] }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func fileIsForItsOwnerOnly() async throws {
        try await withSocket(socket()) {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test(arguments: [
        ("not JSON", "The first line must be"), (#"{"protocol":3,"operator":{}}"#, "speaks protocol 2, the terminal 3"),
        (#"{"protocol":2}"#, "lacks the operator"),
        (#"{"protocol":2,"operator":{"name":"","role":"","terminal":"t"}}"#, "1 to 32 visible"),
        (#"{"protocol":2,"operator":{"name":"a\u001b[2J","role":"","terminal":"t"}}"#, "1 to 32 visible"),
        (#"{"protocol":2,"operator":{"name":"a\u202eb","role":"","terminal":"t"}}"#, "1 to 32 visible"),
        (#"{"protocol":2,"operator":{"name":"Engine","role":"","terminal":"t"}}"#, "choose another name"),
        (#"{"protocol":2,"operator":{"name":"signal:truck","role":"","terminal":"t"}}"#, "choose another name"),
        (#"{"protocol":2,"operator":{"name":"ana","role":"12345678901234567","terminal":"t"}}"#, "at most 16"),
        (#"{"protocol":2,"operator":{"name":"ana","role":"","terminal":""}}"#, "1 to 64"),
    ])
    func refusesInWords(line: String, part: String) async throws {
        let desk = Desk()
        try await withSocket(socket(desk: desk)) {
            let terminal = try await RawTerminal(path)
            terminal.send(text: line + "\n")
            guard case .refused(let sentence) = try await terminal.next() else {
                return #expect(Bool(false), "not refused")
            }
            #expect(sentence.contains(part), "\(sentence)")
            try await terminal.ended()
        }
        #expect(desk.entries.isEmpty)
    }

    @Test(arguments: ["{}\n", "{\"id\":1,\"command\":{\"reboot\":{}}}\n", String(repeating: "x", count: 1_100_000)])
    func badLinesEndTheConnection(text: String) async throws {
        try await withSocket(socket(SnapshotBox())) {
            let terminal = try await RawTerminal(path)
            terminal.send(hello)
            _ = try await terminal.next()
            terminal.send(text: text)
            guard case .error = try await terminal.next() else { return #expect(Bool(false), "no error line") }
            try await terminal.ended()
        }
    }

    @Test func thirtyThirdOperatorIsRefused() async throws {
        try await withSocket(socket(SnapshotBox())) {
            var terminals: [RawTerminal] = []
            for _ in 0..<OperatorSocket.operatorsMax {
                let terminal = try await RawTerminal(path)
                terminal.send(hello)
                guard case .greeting = try await terminal.next() else { return #expect(Bool(false), "not greeted") }
                terminals.append(terminal)
            }
            let late = try await RawTerminal(path)
            late.send(hello)
            guard case .refused(let sentence) = try await late.next() else {
                return #expect(Bool(false), "not refused")
            }
            #expect(sentence.contains("somebody must leave first"))
            for terminal in terminals { terminal.close() }
        }
    }

    @Test func commandsAreBoundedInFlight() async throws {
        try await withSocket(socket(SnapshotBox(), handle: { _, _ in
            try? await Task.sleep(for: .milliseconds(500))
            return .done(nil, "late")
        })) {
            let terminal = try await RawTerminal(path)
            terminal.send(hello)
            _ = try await terminal.next()
            for id in 0...Int64(OperatorWire.commandsMax) {
                terminal.send(OperatorRequest(id: id, command: .discard(1)))
            }
            guard case .error(let sentence) = try await terminal.next() else { return #expect(Bool(false), "no error") }
            #expect(sentence.contains("wait for their reply"))
        }
    }

    @Test func slowReaderSkipsSnapshotsAndGetsTheNewest() async throws {
        let box = SnapshotBox()
        // About a megabyte each: more than the kernel's buffers take.
        let title = String(repeating: "x", count: 900_000)
        try await withSocket(socket(box)) {
            let terminal = try await RawTerminal(path, reading: false)
            terminal.send(hello)
            for number in 1...12 {
                box.put(RoomFixture.snapshot(number: Int64(number), title: title))
                try await Task.sleep(for: .milliseconds(60))
            }
            try await terminal.startReading()
            _ = try await terminal.next()
            var numbers: [Int64] = []
            while numbers.last != 12 {
                if case .snapshot(let snapshot) = try await terminal.next() { numbers.append(snapshot.number) }
            }
            #expect(numbers.count <= 3, "\(numbers)")
            terminal.close()
        }
    }

    @Test func deadEnginesFileIsReplacedALivingOnesIsNot() async throws {
        let dead = try SocketFile(claiming: path)
        close(dead.descriptor)
        try await withSocket(socket()) {
            let second = socket()
            let error = await #expect(throws: ServerStartError.self) { try await second.start() }
            #expect(error?.sentence.contains("Another engine listens") == true)
            // The refused one has not taken the file with it.
            _ = try await RawTerminal(path)
        }
    }

    @Test func otherFilesAndLongPathsAreRefusedInWords() async throws {
        let file = try folder.file("engine.sock", "precious")
        #expect(throws: ServerStartError.self) { try SocketFile(claiming: file) }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
        let error = #expect(throws: ServerStartError.self) {
            try SocketFile(claiming: folder.path + "/" + String(repeating: "x", count: 120))
        }
        #expect(error?.sentence.contains("longer than the 107 bytes") == true)
    }

    @Test func folderIsMadePrivate() throws {
        let file = try SocketFile(claiming: folder.path + "/state/control-room/engine.sock")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/state/control-room")[
            .posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o700)
        close(file.descriptor)
        file.release()
    }

    private func eventually(_ holds: () -> Bool) async throws {
        for _ in 0..<200 where !holds() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(holds())
    }
}

/// A terminal that says exactly what it is told to.
private final class RawTerminal: Sendable {
    private let channel: any Channel
    private let lines: Mutex<AsyncThrowingStream<OperatorLine, any Error>.Iterator?>

    init(_ path: String, reading: Bool = true) async throws {
        let (stream, feed) = AsyncThrowingStream.makeStream(of: OperatorLine.self)
        lines = Mutex(stream.makeAsyncIterator())
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reading)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(LineDecoder(), maximumBufferSize: OperatorWire.answerBytesMax),
                        Reader(feed))
                }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let feed: AsyncThrowingStream<OperatorLine, any Error>.Continuation
        init(_ feed: AsyncThrowingStream<OperatorLine, any Error>.Continuation) { self.feed = feed }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let line = OperatorWire.value(OperatorLine.self, in: unwrapInboundIn(data)) { feed.yield(line) }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { feed.finish() }
    }

    struct Ended: Error {}

    func send(_ value: some Encodable) { channel.writeAndFlush(OperatorWire.line(value), promise: nil) }
    func send(text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }
    func close() { channel.close(promise: nil) }
    func ended() async throws { try await channel.closeFuture.get() }

    func next() async throws -> OperatorLine {
        guard var iterator = lines.withLock({ $0 }) else { throw Ended() }
        guard let line = try await iterator.next() else { throw Ended() }
        return line
    }
}
