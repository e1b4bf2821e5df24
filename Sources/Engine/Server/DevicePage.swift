import Foundation

/// The page that makes a browser a device. `DevicePage/device.html` is the whole of it: it fetches the stage maps of
/// every live event ahead from `/graphql`, so that a broadcast changes it without a request.
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

/// What the page is told before it has fetched anything.
struct DeviceRoom: Encodable, Equatable {
    /// The engine's wall clock at the time of serving, ms since 1970: the browser counts down by it.
    var now: Milliseconds
    /// Origin of the edge node's WebSocket: `ws://room.example:8081`; absent while no real edge node listens.
    var edge: String? { edges.first }
    /// Of every edge node the device may be sent to.
    private var edges: [String]

    /// - Parameter edgeURLs: where the device finds edge nodes, best first; empty while none listens.
    init(at now: WallTime, edgeURLs: [String]) {
        self.now = now.milliseconds
        edges = edgeURLs.compactMap(URL.init(string:)).compactMap { url in
            guard let scheme = url.scheme, ["ws", "wss"].contains(scheme), let host = url.host() else { return nil }
            return "\(scheme)://\(bracketed(host))\(url.port.map { ":\($0)" } ?? "")"
        }
    }

    private enum Member: CodingKey { case now, edge }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Member.self)
        try container.encode(now, forKey: .now)
        try container.encodeIfPresent(edge, forKey: .edge)
    }

    /// Lets the page run its own script and style, reach its edge node and this server, and nothing else.
    func contentSecurityPolicy(nonce: String) -> String {
        let edge = edges.map { " \($0)" + ($0.hasPrefix("ws:") ? " wss:" + $0.dropFirst(3) : "") }.joined()
        return "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; img-src data:; "
            + "connect-src 'self'\(edge); base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
                return isLiteral
                    ? isHex || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
                    : isHex || isLetter || "-._".utf8.contains(byte)
            })
        else { return nil }
        self.name = String(name)
    }
}
