/// How many followers of a topic have fetched its live event ahead, with what it was counted from.
struct FollowerCoverage: Hashable, Sendable {
    var registerRevision: UInt64
    var followRevision: UInt64
    var prefetched: Int
    /// Largest first.
    var families: [FamilyCoverage]
}

extension EdgeShard {
    /// Counts anew who has fetched ahead, topic by topic, where the register or the followers have changed.
    mutating func countPrefetched() {
        guard let register = prefetches else { return }
        let revision = register.revision
        for index in topicIndexes.values {
            let topic = topics[Int(index)]
            guard let event = topic.name.event,
                topic.coverage?.registerRevision != revision || topic.coverage?.followRevision != topic.followRevision
            else { continue }
            let devices = devices
            let known = topic.followers.filter { $0.device >= 0 }.map { follower in
                (id: devices[follower.device].id, family: devices.make(of: follower.device).family)
            }
            topics[Int(index)].coverage = register.read { table in
                Self.coverage(of: known, event, table, FollowerCoverage(
                    registerRevision: revision, followRevision: topic.followRevision, prefetched: 0, families: []))
            }
        }
        registerRevision = revision
    }

    /// Whether somebody has fetched ahead since the last count.
    var hasFreshPrefetches: Bool { prefetches.map { $0.revision != registerRevision } ?? false }

    private static func coverage(
        of devices: [(id: String, family: DeviceFamily)], _ event: EventID, _ table: borrowing PrefetchTable,
        _ empty: FollowerCoverage
    ) -> FollowerCoverage {
        var result = empty
        var places: [DeviceFamily: Int] = [:]
        for device in devices {
            let hasFetched = table.hasFetched(device.id, event)
            var family = device.family == .unknown ? table.family(of: device.id) ?? .unknown : device.family
            if places[family] == nil, result.families.count >= FamilyCoverage.max { family = .unknown }
            let place = places[family] ?? result.families.count
            if place == result.families.count {
                places[family] = place
                result.families.append(FamilyCoverage(family: family, known: 0, prefetched: 0))
            }
            result.families[place].known += 1
            if hasFetched {
                result.families[place].prefetched += 1
                result.prefetched += 1
            }
        }
        result.families.sort { ($1.known, $0.family) < ($0.known, $1.family) }
        return result
    }
}
