import Engine

/// Steering the traffic from its screen: each choice opens a plan, nothing is set from here.
extension AppState {
    private var bucketReport: BucketReport? {
        shown?.traffic?.buckets.first { $0.bucket == screens.traffic.bucket }
    }

    mutating func chooseOverride() -> [AppEffect] {
        let bucket = screens.traffic.bucket
        let steps = BucketOverride.steps.reversed().map { kept in
            Picker.Choice(
                title: "keep \(kept)%", detail: "", outcome: .prepare(.traffic(.override(bucket, kept: kept))))
        }
        let automatic = bucketReport?.override.map {
            Picker.Choice(
                title: "automatic", detail: "ends the override by \($0.by)",
                outcome: .prepare(.traffic(.override(bucket, kept: nil))))
        }
        overlay = .picker(
            Picker(
                title: "How much of \(bucket.rawValue) is admitted, for ten minutes?",
                choices: [automatic].compactMap { $0 } + steps))
        return []
    }

    /// From what is admitted now to the next step.
    mutating func stepOverride(by step: Int) -> [AppEffect] {
        guard let report = bucketReport else { return [] }
        let kept = report.override?.kept ?? 100 - report.refusedShare, steps = BucketOverride.steps
        let next = step > 0 ? steps.first { $0 > kept } : steps.last { $0 < kept }
        guard let next else {
            say("\(report.bucket.rawValue) is at \(kept)% already")
            return []
        }
        return prepare(.traffic(.override(report.bucket, kept: next)))
    }

    mutating func chooseLever() -> [AppEffect] {
        let held = shown?.traffic?.levers ?? [], remedy = shown?.trafficForecast?.remedy
        let levers = DegradationLever.allCases
        // The cursor stands on what would help against the peak that comes.
        let index = levers.firstIndex { remedy?.intent == .pull($0) } ?? 0
        overlay = .picker(Picker(title: "Which lever?", choices: levers.map { lever in
            let holder = held.first { $0.lever == lever }
                    let helps = remedy.flatMap {
                        $0.intent == .pull(lever) ? "takes \(Format.count($0.saves))/s off the next peak" : nil
                    }
            return Picker.Choice(
                        title: "\(lever.effect)  \(holder == nil ? "pull" : "let go")",
                        detail: holder.map { "ON by \($0.by)" } ?? helps ?? "off",
                outcome: .prepare(.traffic(holder == nil ? .pull(lever) : .letGo(lever))))
        }, index: index))
        return []
    }
}
