/// How traffic fares, in the Prometheus text format: counters by class and bucket, gauges of the lanes, what an
/// autoscaler needs.
extension MetricsPage {
    mutating func traffic(_ report: TrafficReport, _ snapshot: EngineSnapshot) {
        buckets(report)
        lanes(report)
        family(
            "control_room_edge_desired_capacity", .gauge,
            "Edge nodes that a lane wants by label (empty: nodes without one): for an autoscaler."
        ) { family in
            // Whoever opens a connection is in the live lane.
            for demand in EdgeDemand.all(snapshot, report) {
                family.sample(["lane": TrafficLane.live.rawValue, "label": demand.label], demand.desired)
            }
        }
        steering(report)
        family("control_room_retry_share", .gauge, "Share of the requests that say they repeat a refused one, 0 to 1.")
        {
            $0.sample(Double(report.retryShare) / 100)
        }
        family(
            "control_room_backoff_told_per_second", .gauge,
            "Refused clients that were told when to come back, in the last second."
        ) {
            $0.sample(report.guidedPerSecond)
        }
        family("control_room_congested", .gauge, "Whether admitted requests fall while offered ones rise.") {
            $0.sample(report.isCongested ? 1 : 0)
        }
        family(
            "control_room_log_bytes_total", .counter,
            "Bytes of telemetry and other non-essential lines that were written."
        ) {
            $0.sample(report.logBytesWritten)
        }
        family(
            "control_room_log_lines_dropped_total", .counter,
            "Non-essential lines left out by sampling or by the byte budget."
        ) {
            $0.sample(report.logLinesDropped)
        }
    }

    private mutating func buckets(_ report: TrafficReport) {
        family("control_room_requests_offered_total", .counter, "Requests by class, admitted or not.") { family in
            for line in report.classes { family.sample(["class": line.requestClass.rawValue], line.offered) }
        }
        family("control_room_requests_refused_total", .counter, "Requests refused, by class.") { family in
            for line in report.classes { family.sample(["class": line.requestClass.rawValue], line.refused) }
        }
        family("control_room_bucket_offered_total", .counter, "Requests by priority bucket, admitted or not.") {
            family in
            for line in report.buckets { family.sample(["bucket": line.bucket.rawValue], line.offered) }
        }
        family("control_room_bucket_refused_total", .counter, "Requests refused, by priority bucket.") { family in
            for line in report.buckets { family.sample(["bucket": line.bucket.rawValue], line.refused) }
        }
        family("control_room_refused_total", .counter, "Requests refused, by cause.") { family in
            for line in report.causes { family.sample(["cause": line.cause.rawValue], line.refused) }
        }
        family(
            "control_room_bucket_latency_seconds", .gauge,
            "99th percentile from admission to answer over the last 10 to 20 s."
        ) { family in
            for line in report.buckets {
                guard let latency = line.latency99 else { continue }
                family.sample(["bucket": line.bucket.rawValue, "quantile": "0.99"], Double(latency) / 1e6)
            }
        }
    }

    private mutating func lanes(_ report: TrafficReport) {
        family("control_room_processor_share", .gauge, "Busy share of the processors this process may use, 0 to 1.") {
            $0.sample(Double(report.processorShare) / 100)
        }
        family("control_room_queue_delay_seconds", .gauge, "How late the event loops of the servers run.") {
            $0.sample(Double(report.queueDelay) / 1000)
        }
        family("control_room_lane_utilisation", .gauge, "How full a lane is; 1 is all it can do.") { family in
            for lane in report.lanes { family.sample(["lane": lane.lane.rawValue], Double(lane.utilisation) / 100) }
        }
        family("control_room_lane_in_flight", .gauge, "Requests a lane works on now.") { family in
            for lane in report.lanes { family.sample(["lane": lane.lane.rawValue], lane.inFlight) }
        }
        family("control_room_lane_limit", .gauge, "Requests a lane works on at once at most, as adapted.") { family in
            for lane in report.lanes { family.sample(["lane": lane.lane.rawValue], lane.limit) }
        }
        family(
            "control_room_lane_desired_capacity", .gauge,
            "Processes like this one that the lane wants: for an autoscaler."
        ) { family in
            for lane in report.lanes { family.sample(["lane": lane.lane.rawValue], lane.desiredCapacity) }
        }
    }

    private mutating func steering(_ report: TrafficReport) {
        family("control_room_ruleset_active", .gauge, "Rulesets that are on; always 1.") { family in
            for line in report.active { family.sample(["ruleset": line.ruleset], 1) }
        }
        family("control_room_lever", .gauge, "Degradation levers: 1 while pulled.") { family in
            for lever in DegradationLever.allCases {
                family.sample(["lever": lever.rawValue], report.levers.contains { $0.lever == lever } ? 1 : 0)
            }
        }
        family(
            "control_room_bucket_override", .gauge,
            "Share of a bucket that an operator lets through, 0 to 1; absent while automatic."
        ) { family in
            for line in report.buckets {
                guard let override = line.override else { continue }
                family.sample(["bucket": line.bucket.rawValue], Double(override.kept) / 100)
            }
        }
        family("control_room_knock_on_ratio", .gauge, "A signal against what it was before shedding began.") { family in
            for line in report.knockOn {
                guard let ratio = line.ratio else { continue }
                family.sample(["signal": line.signal.name], Double(ratio) / 100)
            }
        }
    }
}
