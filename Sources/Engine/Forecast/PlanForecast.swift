/// What a plan would do to the audience, as far as can be told before: for the person who decides.
public struct PlanForecast: Hashable, Codable, Sendable {
    /// One figure before and after the plan.
    public struct Line: Hashable, Codable, Sendable {
        /// `t99.9 acked`
        public var what: String
        /// As things stand without the plan; `-` where nothing is planned.
        public var before: String
        public var after: String
        /// What to hold it against: budget, ceiling, gate; or what becomes of those concerned.
        public var risk: String
        /// How urgent the figure after is.
        public var severity: Severity

        public init(_ what: String, before: String = "-", after: String, risk: String = "", severity: Severity = .calm)
        {
            self.what = what
            self.before = before
            self.after = after
            self.risk = risk
            self.severity = severity
        }
    }

    /// Version of the model.
    public var model: Int
    /// True times are expected within this much of the foretold ones, in thousandths.
    public var band: Int
    /// What the band rests on: `12 forecasts scored, tier high`.
    public var basis: String
    public var lines: [Line]
    /// In a few words whether it will be all right: `within budget, clear of others`.
    public var verdict: String
    public var severity: Severity

    public init(model: Int, band: Int, basis: String, lines: [Line], verdict: String, severity: Severity) {
        self.model = model
        self.band = band
        self.basis = basis
        self.lines = lines
        self.verdict = verdict
        self.severity = severity
    }

    /// `±6%`, rounded up.
    public var bandWords: String { "±\((band + 9) / 10)%" }
}

/// A move that would clear a collision: of a stage, by so much. It opens as a plan.
public struct ProposedMove: Hashable, Codable, Sendable {
    public var stage: StageKey
    public var by: Milliseconds

    public init(stage: StageKey, by: Milliseconds) {
        self.stage = stage
        self.by = by
    }
}

/// How a broadcast went, without its nodes: what a stage keeps of it once it is history.
public struct StageFigures: Hashable, Codable, Sendable {
    public var connected: Int
    public var acked: Int
    public var t50: Milliseconds?
    public var t99: Milliseconds?
    public var t999: Milliseconds?
    /// What was foretold of it.
    public var forecast: BroadcastForecast?

    public init(
        connected: Int, acked: Int, t50: Milliseconds? = nil, t99: Milliseconds? = nil, t999: Milliseconds? = nil,
        forecast: BroadcastForecast? = nil
    ) {
        self.connected = connected
        self.acked = acked
        self.t50 = t50
        self.t99 = t99
        self.t999 = t999
        self.forecast = forecast
    }

    public init(_ record: BroadcastRecord) {
        let figures = record.figures, total = figures.total
        self.init(
            connected: total.connected, acked: total.acked, t50: figures.t50, t99: figures.t99, t999: figures.t999,
            forecast: record.forecast)
    }
}
