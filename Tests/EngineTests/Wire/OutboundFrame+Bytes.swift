@testable import Engine

extension OutboundFrame {
    var bytes: [UInt8] { withBytes(Array.init) }
}
