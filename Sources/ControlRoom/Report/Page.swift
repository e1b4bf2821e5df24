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
        let body = blocks.map { block in
            switch block {
            case .heading(let text): "<h2>\(HTML.escaped(text))</h2>"
            case .paragraph(let text): "<p>\(HTML.escaped(text))</p>"
            case .table(let header, let rows): HTML.table(header, rows.map { $0.map(HTML.escaped) })
            }
        }
        return HTMLPage.document(title: title, body: ["<h1>\(HTML.escaped(title))</h1>"] + body)
    }
}
