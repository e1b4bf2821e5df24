import NIOCore

@testable import Engine

extension HTTPAnswer {
    /// The content as text.
    var body: String { String(buffer: content) }
}
