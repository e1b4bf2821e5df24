// The device's side of the wire: what a device says, as JSON. The device fleet and the tests use it.

extension DeviceMessage {
    /// The JSON of the message, as a device writes it.
    var json: String {
        switch self {
        case .hello(let device, let token, let make, let topics):
            let token = token.map { ",\"token\":\(jsonString($0))" } ?? ""
            let family = make.family == .unknown ? "" : ",\"family\":\(jsonString(make.family.rawValue))"
            let build = make.build == .unknown ? "" : ",\"build\":\(jsonString(make.build.rawValue))"
            return
                "{\"type\":\"hello\",\"device\":\(jsonString(device))\(token)\(family)\(build),\"topics\":\(Self.list(topics))}"
        case .subscribe(let topics):
            return "{\"type\":\"subscribe\",\"topics\":\(Self.list(topics))}"
        case .unsubscribe(let topics):
            return
                "{\"type\":\"unsubscribe\",\"topics\":\(Self.list(topics.map { TopicRequest(topic: $0, position: nil) }))}"
        case .ack(let topic, let sequence):
            return "{\"type\":\"ack\",\"topic\":\(jsonString(topic.rawValue)),\"sequence\":\(sequence)}"
        case .unknownStage(let topic, let sequence):
            return "{\"type\":\"unknown-stage\",\"topic\":\(jsonString(topic.rawValue)),\"sequence\":\(sequence)}"
        }
    }

    private static func list(_ topics: [TopicRequest]) -> String {
        let members = topics.map { request in
            let sequence = request.position?.sequence.map { ",\"sequence\":\($0)" } ?? ""
            let timestamp = request.position.map { ",\"timestamp\":\($0.timestamp)" } ?? ""
            return "{\"topic\":\(jsonString(request.topic.rawValue))\(sequence)\(timestamp)}"
        }
        return "[\(members.joined(separator: ","))]"
    }
}
