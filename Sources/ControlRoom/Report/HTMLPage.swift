/// One self-contained page: no script, no font, no picture from anywhere. Readable on a phone, in print, by day and by
/// night.
///
/// The shell of every report; what stands in it is made of `HTML` pieces.
enum HTMLPage {
    static func document(title: String, body: [String]) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="generator" content="control-room">
        <title>\(HTML.escaped(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        <main>
        \(body.joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    /// Colours are Okabe and Ito's, told apart by most eyes; each is also named in words where it is used.
    private static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --card: #f6f8fa; --line: #d0d7de;
          --good: #007a5a; --warn: #9a5b00; --bad: #b3360b;
          --c0: #d55e00; --c1: #cc79a7; --c2: #0072b2; --c3: #56b4e9; --c4: #009e73; --c5: #e69f00; --c6: #8c959f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --card: #161b22; --line: #3d444d;
          --good: #3fb98e; --warn: #e6a23c; --bad: #ff8a5c; --c0: #ff8a4c; --c1: #e29bc2; --c2: #4aa3df; --c3: #8ccdf2; --c4: #2fc79a; --c5: #f0bd4f; --c6: #7d8590; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 62rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
        h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
        p { margin: .25rem 0 .75rem; } .soft, figcaption, th { color: var(--soft); } .small { font-size: .85rem; }
        .verdict { border-left: .4rem solid var(--good); background: var(--card); padding: .75rem 1rem; margin: 1rem 0; font-size: 1.1rem; border-radius: .25rem; }
        .verdict.broken { border-color: var(--bad); }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
        .facts li { background: var(--card); border-radius: .25rem; padding: .5rem .75rem; } .facts b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
        .findings { list-style: none; padding: 0; margin: 0; } .findings li { border-left: .25rem solid var(--line); padding: .25rem 0 .25rem .75rem; margin: .5rem 0; }
        .findings .critical { border-color: var(--bad); } .findings .warn { border-color: var(--warn); } .findings .info { border-color: var(--c3); }
        .tag { font-weight: 600; font-size: .8rem; letter-spacing: .03em; } .critical .tag { color: var(--bad); } .warn .tag { color: var(--warn); }
        .remedy { color: var(--soft); }
        figure { margin: .75rem 0 1.25rem; } figcaption { font-size: .9rem; margin-bottom: .35rem; }
        .plot { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: .25rem; }
        .plot svg { display: block; width: 100%; } .tall svg { height: 16rem; } .low svg { height: 7rem; } .lane svg { height: 1.6rem; }
        .top { position: absolute; left: .4rem; top: .2rem; font-size: .75rem; color: var(--soft); background: var(--card); padding: 0 .2rem; font-variant-numeric: tabular-nums; }
        .axis { display: flex; justify-content: space-between; font-size: .75rem; color: var(--soft); font-variant-numeric: tabular-nums; padding-top: .15rem; }
        .legend { display: flex; flex-wrap: wrap; gap: .15rem 1rem; font-size: .85rem; margin: .35rem 0 0; padding: 0; list-style: none; }
        .swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin-right: .35rem; vertical-align: -.05rem; }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; margin-top: 1.25rem; } .grid figure { margin: 0; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
        .late { color: var(--bad); font-weight: 600; } code { font-size: .85em; overflow-wrap: anywhere; }
        path, line, rect { vector-effect: non-scaling-stroke; }
        @media print { body { font-size: 11pt; } main { max-width: none; padding: 0; } h2 { break-after: avoid; } figure, .findings li, tr { break-inside: avoid; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } .scroll { overflow: visible; } }
        """
}

/// Pieces of a page.
enum HTML {
    /// Text that cannot become markup.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
    }

    static func section(_ title: String, _ parts: [String]) -> String {
        "<section>\n<h2>\(escaped(title))</h2>\n\(parts.joined(separator: "\n"))\n</section>"
    }

    /// Short facts in boxes: value and what it is.
    static func facts(_ facts: [(value: String, label: String)]) -> String {
        "<ul class=\"facts\">" + facts.map { "<li><b>\(escaped($0.value))</b>\(escaped($0.label))</li>" }.joined()
            + "</ul>"
    }

    /// A table that scrolls sideways where it does not fit; the first column is text, the others numbers.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        let header = head.map { "<th>\(escaped($0))</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }.joined(separator: "\n")
        return "<div class=\"scroll\"><table><thead><tr>\(header)</tr></thead><tbody>\n\(body)\n</tbody></table></div>"
    }

    static func legend(_ entries: [(color: String, text: String)]) -> String {
        "<ul class=\"legend\">" + entries.map {
            "<li><span class=\"swatch\" style=\"background:var(\($0.color))\"></span>\(escaped($0.text))</li>"
        }.joined() + "</ul>"
    }

    /// A plot with its caption, the top of its scale, marks along the time axis, and a legend.
    static func figure(
        _ plot: SVGPlot, caption: String, top: String, axis: [String], kind: String = "tall", legend: String = ""
    ) -> String {
        """
        <figure><figcaption>\(escaped(caption))</figcaption>
        <div class="plot \(kind)">\(plot.svg(label: caption))<span class="top">\(escaped(top))</span></div>
        <div class="axis">\(axis.map { "<span>\(escaped($0))</span>" }.joined())</div>\(legend)</figure>
        """
    }
}
