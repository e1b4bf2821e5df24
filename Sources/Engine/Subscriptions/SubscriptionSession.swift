import GraphQL

/// One `graphql-transport-ws` connection between its client and the shard, which knows devices and topics only: what
/// the client says becomes what a device would say, what the shard sends becomes results of the operations.
///
/// Pure: messages come in, `Step`s go out. Acks: behind each event goes a `ping` that names it, and the `pong` which
/// the protocol demands is the device's ack, so that a client off the shelf is in the ledger like any other. A pong
/// with the ping's payload acks what it names, a bare one the oldest ping.
struct SubscriptionSession {
    /// Operations at a time; a further one is answered with `error`.
    static let operationsMax = 32
    /// Messages `subscribe` in one `pingEvery`; more is a flood (4429).
    static let subscribesMax = 64
    /// Pings that wait for their pong. Beyond it none is sent: the device is that far behind, and its newest ack will
    /// tell.
    static let pingsMax = 64
    /// Longest message, bytes.
    static let messageBytesMax = 64 * 1024

    enum Step: Equatable {
        /// Frames for the client.
        case say([UInt8])
        /// For the shard, as from this device.
        case device(DeviceMessage)
        case close(SubscriptionClose)
    }

    let service: SubscriptionService
    /// Why it ends, once the client has given a reason.
    var close: SubscriptionClose?
    /// Whether the client did not say which device it is: then it cannot come back as the same.
    private(set) var isAnonymous = false
    private var stage = Stage.new
    /// In the order of subscription; at most `operationsMax`.
    private var operations: [Following] = []
    private var awaitedPongs: [(topic: Topic, sequence: Int64)] = []
    private var subscribeCount = 0
    private var countedSince = EngineInstant.start

    private enum Stage { case new, waiting, acknowledged }

    private struct Following {
        let operation: Operation
        let selection: SubscriptionMemory.Selection?
        let topic: Topic
        let id: String
        /// The same as a JSON string.
        let quotedID: [UInt8]
        /// The newest sequence it was given; a re-send is not said to it again.
        var given: Int64 = 0
    }

    init(service: SubscriptionService) { self.service = service }

    // MARK: From the client

    /// - Parameter anonymous: the device id of a client that does not say who it is.
    mutating func received(
        _ json: [UInt8], anonymous: @autoclosure () -> String, memory: inout SubscriptionMemory, now: EngineInstant
    ) -> [Step] {
        do {
            switch try SubscriptionMessage(json: json) {
            case .connectionInit(let payload): return [try initialise(payload, anonymous())]
            case .ping(let payload): return [.say(SubscriptionFrame.pong(payload))]
            case .pong(let payload): return acknowledge(payload)
            case .subscribe(let id, let request): return try subscribe(id, request, &memory, now)
            case .complete(let id): return complete(id, &memory)
            }
        } catch {
            return [.close(error)]
        }
    }

    /// The device, its token, family and build may stand in the payload, all of them optional.
    private mutating func initialise(_ payload: ObjectValue?, _ anonymous: String) throws(SubscriptionClose) -> Step {
        guard stage == .new else { throw .tooManyInitialisations }
        stage = .waiting
        isAnonymous = payload?["device"] == nil
        var hello: [(String, Value)] = [
            ("type", "hello"), ("device", payload?["device"] ?? .string(anonymous)), ("topics", []),
        ]
        for name in ["token", "family", "build"] {
            if let value = payload?[name] { hello.append((name, value)) }
        }
        do {
            return .device(try DeviceMessage(json: Value.object(ObjectValue(hello)).json))
        } catch {
            throw .badMessage("\"connection_init\" payload: device, token, family and build are short strings")
        }
    }

    private mutating func subscribe(
        _ id: String, _ request: Request, _ memory: inout SubscriptionMemory, _ now: EngineInstant
    ) throws(SubscriptionClose) -> [Step] {
        guard stage == .acknowledged else { throw .unauthorized }
        guard !operations.contains(where: { $0.id == id }) else { throw .subscriberExists(id) }
        if now - countedSince >= service.pingEvery { (countedSince, subscribeCount) = (now, 0) }
        subscribeCount += 1
        guard subscribeCount <= Self.subscribesMax else { throw SubscriptionClose(.tooMany) }
        do {
            return try start(id, request, &memory)
        } catch let refusal as RequestErrors {
            return [.say(SubscriptionFrame.error(id: id, refusal.errors))]
        } catch {
            return [.say(SubscriptionFrame.error(id: id, [error as? GraphQLError ?? GraphQLError("Internal error.")]))]
        }
    }

    private mutating func start(_ id: String, _ request: Request, _ memory: inout SubscriptionMemory) throws -> [Step] {
        let operation = try service.operation(request, &memory.documents)
        let quotedID = Value.string(id).json
        guard operation.kind == .subscription else {
            var result: [UInt8] = []
            SubscriptionFrame.appendNext(id: quotedID, payload: service.answer(operation).json, to: &result)
            return [.say(result + SubscriptionFrame.complete(id: id))]
        }
        guard operations.count < Self.operationsMax else {
            throw GraphQLError(
                "There are \(Self.operationsMax) subscriptions on this connection already.", code: "LIMIT_EXCEEDED")
        }
        let wish = try service.wish(of: operation)
        operations.append(
            Following(
                operation: operation, selection: memory.selection(of: operation), topic: wish.topic, id: id,
                quotedID: quotedID))
        return [.device(.subscribe([wish]))]
    }

    private mutating func complete(_ id: String, _ memory: inout SubscriptionMemory) -> [Step] {
        guard let place = operations.firstIndex(where: { $0.id == id }) else { return [] }
        let ended = operations.remove(at: place), topic = ended.topic
        memory.letGo(of: ended.selection)
        guard !operations.contains(where: { $0.topic == topic }) else { return [] }
        awaitedPongs.removeAll { $0.topic == topic }
        return [.device(.unsubscribe([topic]))]
    }

    private mutating func acknowledge(_ payload: Value?) -> [Step] {
        let place: Int?
        if let ack = payload?["ack"] {
            let topic = Topic(event: EventID(rawValue: ack["event"]?.string ?? ""))
            let sequence = ack["sequence"]?.int.map(Int64.init)
            place = awaitedPongs.firstIndex { $0.topic == topic && $0.sequence == sequence }
        } else {
            place = awaitedPongs.isEmpty ? nil : 0
        }
        guard let place else { return [] }
        let acked = awaitedPongs.remove(at: place)
        return [.device(.ack(acked.topic, sequence: acked.sequence))]
    }

    /// The connection is gone, and with it its operations.
    mutating func ended(memory: inout SubscriptionMemory) {
        for operation in operations { memory.letGo(of: operation.selection) }
        operations = []
    }

    // MARK: From the shard

    /// The frames that tell the client what the shard sent to this device.
    mutating func frames(for frame: OutboundFrame, memory: inout SubscriptionMemory) -> [UInt8] {
        var bytes: [UInt8] = []
        if case .welcome(let welcome)? = frame.messages.first {
            stage = .acknowledged
            bytes = SubscriptionFrame.acknowledged(welcome)
        }
        for place in 0..<memory.turn(to: frame) { tell(memory.change(place), place, &memory, &bytes) }
        return bytes
    }

    private mutating func tell(
        _ change: StageChange, _ place: Int, _ memory: inout SubscriptionMemory, _ bytes: inout [UInt8]
    ) {
        var isFollowed = false
        for index in operations.indices where operations[index].topic == change.topic {
            isFollowed = true
            guard change.resetReason != nil || change.sequence > operations[index].given else { continue }
            operations[index].given = change.sequence
            let payload = memory.payload(place, operations[index].operation, operations[index].selection)
            SubscriptionFrame.appendNext(id: operations[index].quotedID, payload: payload, to: &bytes)
        }
        guard isFollowed, awaitedPongs.count < Self.pingsMax else { return }
        awaitedPongs.append((change.topic, change.sequence))
        bytes += memory.ping(place)
    }
}
