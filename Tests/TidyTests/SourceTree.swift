import Foundation
import TestSupport

/// A Swift file of this checkout, as lines without their comments.
struct SourceFile {
    let path: String
    let lines: [String]
    /// The lines with everything after `//` cut off: good enough for looking for names.
    let code: [String]

    init(path: String, lines: [String]) {
        self.path = path
        self.lines = lines
        code = lines.map { String($0.prefix(upTo: $0.range(of: "//")?.lowerBound ?? $0.endIndex)) }
    }

    /// All Swift files below a folder of the checkout.
    static func all(in folder: String) -> [SourceFile] {
        let root = repositoryRoot.appending(path: folder)
        guard let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) else { return [] }
        return found.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }.map {
            url in
            let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
            let path = String(url.path.dropFirst(repositoryRoot.path.count)).trimmingCharacters(in: ["/"])
            return SourceFile(path: path, lines: text.components(separatedBy: "\n"))
        }
    }

    /// `path:line` of every line of code that contains one of `words`.
    func places(of words: [String]) -> [String] {
        code.indices.filter { index in words.contains { code[index].contains($0) } }.map { "\(path):\($0 + 1)" }
    }
}
