import Foundation

/// Writes a file that must not exist yet, for whoever asked at the desk.
enum NewFile {
    struct Outcome {
        var isWritten: Bool
        var sentence: String
    }

    static func write(_ text: String, to path: String) -> Outcome {
        let place = (path as NSString).expandingTildeInPath
        do {
            try Data(text.utf8).write(to: URL(filePath: place), options: .withoutOverwriting)
            return Outcome(isWritten: true, sentence: "Written: \(URL(filePath: place).path)")
        } catch CocoaError.fileWriteFileExists {
            return Outcome(isWritten: false, sentence: "\(place) exists already: name another file")
        } catch {
            return Outcome(isWritten: false, sentence: "\(place) could not be written: \(error.localizedDescription)")
        }
    }
}
