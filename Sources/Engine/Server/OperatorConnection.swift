import Foundation
import NIOCore

/// One terminal on the operators' socket. Confined to the socket's event loop.
///
///     connected ── hello ──► arriving ── engine told ──► seated ── close ──► gone (engine told)
///         └──────── refused, in words ────────┴── bad line, too many commands ──┘
///
/// The operator's terminal is completed with the process id of the far end, which only the kernel can
/// give: one connection can never be two operators.
final class OperatorConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case connected(deadline: Scheduled<Void>)
        case arriving(Operator, Task<Void, Never>)
        case seated(Operator, Task<Void, Never>)
        case closing(Operator?, Task<Void, Never>?)
    }

    private let hub: OperatorHub
    private var state: State?
    private var context: ChannelHandlerContext?
    private var commandsInFlight = 0
    private var isSnapshotUnderWay = false
    private var sentSnapshot: Int64?

    init(hub: OperatorHub) { self.hub = hub }

    /// Who sits here; nil before the hello and after a refusal.
    var person: Operator? {
        switch state {
        case .arriving(let person, _), .seated(let person, _): person
        case .connected, .closing, nil: nil
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        guard hub.connections.count < 2 * OperatorSocket.operatorsMax else {
            state = .closing(nil, nil)
            return end(with: .refused("Too many connections wait at this engine: try again in a few seconds."))
        }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let deadline = context.eventLoop.scheduleTask(in: OperatorSocket.greetingWithin) {
            connection.value.end(
                with: .refused(
                    "No greeting in time: say who you are within \(OperatorSocket.greetingWithin.nanoseconds / 1_000_000_000) s."
                ))
        }
        state = .connected(deadline: deadline)
        hub.add(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let line = unwrapInboundIn(data)
        switch state {
        case .connected(let deadline):
            deadline.cancel()
            greet(line, context)
        case .arriving:
            end(with: .error("A command came before the greeting was answered: wait for the answer."))
        case .seated(let person, _):
            carryOut(line, for: person)
        case .closing, nil: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is ByteToMessageDecoderError.PayloadTooLargeError else { return close() }
        end(with: .error("A line is longer than \(OperatorWire.requestBytesMax / 1024) KiB."))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        hub.remove(self)
        switch state {
        case .connected(let deadline): deadline.cancel()
        case .arriving(let person, let arrival), .seated(let person, let arrival), .closing(let person?, let arrival?):
            let left = hub.doors.left
            Task {
                await arrival.value
                await left(person)
            }
        case .closing, nil: break
        }
        state = nil
    }

    func close() { context?.close(promise: nil) }

    // MARK: - Greeting

    private func greet(_ line: ByteBuffer, _ context: ChannelHandlerContext) {
        struct Version: Decodable { var `protocol`: Int }
        guard let version = OperatorWire.value(Version.self, in: line) else {
            return end(
                with: .refused(
                    "The first line must be {\"protocol\":\(OperatorWire.version),\"operator\":{\"name\":…,\"role\":…,\"terminal\":…}}."
                ))
        }
        guard version.protocol == OperatorWire.version else {
            return end(
                with: .refused(
                    "This engine speaks protocol \(OperatorWire.version), the terminal \(version.protocol): use the control-room the engine was started with."
                ))
        }
        guard var person = OperatorWire.value(OperatorHello.self, in: line)?.operator else {
            return end(with: .refused("The greeting lacks the operator's name, role or terminal."))
        }
        if let fault = Self.fault(of: person) { return end(with: .refused(fault)) }
        guard let peer = peer(context), peer.user == geteuid() else {
            return end(with: .refused("Only the user who runs the engine may attach to it."))
        }
        guard hub.seated < OperatorSocket.operatorsMax else {
            return end(
                with: .refused(
                    "\(OperatorSocket.operatorsMax) operators are attached, which is as many as the engine takes: somebody must leave first."
                ))
        }
        person.terminal += ":\(peer.process)"
        arrive(person, context)
    }

    private static func fault(of person: Operator) -> String? {
        func isPlain(_ text: String) -> Bool {
            !text.unicodeScalars.contains { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: true
                default: false
                }
            }
        }
        let name = person.name
        guard (1...32).contains(name.count), isPlain(name), name == name.trimmingCharacters(in: .whitespaces) else {
            return "An operator's name has 1 to 32 visible characters: choose one with --operator NAME."
        }
        // The audit names actors by these words.
        guard name.lowercased() != "engine", !name.lowercased().hasPrefix("signal:") else {
            return
                "“\(name)” is how the audit names the engine and its signals: choose another name with --operator NAME."
        }
        guard person.role.count <= 16, isPlain(person.role) else {
            return "A role has at most 16 visible characters: choose one with --role ROLE."
        }
        guard (1...64).contains(person.terminal.count), isPlain(person.terminal) else {
            return "A terminal's name has 1 to 64 visible characters."
        }
        return nil
    }

    private func arrive(_ person: Operator, _ context: ChannelHandlerContext) {
        let arrived = hub.doors.arrived, loop = context.eventLoop
        let arrival = Task { await arrived(person) }
        state = .arriving(person, arrival)
        let connection = NIOLoopBound(self, eventLoop: loop)
        Task {
            await arrival.value
            loop.execute { connection.value.seat(person, arrival) }
        }
    }

    private func seat(_ person: Operator, _ arrival: Task<Void, Never>) {
        guard case .arriving = state else { return }
        state = .seated(person, arrival)
        write(.greeting(OperatorGreeting(process: getpid(), operator: person)))
    }

    /// The user and the process at the far end, as the kernel knows them.
    private func peer(_ context: ChannelHandlerContext) -> (process: Int32, user: UInt32)? {
        // `struct ucred` of Linux, which the C library shows only with _GNU_SOURCE.
        var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        let result = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            getsockopt($0, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        }
        return result == 0 ? (credentials.process, credentials.user) : nil
    }

    // MARK: - Commands

    /// Commands run beside each other, so that a HOLD never waits behind a long look into the history.
    private func carryOut(_ line: ByteBuffer, for person: Operator) {
        guard let request = OperatorWire.value(OperatorRequest.self, in: line), let context else {
            return end(with: .error("A line is not {\"id\":…,\"command\":…} with a command of this engine."))
        }
        guard commandsInFlight < OperatorWire.commandsMax else {
            return end(
                with: .error("\(OperatorWire.commandsMax) commands wait for their reply: wait for one before the next.")
            )
        }
        commandsInFlight += 1
        let handle = hub.doors.handle, loop = context.eventLoop
        let connection = NIOLoopBound(self, eventLoop: loop)
        Task {
            let reply = await handle(request.command, .person(person))
            let line = OperatorWire.line(OperatorLine.reply(request.id, reply))
            loop.execute { connection.value.finish(line) }
        }
    }

    private func finish(_ line: ByteBuffer) {
        guard let context, case .seated = state else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(line)).whenComplete { _ in connection.value.commandsInFlight -= 1 }
    }

    // MARK: - Snapshots

    /// Whether the snapshot is new to this terminal and the one before it has left.
    func wants(_ number: Int64) -> Bool {
        guard case .seated = state else { return false }
        return !isSnapshotUnderWay && sentSnapshot != number
    }

    func push(_ line: ByteBuffer, number: Int64) {
        guard let context else { return }
        isSnapshotUnderWay = true
        sentSnapshot = number
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(line)).whenComplete { _ in connection.value.isSnapshotUnderWay = false }
    }

    private func write(_ line: OperatorLine) {
        context?.writeAndFlush(wrapOutboundOut(OperatorWire.line(line)), promise: nil)
    }

    /// The last word, then the close. A terminal that does not read it is cut without.
    private func end(with line: OperatorLine) {
        guard let context else { return }
        switch state {
        case .connected(let deadline):
            deadline.cancel()
            state = .closing(nil, nil)
        case .arriving(let person, let arrival), .seated(let person, let arrival): state = .closing(person, arrival)
        case .closing(let person?, let arrival): state = .closing(person, arrival)
        case .closing, nil: break
        }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(OperatorWire.line(line))).whenComplete { _ in connection.value.close() }
        context.eventLoop.scheduleTask(in: .seconds(1)) { connection.value.close() }
    }
}
