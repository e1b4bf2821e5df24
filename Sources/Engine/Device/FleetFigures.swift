/// What a fleet of devices saw. Totals since its start.
package struct FleetFigures: Codable, Hashable, Sendable {
    package var devices: Int
    /// Devices whose connection is up and greeted.
    package var connected = 0
    /// Devices that were told not to come back as they are, by close code or HTTP status.
    package var over: [CodeCount] = []
    /// Connections greeted.
    package var greeted = 0
    /// Connections that ended, by close code; 0: without one.
    package var ended: [CodeCount] = []
    /// Handshakes refused, by HTTP status; 0: no answer, or none of HTTP.
    package var refused: [CodeCount] = []

    /// Stages applied that were broadcast while the device was connected.
    package var live = 0
    /// Stages applied that were broadcast before it was.
    package var caughtUp = 0
    package var resets: [ReasonCount] = []
    /// Copies of what a device had.
    package var duplicated = 0
    /// Stages that came behind a newer one on one connection.
    package var outOfOrder = 0
    package var gapsSeen = 0
    package var gapsHealed = 0
    /// Stages and acks lost on purpose.
    package var lostOnPurpose = 0
    /// Messages against the protocol; the first of them in words.
    package var nonsense = 0
    package var firstNonsense: String?

    /// Devices and topics of which the newest stage any device has seen is missing, and how many stages they lack.
    package var behind = 0
    package var missing = 0
    /// The same for devices that are connected.
    package var behindConnected = 0

    /// From the broadcast's timestamp to its arrival at devices that were connected and lost nothing on purpose, ms.
    /// Both clocks are this machine's only if the engine runs on it.
    package var latency = LatencyCounts()
    /// The newest broadcasts, at most `broadcastsMax`, oldest first.
    package var broadcasts: [FleetBroadcast] = []
    /// Milliseconds from each storm until every device was back with the newest stage; at most `broadcastsMax`.
    package var storms: [Milliseconds] = []

    package static let broadcastsMax = 64

    package struct CodeCount: Codable, Hashable, Sendable {
        package var code: Int
        package var count: Int
    }
    package struct ReasonCount: Codable, Hashable, Sendable {
        package var reason: String
        package var count: Int
    }

    /// What was promised and not kept, one sentence each; empty when all is well.
    package var brokenPromises: [String] {
        var found: [String] = []
        func require(_ holds: Bool, _ sentence: @autoclosure () -> String) { if !holds { found.append(sentence()) } }
        require(outOfOrder == 0, "\(outOfOrder) stages came behind a newer one on the same connection.")
        require(nonsense == 0, "\(nonsense) messages were against the protocol, first: \(firstNonsense ?? "").")
        require(
            behindConnected == 0,
            "\(behindConnected) connected devices do not have the newest stage; \(missing) stages are missing.")
        for code in over
        where code.code != Int(CloseReason.superseded.code) && code.code != Int(CloseReason.unknownTopic.code) {
            found.append("\(code.count) devices that kept to the protocol were told not to come back: \(code.code).")
        }
        return found
    }
}

/// How one broadcast reached the fleet.
package struct FleetBroadcast: Codable, Hashable, Sendable {
    package var topic: Topic
    package var stage: StageKey
    package var position: BroadcastPosition
    /// Devices that applied it while connected.
    package var live = 0
    /// Devices that got it later: by catch-up or in a reset.
    package var later = 0
    /// From its timestamp to each live arrival.
    package var latency = LatencyCounts()
}
