import Engine

/// A rehearsal's report as one page.
enum RehearsalPage {
    static func html(_ report: RehearsalReport) -> String {
        let names = report.events.map(\.title).joined(separator: " · ")
        return HTMLPage.document(title: "Rehearsal: \(names)", body: [
            head(report, names), HTML.section("What to know, and what to change", [findings(report)]),
                HTML.section("Requests by class", [requests(report)]),
                HTML.section("The shows side by side", [shows(report)]),
                HTML.section("Fan-outs against their budgets", fanOuts(report)),
                HTML.section("Cache refresh", [refreshes(report)]),
            foot(report),
        ])
    }

    private static func head(_ report: RehearsalReport, _ names: String) -> String {
        let slowest = report.broadcasts.compactMap(\.t999).max()
        return """
            <p class="soft small">REHEARSAL · modelled devices only, nothing was sent</p>
            <h1>\(HTML.escaped(names))</h1>
            <p class="soft">\(Format.day(report.from)) \(Format.time(report.from)) to \(Format.day(report.until)) \(Format.time(report.until))</p>
            <p class="verdict\(report.verdict.isKept ? "" : " broken")"><b>\(HTML.escaped(report.verdict.sentence))</b></p>
            """ + HTML.facts([
                (Format.count(report.devices), "modelled devices"), ("\(report.broadcasts.count)", "fan-outs"),
                    (Format.duration(slowest), "slowest t99.9"),
                    (Format.count(report.broadcasts.map(\.ackRatePeak).max() ?? 0) + "/s", "most acks"),
                    (Format.count(report.traffic.peak) + "/s", "most requests"),
                    ("\(report.overlaps.count)", "overlapping fan-outs"),
            ])
    }

    private static func findings(_ report: RehearsalReport) -> String {
        guard !report.findings.isEmpty else { return "<p>Nothing stood out.</p>" }
        let items = report.findings.map { finding in
            let word = switch finding.severity {
            case .critical: "BROKEN"
            case .warn: "WATCH"
            case .info, .calm: "NOTE"
            }
            let at = finding.at.map { " \(Format.day($0)) \(Format.time($0))" } ?? ""
            return
                "<li class=\"\(css(finding.severity))\"><span class=\"tag\">\(word)\(at)</span><br>\(HTML.escaped(finding.what)) <span class=\"remedy\">\(HTML.escaped(finding.remedy))</span></li>"
        }
        return "<ul class=\"findings\">\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private static func css(_ severity: Severity) -> String {
        switch severity {
        case .critical: "critical"
        case .warn: "warn"
        case .info, .calm: "info"
        }
    }

    // MARK: Requests

    private static func requests(_ report: RehearsalReport) -> String {
        let traffic = report.traffic, ceiling = report.capacity.gatewayPerSecond * report.capacity.softShare / 100
        let shown = traffic.classes.enumerated().filter { $0.element.peak > 0 }
        var plot = SVGPlot(
            maximum: ceiling < traffic.peak * 2 ? max(ceiling, traffic.peak) * 11 / 10 : traffic.peak * 11 / 10)
        plot.stack(shown.map { (values: $0.element.perSecond, color: "--c\($0.offset)") })
        plot.level(ceiling, color: "--bad")
        for event in report.events {
            for stage in event.stages where stage.kind == .live {
                plot.mark(atPerMille: place(stage.at, traffic), color: "--soft")
            }
        }
        let legend = HTML.legend(shown.map {
                (
                    "--c\($0.offset)",
                    "\($0.element.requestClass.rawValue), \($0.element.bucket.rawValue), most \(Format.count($0.element.peak))/s"
                )
        })
        let share = traffic.peak * 100 / max(1, report.capacity.gatewayPerSecond)
        return HTML.figure(
            plot,
            caption:
                "Requests a second, peak \(Format.count(traffic.peak)) at \(Format.time(traffic.peakAt)), \(share)% of the gateways; dashed down: a live stage starts\(ceiling < traffic.peak * 2 ? "; dashed across: shedding begins" : "")",
            top: "\(Format.count(plot.maximum))/s", axis: axis(traffic.from, traffic.step, traffic.total.count),
            legend: legend)
            + refusals(traffic)
    }

    /// What the traffic rules would refuse, and when they would change; nothing where they let all in.
    private static func refusals(_ traffic: RehearsalReport.Traffic) -> String {
        let refused = traffic.refused.map { "\($0.bucket.rawValue): at most \(Format.count($0.peak))/s refused" }
        let switches = traffic.switches.map {
            "\(Format.time($0.at)) ruleset \($0.ruleset) \($0.isOn ? "on: \($0.why)" : "off")"
        }
        guard !refused.isEmpty || !switches.isEmpty else { return "" }
        return "\n<ul>" + (refused + switches).map { "<li>\(HTML.escaped($0))</li>" }.joined() + "</ul>"
    }

    private static func place(_ at: WallTime, _ traffic: RehearsalReport.Traffic) -> Int {
        Int(at.since(traffic.from) * 1000 / max(1, traffic.step * Milliseconds(max(1, traffic.total.count - 1))))
    }

    private static func axis(_ from: WallTime, _ step: Milliseconds, _ count: Int) -> [String] {
        (0...4).map { quarter in
            let at = from + step * Milliseconds(max(0, count - 1)) * Milliseconds(quarter) / 4
            return String(Format.time(at).prefix(5)) + "Z"
        }
    }

    // MARK: Shows

    private static func shows(_ report: RehearsalReport) -> String {
        let length = max(1, report.until.since(report.from))
        let lanes = report.events.map { event in
            var plot = SVGPlot(maximum: 1)
            for (index, stage) in event.stages.enumerated() {
                let end = index + 1 < event.stages.count ? event.stages[index + 1].at : stage.at
                guard stage.kind != .ended else { continue }
                plot.bar(
                    fromPerMille: Int(stage.at.since(report.from) * 1000 / length),
                    toPerMille: Int(end.since(report.from) * 1000 / length),
                    color: color(of: stage.kind), title: "\(stage.stage) \(Format.time(stage.at))")
            }
            return HTML.figure(
                plot,
                caption:
                    "\(event.code)  \(event.title), \(Format.count(event.devices)) devices, comes like a \(event.profile.rawValue)",
                top: "", axis: [], kind: "lane")
        }
        let key = HTML.legend([
            (color(of: .preShow), "pre-show"), (color(of: .countdown), "countdown"), (color(of: .live), "live"),
            (color(of: .intermission), "intermission"), (color(of: .ending), "ending"),
        ])
        let axis = (0...4).map { String(Format.time(report.from + length * Milliseconds($0) / 4).prefix(5)) + "Z" }
        return lanes.joined(separator: "\n") + "<div class=\"axis\">\(axis.map { "<span>\($0)</span>" }.joined())</div>"
            + key
    }

    private static func color(of kind: StageKind) -> String {
        switch kind {
        case .preShow: "--c6"
        case .countdown: "--c3"
        case .live: "--c4"
        case .intermission: "--c5"
        case .ending: "--c1"
        case .ended: "--line"
        }
    }

    // MARK: Fan-outs

    private static func fanOuts(_ report: RehearsalReport) -> [String] {
        guard !report.broadcasts.isEmpty else { return ["<p>Nothing was sent.</p>"] }
        let rows = report.broadcasts.map { broadcast in
            [
                HTML.escaped("\(broadcast.id) \(broadcast.code) \(broadcast.stage)"), Format.time(broadcast.at),
                Format.count(broadcast.connected),
             Format.duration(broadcast.t50), Format.duration(broadcast.t99),
                broadcast.isWithinBudget
                    ? Format.duration(broadcast.t999)
                    : "<span class=\"late\">\(Format.duration(broadcast.t999)) late</span>",
             Format.duration(broadcast.budget), "\(broadcast.waves)", Format.count(broadcast.ackRatePeak)]
        }
        let table = HTML.table(["fan-out", "at", "connected", "t50", "t99", "t99.9", "budget", "waves", "acks/s"], rows)
        let key =
            "<p class=\"soft small\">Devices acked from the timestamp on. Dashed: 99.9% have it. Solid: the budget.</p>"
        return [
            table, key,
            "<div class=\"grid\">\n\(report.broadcasts.prefix(64).map(curve).joined(separator: "\n"))\n</div>",
        ]
            + (report.broadcasts.count > 64
                ? ["<p class=\"soft\">The first 64 of \(report.broadcasts.count) curves.</p>"] : [])
    }

    private static func curve(_ broadcast: RehearsalReport.Broadcast) -> String {
        let span = broadcast.budget * 5 / 4, steps = Int(span / max(1, broadcast.curveStep))
        var plot = SVGPlot(maximum: broadcast.connected)
        let values = (0...min(240, max(1, steps))).map { point in
            let index = point * steps / min(240, max(1, steps))
            return index < broadcast.curve.count ? broadcast.curve[index] : broadcast.curve.last ?? 0
        }
        plot.stack([(values: values, color: broadcast.isWithinBudget ? "--c3" : "--c0")])
        plot.mark(atPerMille: 800, color: "--bad", isDashed: false)
        if let t999 = broadcast.t999 { plot.mark(atPerMille: Int(t999 * 1000 / span), color: "--ink") }
        let verdict = broadcast.isWithinBudget ? "t99.9 \(Format.duration(broadcast.t999))" : "over budget"
        return HTML.figure(
            plot, caption: "\(broadcast.id) \(broadcast.code) \(broadcast.stage): \(verdict)",
            top: Format.count(broadcast.connected),
            axis: ["0", Format.duration(span)], kind: "low")
    }

    // MARK: Refresh and the rest

    private static func refreshes(_ report: RehearsalReport) -> String {
        let refresh = report.refresh, most = max(refresh.withoutJitter.max() ?? 0, refresh.withJitter.max() ?? 0)
        var plot = SVGPlot(maximum: most * 11 / 10)
        plot.line(refresh.withoutJitter, color: "--c0", isDashed: true)
        plot.line(refresh.withJitter, color: "--c2")
        return HTML.figure(
            plot,
            caption:
                "Refreshes a second of what was fetched ahead, TTL \(Format.duration(refresh.ttl)): herds come back hours before and after the show",
            top: "\(Format.count(plot.maximum))/s", axis: axis(refresh.from, refresh.step, refresh.withJitter.count),
            legend: HTML.legend([
                ("--c0", "without jitter, most \(Format.count(refresh.withoutJitter.max() ?? 0))/s (dashed)"),
                ("--c2", "with ±\(refresh.jitter)%, most \(Format.count(refresh.withJitter.max() ?? 0))/s"),
            ]))
    }

    private static func foot(_ report: RehearsalReport) -> String {
        """
        <p class="soft small">Seed \(report.seed) · \(Format.exact(report.frameCount)) frames · digest <code>\(report.digest)</code>. The same schedule and seed \
        give the same digest on any machine. Requests are a projection (profiles and peaks of the schedule), fan-outs are modelled device by device.</p>
        """
    }
}
