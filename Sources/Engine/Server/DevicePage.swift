import Foundation

/// The page that makes a browser a device. `DevicePage/device.html` is the whole of it; served, it carries the
/// stage map of every live event, which is what a device would have prefetched, so that a broadcast changes
/// it without a request.
func devicePage(room: DeviceRoom, nonce: String) -> String {
    String(decoding: PackageResources.device_html, as: UTF8.self)
        .replacingOccurrences(of: "NONCE", with: nonce)
        .replacingOccurrences(of: "\"ROOM\"", with: scriptSafe(compactJSON(room)))
}

/// JSON that may stand inside a script element: nothing in it can close the element or open a comment.
func scriptSafe(_ json: String) -> String {
    var result = ""
    result.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
        switch scalar {
        case "<", ">", "&", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// What a device knows ahead of the first broadcast.
struct DeviceRoom: Encodable, Equatable {
    struct Event: Encodable, Equatable {
        var id: String
        var topic: String
        var title: String
        var held: Bool
        /// In order of the run of show.
        var stages: [Stage]
    }
    struct Stage: Encodable, Equatable {
        var key: String
        var kind: String
        /// Milliseconds since 1970 as planned when the page was fetched; absent if on cue.
        var planned: Milliseconds?
        var badge: String
        var row: String
        var position: Int
        var artwork: String
        var autoplay: Bool
    }

    /// `room.example:8081`; absent while no real edge node listens.
    var edge: String?
    /// The engine's wall clock at the time of serving, ms since 1970: the browser counts down by it.
    var now: Milliseconds
    var events: [Event]

    /// Live events on one page; a room with more shows its first ones.
    static let eventsMax = 250

    /// - Parameter host: the name the browser used, under which it finds the edge node as well.
    init(snapshot: EngineSnapshot?, at now: WallTime, host: HostName) {
        self.now = now.milliseconds
        let port = snapshot?.engine.edgeAddress?.split(separator: ",").first?.split(separator: ":").last.flatMap { UInt16($0) }
        edge = port.map { "\(host.name):\($0)" }
        events = (snapshot?.events ?? []).prefix(Self.eventsMax).map(Event.init)
    }

    /// Lets the page run its own script and style, reach its edge node, fetch itself anew, and nothing else.
    func contentSecurityPolicy(nonce: String) -> String {
        let edge = edge.map { " ws://\($0) wss://\($0)" } ?? ""
        return "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; img-src data:; "
            + "connect-src 'self'\(edge); base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }
}

extension DeviceRoom.Event {
    init(_ event: EventSnapshot) {
        id = event.id.rawValue
        topic = Topic(event: event.id).rawValue
        title = event.title
        held = event.hold != nil
        stages = event.stages.map { stage in
            DeviceRoom.Stage(
                key: stage.key.rawValue, kind: stage.kind.rawValue, planned: stage.planned?.milliseconds,
                badge: stage.experience.badge, row: stage.experience.row, position: stage.experience.position,
                artwork: stage.experience.artwork, autoplay: stage.experience.autoplay)
        }
    }
}

/// The name part of a `Host` header, known to be safe inside a header and a page.
struct HostName: Equatable {
    /// `room.example`, `127.0.0.1`, `[::1]`.
    let name: String

    /// Nil if there is no header, or if it holds anything that is no host name.
    init?(header: String?) {
        guard let header, header.utf8.count <= 255 else { return nil }
        let isLiteral = header.hasPrefix("[")
        let end = isLiteral ? header.firstIndex(of: "]").map(header.index(after:)) : header.firstIndex(of: ":")
        if isLiteral, end == nil { return nil }
        let name = header[..<(end ?? header.endIndex)], rest = header[name.endIndex...]
        guard rest.isEmpty || (rest.first == ":" && UInt16(rest.dropFirst()) != nil) else { return nil }
        let inner = isLiteral ? name.dropFirst().dropLast() : name
        guard !inner.isEmpty,
            inner.utf8.allSatisfy({ byte in
                let isHex = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                return isLiteral ? isHex || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") : isHex || isLetter || "-._".utf8.contains(byte)
            })
        else { return nil }
        self.name = String(name)
    }
}
