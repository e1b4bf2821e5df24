import Engine

/// Paints the whole room from its state: header, screens, body, alert line, keys, prompt, and what lies on
/// top. Reads everything, decides nothing.
func render(_ state: AppState) -> Canvas {
    var canvas = Canvas(size: state.size, glyphs: state.glyphs)
    if state.isTooSmall {
        renderOneLine(state, on: &canvas)
        return canvas
    }
    var body = canvas.bounds
    let isCompact = state.size.width < 80 || state.size.height < 24
    renderHeader(state, in: body.takeTop(1), on: &canvas)
    if !isCompact {
        renderTabs(state, in: body.takeTop(1), on: &canvas)
        let line = state.glyphs.border(border(of: state)).horizontal
        canvas.fill(
            body.takeTop(1), with: line, style: state.shown?.mode == .real && !state.isReplaying ? .dim : .notReal)
    }
    renderPromptLine(state, in: body.takeBottom(1), on: &canvas)
    renderKeys(state, in: body.takeBottom(1), on: &canvas)
    renderAlertLine(state, in: body.takeBottom(1), on: &canvas)
    if let snapshot = state.shown {
        if isCompact {
            renderEventLines(state, snapshot, in: body, on: &canvas)
        } else {
            var main = body
            if state.size.width >= 160 {
                renderRail(
                    snapshot, now: state.shownTime, in: main.takeRight(44), border: border(of: state), on: &canvas)
            }
            renderScreen(state, snapshot, in: main, on: &canvas)
        }
        if state.isStale { canvas.restyle(body) { $0 = Style(.dim, underline: $0.underline) } }
    } else if let replay = state.replay {
        if state.screen == .history, !isCompact {
            renderScrubber(replay, state.branch?.report, in: body, on: &canvas)
        } else {
            canvas.putCentred(replay.emptiness, in: body, line: body.height / 2, style: .dim)
        }
    } else {
        canvas.putCentred(
            state.outage ?? "Waiting for the first picture of the engine …", in: body, line: body.height / 2,
            style: state.outage == nil ? .dim : .critical)
    }
    renderOverlay(state, on: &canvas)
    return canvas
}

/// REAL, REHEARSAL and REPLAY have different borders.
func border(of state: AppState) -> GlyphSet.Border {
    switch state.replay?.mode ?? state.shown?.mode {
    case .rehearsal, .staging: .double
    case .replay: .dashed
    case .real, nil: .single
    }
}

private func renderOverlay(_ state: AppState, on canvas: inout Canvas) {
    switch state.overlay {
    case .help(let help):
        let lines = HelpPage.lines(for: state)
        let rows = min(lines.count, HelpPage.rows(in: state.size))
        let area = canvas.bounds.centred(Size(width: min(116, state.size.width - 2), height: rows + 2))
        let inner = canvas.box(
            area, title: "Help: \(state.screen.title) screen", right: "j k scroll   Esc close",
            border: border(of: state), style: .bold)
        for (row, line) in lines.dropFirst(help.firstLine).prefix(inner.height).enumerated() {
            canvas.put(line, x: inner.x + 1, y: inner.y + row, width: inner.width - 2)
        }
    case .picker(let picker):
        let widest = picker.choices.map { TextWidth.of($0.title) + TextWidth.of($0.detail) + 8 }.max() ?? 0
        let size = Size(width: max(widest, TextWidth.of(picker.title) + 10, 44), height: picker.choices.count + 2)
        let inner = canvas.box(
            canvas.bounds.centred(size), title: picker.title, right: "", border: border(of: state), style: .bold)
        let first = max(0, min(picker.index - inner.height / 2, picker.choices.count - inner.height))
        for (row, choice) in picker.choices.dropFirst(first).prefix(inner.height).enumerated() {
            let isChosen = row + first == picker.index
            let line = Rect(x: inner.x, y: inner.y + row, width: inner.width, height: 1)
            let end = canvas.put(choice.title, x: line.x + 3, y: line.y, width: line.width - 4)
            canvas.put(choice.detail, x: end + 2, y: line.y, style: .dim, width: max(0, line.right - end - 3))
            if isChosen {
                canvas.select(line)
                canvas.put(String(canvas.glyphs.cursor), x: line.x + 1, y: line.y, style: .selected)
            }
        }
    case .handover(let sheet): renderHandover(sheet, state, on: &canvas)
    case .surge(let sheet): renderSurge(sheet, state, on: &canvas)
    case .plan(let dialog): renderPlan(dialog, state, border: border(of: state), on: &canvas)
    case nil: break
    }
    if state.prompt?.purpose == .palette { renderPalette(state, on: &canvas) }
}

/// The commands that match what is typed, above the prompt.
private func renderPalette(_ state: AppState, on canvas: inout Canvas) {
    guard let line = state.prompt?.field.text else { return }
    let typed = line.split(separator: " ").first.map { $0.lowercased() } ?? ""
    let isFirstWord = !line.contains(" ")
    let matches = PaletteCommand.usages.filter { isFirstWord ? $0.word.hasPrefix(typed) : $0.word == typed }
    let candidates = isFirstWord ? [] : PaletteCommand.completions(of: line, in: state)
    let rows = min(matches.count + (candidates.isEmpty ? 0 : 1), max(1, canvas.size.height / 3))
    let size = Size(width: min(100, canvas.size.width - 2), height: rows + 2)
    let area = Rect(x: 1, y: canvas.size.height - 3 - size.height, width: size.width, height: size.height)
    let inner = canvas.box(
        area, title: "Command", right: "\(matches.count) match   Tab complete   Esc close", border: border(of: state),
        style: .bold)
    for (row, usage) in matches.prefix(inner.height).enumerated() {
        let end = canvas.put(usage.text, x: inner.x + 1, y: inner.y + row, style: .bold, width: inner.width / 2)
        canvas.put(
            usage.summary, x: max(end + 2, inner.x + 30), y: inner.y + row, style: .dim,
            width: max(0, inner.right - max(end + 2, inner.x + 30) - 16))
        canvas.putRight("\(usage.key)  \(usage.guardNames)", right: inner.right - 1, y: inner.y + row, style: .dim)
    }
    if !candidates.isEmpty, inner.height > 0 {
        canvas.put(
            candidates.joined(separator: "  "), x: inner.x + 1, y: inner.bottom - 1, style: .next,
            width: inner.width - 2)
    }
}
