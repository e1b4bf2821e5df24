import GraphQL

/// What the GraphQL connections of one loop share: documents that were read, and the results of what is being fanned
/// out, encoded once for each selection. Only the id of an operation differs between connections; it is put in when a
/// frame is made.
///
/// Owned by the loop. Holds one frame of the shard at a time: a fan-out is over before the next begins, and what
/// catches up between two is encoded anew.
struct SubscriptionMemory {
    /// Selections told apart at a time. One is forgotten with the last operation that has it; while there are this
    /// many, every operation with a further one is encoded for itself.
    static let selectionsMax = 256

    /// A selection: a number for all that ask for the same, nil beyond `selectionsMax`. A number that is free again is
    /// used again.
    typealias Selection = Int

    var documents = DocumentCache()
    private var numbers: [[UInt8]: Selection] = [:]
    /// By number; nil: free.
    private var selections: [Known?] = []
    private var frame: OutboundFrame?
    private var told: [Told] = []
    /// Payloads encoded; what was shared is not among them.
    private(set) var encodedCount = 0

    private struct Known {
        /// The answer to the probe.
        let form: [UInt8]
        var operationCount: Int
    }

    private struct Told {
        let change: StageChange
        /// By selection.
        var payloads: [[UInt8]?] = []
        let ping: [UInt8]
    }

    /// Two operations ask for the same if they answer the same to the probe: all fields of `StageChange` are plain
    /// members of the event, so nothing else enters the result. `letGo` is owed for every selection given.
    mutating func selection(of operation: Operation) -> Selection? {
        let form = operation.execute(root: StageChange.probe).json
        if let known = numbers[form] {
            selections[known]?.operationCount += 1
            return known
        }
        guard numbers.count < Self.selectionsMax else { return nil }
        let number = selections.firstIndex { $0 == nil } ?? selections.count
        if number == selections.count { selections.append(nil) }
        selections[number] = Known(form: form, operationCount: 1)
        numbers[form] = number
        return number
    }

    /// An operation has ended.
    mutating func letGo(of selection: Selection?) {
        guard let selection, let known = selections[selection] else { return }
        guard known.operationCount == 1 else {
            selections[selection]?.operationCount -= 1
            return
        }
        selections[selection] = nil
        numbers[known.form] = nil
        // The next to have this number may ask for something else.
        for place in told.indices where selection < told[place].payloads.count { told[place].payloads[selection] = nil }
    }

    /// Takes up a frame of the shard.
    /// - Returns: how many changes of stage it tells; what follows takes their places.
    mutating func turn(to next: OutboundFrame) -> Int {
        if !next.isSame(as: frame) {
            frame = next
            told = next.messages.compactMap(StageChange.init).map { Told(change: $0, ping: SubscriptionFrame.ping($0)) }
        }
        return told.count
    }

    func change(_ place: Int) -> StageChange { told[place].change }

    /// The response for an event: `{"data":{"stageChanged":{…}}}`.
    mutating func payload(_ place: Int, _ operation: Operation, _ selection: Selection?) -> [UInt8] {
        if let selection, selection < told[place].payloads.count, let payload = told[place].payloads[selection] {
            return payload
        }
        let payload = operation.execute(root: told[place].change).json
        encodedCount += 1
        if let selection {
            while told[place].payloads.count <= selection { told[place].payloads.append(nil) }
            told[place].payloads[selection] = payload
        }
        return payload
    }

    /// The ping frame behind an event, whose pong is its ack.
    func ping(_ place: Int) -> [UInt8] { told[place].ping }
}

/// Frames of `graphql-transport-ws`.
enum SubscriptionFrame {
    /// `{"id":"<id>","type":"next","payload":<payload>}`, the id put between bytes that are ready.
    ///
    /// - Parameter id: as a JSON string, quotes included.
    static func appendNext(id: [UInt8], payload: [UInt8], to bytes: inout [UInt8]) {
        let count = open.count + id.count + middle.count + payload.count + 1
        bytes.reserveCapacity(bytes.count + count + 100)
        WebSocketFrame.appendHeader(.text, count, to: &bytes)
        bytes += open
        bytes += id
        bytes += middle
        bytes += payload
        bytes.append(UInt8(ascii: "}"))
    }

    private static let open = Array(#"{"id":"#.utf8)
    private static let middle = Array(#","type":"next","payload":"#.utf8)

    static func text(_ message: Value) -> [UInt8] { WebSocketFrame.encode(.text, message.json) }

    static func error(id: String, _ errors: [GraphQLError]) -> [UInt8] {
        var message = Array(#"{"id":"#.utf8)
        message += Value.string(id).json
        message += Array(#","type":"error","payload":"#.utf8)
        message += errors.json
        message.append(UInt8(ascii: "}"))
        return WebSocketFrame.encode(.text, message)
    }

    static func complete(id: String) -> [UInt8] { text(["id": .string(id), "type": "complete"]) }

    static func acknowledged(_ welcome: Welcome) -> [UInt8] {
        text([
            "type": "connection_ack",
            "payload": [
                "node": .string(welcome.node.rawValue), "pingEvery": .int(Int(welcome.pingEvery)),
                "retry": ["min": .int(Int(welcome.retryMin)), "max": .int(Int(welcome.retryMax))],
            ],
        ])
    }

    static func ping(_ change: StageChange) -> [UInt8] {
        text([
            "type": "ping",
            "payload": ["ack": ["event": .string(change.event.rawValue), "sequence": .int(Int(change.sequence))]],
        ])
    }

    static func pong(_ payload: Value?) -> [UInt8] {
        text(payload.map { ["type": "pong", "payload": $0] } ?? ["type": "pong"])
    }
}
