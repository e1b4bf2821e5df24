import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The Unix socket that operators attach to: the same commands and snapshots as in the engine's own process
/// (`OperatorWire`). It runs on one thread of its own, so that nothing a terminal does reaches a fan-out.
///
/// Bounds: `operatorsMax` operators, twice as many connections, `OperatorWire.commandsMax` commands in flight each,
/// one snapshot on its way each: a terminal that reads slowly skips snapshots. Whoever does not greet
/// within `greetingWithin`, sends a bad line or is another user of the machine is told so and cut.
public final class OperatorSocket: Sendable {
    static let operatorsMax = 32
    static let greetingWithin: TimeAmount = .seconds(5)
    static let snapshotEvery: TimeAmount = .milliseconds(100)

    private let path: String
    private let doors: OperatorDoors
    private let running = Mutex<
        (file: SocketFile, group: MultiThreadedEventLoopGroup, channel: any Channel, hub: NIOLoopBound<OperatorHub>)?
    >(nil)

    /// - Parameters:
    ///   - path: of the socket, at most 107 bytes.
    ///   - operatorArrived: told before the operator's first command; `operatorLeft` after the connection ended.
    public init(
        path: String, snapshots: SnapshotBox,
        handle: @escaping @Sendable (EngineCommand, Actor) async -> EngineReply,
        operatorArrived: @escaping @Sendable (Operator) async -> Void,
        operatorLeft: @escaping @Sendable (Operator) async -> Void
    ) {
        self.path = path
        doors = OperatorDoors(snapshots: snapshots, handle: handle, arrived: operatorArrived, left: operatorLeft)
    }

    /// Makes the socket and listens.
    /// - Throws: `ServerStartError` when another engine lives there or the file cannot be made.
    public func start() async throws(ServerStartError) {
        let file = try SocketFile(claiming: path)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next(), doors = self.doors
        do {
            let hub = try await loop.submit { NIOLoopBound(OperatorHub(doors: doors, loop: loop), eventLoop: loop) }
                .get()
            let channel = try await ServerBootstrap(group: loop)
                .serverChannelOption(.backlog, value: 16)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            ByteToMessageHandler(LineDecoder(), maximumBufferSize: OperatorWire.requestBytesMax),
                            OperatorConnection(hub: hub.value))
                    }
                }
                .withBoundSocket(file.descriptor).get()
            running.withLock { $0 = (file, group, channel, hub) }
        } catch {
            file.release()
            try? await group.shutdownGracefully()
            throw ServerStartError("The operators' socket \(path) cannot be listened on: \(error)")
        }
    }

    /// Ends every connection and removes the file.
    public func stop() async {
        guard let (file, group, channel, hub) = running.withLock({ running in
            defer { running = nil }
            return running
        }) else { return }
        file.release()
        try? await channel.close()
        try? await channel.eventLoop.submit { hub.value.closeAll() }.get()
        try? await group.shutdownGracefully()
    }
}

/// The engine as the socket knows it.
struct OperatorDoors: Sendable {
    let snapshots: SnapshotBox
    let handle: @Sendable (EngineCommand, Actor) async -> EngineReply
    let arrived: @Sendable (Operator) async -> Void
    let left: @Sendable (Operator) async -> Void
}

/// The connections of the socket. Confined to its one event loop, as the connections are.
final class OperatorHub {
    let doors: OperatorDoors
    private let loop: any EventLoop
    /// In order of arrival.
    private(set) var connections: [OperatorConnection] = []
    private var poll: RepeatedTask?
    /// The newest snapshot as a line: encoded once for all terminals.
    private var encoded: (number: Int64, line: ByteBuffer)?

    init(doors: OperatorDoors, loop: any EventLoop) {
        self.doors = doors
        self.loop = loop
    }

    var seated: Int { connections.count { $0.person != nil } }

    func add(_ connection: OperatorConnection) {
        connections.append(connection)
        guard poll == nil else { return }
        let hub = NIOLoopBound(self, eventLoop: loop)
        poll = loop.scheduleRepeatedTask(
            initialDelay: OperatorSocket.snapshotEvery, delay: OperatorSocket.snapshotEvery
        ) { _ in
            hub.value.pushSnapshots()
        }
    }

    func remove(_ connection: OperatorConnection) {
        connections.removeAll { $0 === connection }
        guard connections.isEmpty else { return }
        poll?.cancel()
        poll = nil
    }

    func closeAll() { for connection in connections { connection.close() } }

    private func pushSnapshots() {
        guard let snapshot = doors.snapshots.snapshot else { return }
        for connection in connections where connection.wants(snapshot.number) {
            if encoded?.number != snapshot.number {
                encoded = (snapshot.number, OperatorWire.line(OperatorLine.snapshot(snapshot)))
            }
            if let encoded { connection.push(encoded.line, number: encoded.number) }
        }
    }
}
