/// Why a `graphql-transport-ws` connection ends: the codes of its protocol document, and for what it does not foresee
/// those of `CloseReason`. The reason is UTF-8 of at most 123 bytes, as a close frame can carry.
struct SubscriptionClose: Error, Hashable, Sendable {
    let code: UInt16
    let reason: String

    static let reasonBytesMax = 123

    init(_ code: UInt16, _ reason: String) {
        self.code = code
        self.reason = Self.cut(reason)
    }

    static func badMessage(_ reason: String) -> Self { Self(4400, reason) }

    static let unauthorized = Self(4401, "Unauthorized")
    static let forbidden = Self(4403, "Forbidden")
    static let subprotocolNotAcceptable = Self(4406, "Subprotocol not acceptable")
    static let initialisationTimeout = Self(4408, "Connection initialisation timeout")
    static let tooManyInitialisations = Self(4429, "Too many initialisation requests")

    static func subscriberExists(_ id: String) -> Self { Self(4409, "Subscriber for \(id) already exists") }

    /// What a reason of the edge is called here. 4400, 4401 and 4409 have another meaning in this protocol.
    init(_ reason: CloseReason) {
        switch reason {
        case .badMessage: self = .badMessage("Invalid message received")
        case .unauthorised: self = .forbidden
        case .helloTimeout: self = .initialisationTimeout
        case .silent: self = Self(4504, reason.reason)
        case .tooBig: self = Self(reason.code, "message too big: 64 KiB in 64 fragments at most")
        default: self = Self(reason.code, reason.reason)
        }
    }

    /// The payload of the close frame.
    var payload: [UInt8] { [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8) }

    /// The longest beginning of at most 123 bytes that does not cut a character.
    private static func cut(_ text: String) -> String {
        guard text.utf8.count > reasonBytesMax else { return text }
        var kept = String.UnicodeScalarView(), bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= reasonBytesMax else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
