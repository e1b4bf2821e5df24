import Engine

/// A rehearsal's report for a terminal or a pipe: lines, with curves drawn as in the room.
enum RehearsalText {
    /// - Parameter width: columns, 60...160.
    static func lines(_ report: RehearsalReport, glyphs: GlyphSet, width: Int) -> [String] {
        var lines = [report.verdict.sentence, ""]
        lines += findings(report)
        lines += fanOuts(report, glyphs: glyphs, width: width)
        lines += requests(report, glyphs: glyphs, width: width)
        lines += refreshes(report, glyphs: glyphs, width: width)
        lines.append(
            "seed \(report.seed)  digest \(report.digest)  \(Format.exact(report.frameCount)) frames  \(Format.exact(report.devices)) modelled devices"
        )
        return lines.map { line in glyphs == .ascii ? ascii(line) : line }
    }

    private static func findings(_ report: RehearsalReport) -> [String] {
        guard !report.findings.isEmpty else { return ["Nothing stood out.", ""] }
        return report.findings.prefix(30).map { finding in
            "\(Format.mark(finding.severity)) \(finding.at.map(Format.time) ?? "")  \(finding.what) \(finding.remedy)"
        } + (report.findings.count > 30 ? ["and \(report.findings.count - 30) more (--json has them all)"] : []) + [""]
    }

    private static func fanOuts(_ report: RehearsalReport, glyphs: GlyphSet, width: Int) -> [String] {
        guard !report.broadcasts.isEmpty else { return [] }
        let head =
            pad("FAN-OUT", 30) + padLeft("AT", 10) + padLeft("DEVICES", 9) + padLeft("T50", 8) + padLeft("T99", 8)
            + padLeft("T99.9", 8) + padLeft("BUDGET", 8)
        let room = max(8, width - head.count - 3)
        return [head + "   ACKED UP TO THE BUDGET"] + report.broadcasts.map { broadcast in
            let mark = broadcast.isWithinBudget ? " " : "!"
                return pad("\(broadcast.id) \(broadcast.code) \(broadcast.stage)", 30)
                    + padLeft(Format.time(broadcast.at), 10)
                + padLeft(Format.count(broadcast.connected), 9) + padLeft(Format.duration(broadcast.t50), 8)
                + padLeft(Format.duration(broadcast.t99), 8) + padLeft(Format.duration(broadcast.t999), 8)
                    + padLeft(Format.duration(broadcast.budget), 8) + " \(mark) "
                    + curve(broadcast, glyphs: glyphs, width: room)
        } + [""]
    }

    /// Devices acked from the timestamp to the budget, in one row.
    private static func curve(_ broadcast: RehearsalReport.Broadcast, glyphs: GlyphSet, width: Int) -> String {
        let points = max(1, Int(broadcast.budget / max(1, broadcast.curveStep)))
        let values = (0..<width * 2).map { column in
            let index = column * points / (width * 2)
            return index < broadcast.curve.count ? broadcast.curve[index] : broadcast.curve.last ?? 0
        }
        let shown = glyphs == .braille ? values : stride(from: 0, to: values.count, by: 2).map { values[$0] }
        return Sparkline.text(shown, width: width, maximum: max(1, broadcast.connected), glyphs: glyphs)
    }

    private static func requests(_ report: RehearsalReport, glyphs: GlyphSet, width: Int) -> [String] {
        let traffic = report.traffic
        let title =
            "REQUESTS/S  peak \(Format.count(traffic.peak)) at \(Format.time(traffic.peakAt))  gateways \(Format.count(report.capacity.gatewayPerSecond))  (each row to its own peak)"
        let rows = traffic.classes.filter { $0.peak > 0 }.map { series in
            pad(series.requestClass.rawValue, 15) + pad(series.bucket.rawValue, 12)
                + padLeft(Format.count(series.peak), 8) + "  "
                + row(series.perSecond, maximum: series.peak, width: width - 37, glyphs: glyphs)
        }
        let refused = traffic.refused.map { series in
            pad("refused", 15) + pad(series.bucket.rawValue, 12) + padLeft(Format.count(series.peak), 8) + "  "
                + row(series.perSecond, maximum: series.peak, width: width - 37, glyphs: glyphs)
        }
        let switches = traffic.switches.map {
            "  ruleset \($0.ruleset) \($0.isOn ? "on" : "off") at \(Format.time($0.at))\($0.isOn ? ": \($0.why)" : "")"
        }
        return [title] + rows + refused + switches + [
            axis(from: traffic.from, step: traffic.step, count: traffic.total.count, indent: 37, width: width), "",
        ]
    }

    private static func refreshes(_ report: RehearsalReport, glyphs: GlyphSet, width: Int) -> [String] {
        let refresh = report.refresh, most = max(1, refresh.withoutJitter.max() ?? 0)
        return ["CACHE REFRESH/S  TTL \(Format.duration(refresh.ttl)), both rows to the same scale"] + [
            ("without jitter", refresh.withoutJitter), ("with ±\(refresh.jitter)%", refresh.withJitter),
        ].map { name, values in
                pad(name, 27) + padLeft(Format.count(values.max() ?? 0), 8) + "  "
                    + row(values, maximum: most, width: width - 37, glyphs: glyphs)
        } + [""]
    }

    /// A series over `width` columns; each dot is the highest value it stands for.
    private static func row(_ values: [Int], maximum: Int, width: Int, glyphs: GlyphSet) -> String {
        let columns = max(1, width) * (glyphs == .braille ? 2 : 1)
        guard !values.isEmpty else { return "" }
        let shown = (0..<columns).map { column in
            let first = column * values.count / columns, end = max(first + 1, (column + 1) * values.count / columns)
            return values[first..<min(end, values.count)].max() ?? 0
        }
        return Sparkline.text(shown, width: max(1, width), maximum: maximum, glyphs: glyphs)
    }

    private static func axis(from: WallTime, step: Milliseconds, count: Int, indent: Int, width: Int) -> String {
        let room = max(20, width - indent), until = from + Milliseconds(count) * step
        let middle = from + until.since(from) / 2
        let left = Format.time(from), right = Format.time(until), centre = Format.time(middle)
        let gap = max(1, (room - left.count - right.count - centre.count) / 2)
        return String(repeating: " ", count: indent) + left + String(repeating: " ", count: gap) + centre
            + String(repeating: " ", count: gap) + right
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        TextWidth.clipped(text, to: width - 1, ellipsis: "~")
            + String(repeating: " ", count: max(1, width - TextWidth.of(text)))
    }
    private static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - TextWidth.of(text))) + text
    }

    private static func ascii(_ line: String) -> String {
        String(line.flatMap { character in
            TextWidth.forDisplay(character).flatMap { GlyphSet.ascii.adapt($0) }.map(\.character)
        })
    }
}
