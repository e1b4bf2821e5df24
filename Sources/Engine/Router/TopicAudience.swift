/// The devices of a topic, by what the edge nodes last reported.
struct TopicAudience: Hashable, Sendable {
    var real = DeviceCounts()
    var modelled = DeviceCounts()

    var all: DeviceCounts {
        var sum = real
        sum += modelled
        return sum
    }

    mutating func add(_ count: TopicCount, _ kind: AudienceKind) {
        let counts = DeviceCounts(connected: count.connections, known: count.known, prefetched: count.prefetched)
        switch kind {
        case .real: real += counts
        case .modelled: modelled += counts
        }
    }
}

extension MessageRouter {
    func audience(of topic: Topic) -> TopicAudience {
        var audience = TopicAudience()
        for place in nodes.indices {
            for count in nodes[place].report.topics where count.topic == topic {
                audience.add(count, nodes[place].description.kind)
            }
        }
        return audience
    }

    /// Of all topics, in one pass over the nodes.
    var audiences: [Topic: TopicAudience] {
        var audiences: [Topic: TopicAudience] = [:]
        for place in nodes.indices {
            for count in nodes[place].report.topics {
                audiences[count.topic, default: TopicAudience()].add(count, nodes[place].description.kind)
            }
        }
        return audiences
    }
}
