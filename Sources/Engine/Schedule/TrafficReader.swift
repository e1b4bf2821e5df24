/// Reads what `audience:` says about requests: `profile: match, peak: {starts: 100k/s, browse: 60k/s}`.
enum TrafficReader {
    /// The fields of `peak:` and the classes they are the high-watermark of.
    static let classes: [(name: String, requestClass: RequestClass)] = [
        ("starts", .playbackStart), ("log-in", .logIn), ("browse", .browse), ("search", .search),
        ("prefetch", .prefetch),
        ("telemetry", .telemetry),
    ]

    /// - Parameter node: the `audience:` group; that it is one is for `AudienceReader` to say.
    /// - Returns: nil if it says nothing about requests, or something wrong.
    static func read(_ node: YAMLNode, log: inout ProblemLog) -> TrafficProjection? {
        guard case .fields(let fields) = node.content else { return nil }
        let profileField = fields.first { $0.name == "profile" }, peakField = fields.first { $0.name == "peak" }
        let profile = profileField?.value(log: &log) { text throws(TextFault) in
            guard let profile = TrafficProfile(rawValue: text) else {
                let known = TrafficProfile.allCases.map(\.rawValue)
                throw TextFault(
                    "\(quoted(text)) is no traffic profile",
                    "write \(nearest(to: text, in: known) ?? known.joined(separator: ", "))")
            }
            return profile
        }
        let peaks = peakField.map { readPeaks($0.value, log: &log) } ?? []
        if let peakField, profileField == nil {
            log.add(peakField.place, "a peak has no profile that says when it is", "write profile: match beside it")
        }
        return profile.map { TrafficProjection(profile: $0, peaks: peaks) }
    }

    private static func readPeaks(_ node: YAMLNode, log: inout ProblemLog) -> [TrafficProjection.Peak] {
        guard let group = FieldGroup(node, what: "peak", known: classes.map(\.name), log: &log) else { return [] }
        return classes.compactMap { name, requestClass in
            let most =
                requestClass == .playbackStart
                ? TrafficProjection.startsPerSecondMax : TrafficProjection.requestsPerSecondMax
            let rate = group.value(name, log: &log) { text throws(TextFault) in
                try QuantityText.rate(text, in: 0...most, of: name == "starts" ? "starts" : "requests")
            }
            return rate.map { TrafficProjection.Peak(requestClass, perSecond: $0) }
        }
    }
}

/// Reads `capacity:`, the ceilings of the installation: `{gateway: 3M/s, starts: 100k/s, acks: 5M/s, soft: 60%, hard:
/// 80%}`.
enum CapacityReader {
    static func read(_ node: YAMLNode, log: inout ProblemLog) -> EdgeCapacity? {
        let known = ["gateway", "starts", "acks", "soft", "hard"]
        guard let group = FieldGroup(node, what: "capacity", known: known, log: &log) else { return nil }
        var capacity = EdgeCapacity()
        func rate(_ name: String, _ what: String, log: inout ProblemLog) -> Int? {
            group.value(name, log: &log) { text throws(TextFault) in
                try QuantityText.rate(text, in: 1...TrafficProjection.requestsPerSecondMax, of: what)
            }
        }
        func share(_ name: String, log: inout ProblemLog) -> Int? {
            group.value(name, log: &log) { text throws(TextFault) in Int(try QuantityText.share(text) * 100) }
        }
        capacity.gatewayPerSecond = rate("gateway", "requests", log: &log) ?? capacity.gatewayPerSecond
        capacity.startsPerSecond = rate("starts", "starts", log: &log) ?? capacity.startsPerSecond
        capacity.acksPerSecond = rate("acks", "acks", log: &log) ?? capacity.acksPerSecond
        capacity.softShare = share("soft", log: &log) ?? capacity.softShare
        capacity.hardShare = share("hard", log: &log) ?? capacity.hardShare
        if capacity.softShare > capacity.hardShare {
            log.add(group.place, "soft is above hard", "write a soft share of at most \(capacity.hardShare)%")
        }
        return capacity
    }
}

extension TrafficProjection {
    /// `match, starts 100000/s, browse 60000/s`
    var words: String {
        let written = peaks.compactMap { peak in
            TrafficReader.classes.first { $0.requestClass == peak.requestClass }.map {
                "\($0.name) \(peak.perSecond)/s"
            }
        }
        return ([profile.rawValue] + written).joined(separator: ", ")
    }
}
