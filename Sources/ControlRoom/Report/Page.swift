/// A report as paragraphs and tables, written as one HTML page that needs nothing else, or as Markdown.
struct Page: Hashable, Sendable {
    enum Block: Hashable, Sendable {
        case heading(String)
        case paragraph(String)
        case table(header: [String], rows: [[String]])
    }

    var title: String
    var blocks: [Block]

    // MARK: Markdown

    var markdown: String {
        var lines = ["# \(Self.plain(title))", ""]
        for block in blocks {
            switch block {
            case .heading(let text): lines += ["## \(Self.plain(text))", ""]
            case .paragraph(let text): lines += [Self.plain(text), ""]
            case .table(let header, let rows):
                lines.append("| " + header.map(Self.cell).joined(separator: " | ") + " |")
                lines.append("|" + header.map { _ in "---|" }.joined())
                lines += rows.map { "| " + $0.map(Self.cell).joined(separator: " | ") + " |" }
                lines.append("")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Text that somebody typed must not become a heading, a link or a tag.
    private static func plain(_ text: String) -> String {
        text.map { "\\`*_[]<>#".contains($0) ? "\\\($0)" : $0.isNewline ? " " : String($0) }.joined()
    }

    private static func cell(_ text: String) -> String { plain(text).replacing("|", with: "\\|") }

    // MARK: HTML

    var html: String {
        var body = "<h1>\(Self.escaped(title))</h1>\n"
        for block in blocks {
            switch block {
            case .heading(let text): body += "<h2>\(Self.escaped(text))</h2>\n"
            case .paragraph(let text): body += "<p>\(Self.escaped(text))</p>\n"
            case .table(let header, let rows):
                body += "<table><thead><tr>" + header.map { "<th>\(Self.escaped($0))</th>" }.joined() + "</tr></thead><tbody>\n"
                for row in rows { body += "<tr>" + row.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>\n" }
                body += "</tbody></table>\n"
            }
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(Self.escaped(title))</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: #1a1a1a; background: #fff }
            table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums }
            th, td { border-bottom: 1px solid #ccc; padding: .25em .8em; text-align: left; vertical-align: top }
            th { background: #f2f2f2 }
            @media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616 } th { background: #262626 } th, td { border-color: #444 } }
            </style></head><body>
            \(body)</body></html>

            """
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: String(character)
            }
        }.joined()
    }
}
