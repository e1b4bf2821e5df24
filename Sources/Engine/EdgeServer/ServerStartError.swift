import Foundation

/// Why a server cannot listen, in a sentence with the way out.
public struct ServerStartError: Error, Hashable, Sendable, CustomStringConvertible {
    public let sentence: String
    public var description: String { sentence }

    init(_ sentence: String) { self.sentence = sentence }

    /// - Parameter errno: what the kernel said; nil if it was asked nothing.
    init(binding host: String, port: Int, option: String, errno code: CInt?, said: String? = nil) {
        let address = "\(bracketed(host)):\(port)"
        let sentence =
            switch code {
            case EADDRINUSE:
                "Port \(port) of \(host) is taken by another program: stop it, or choose another with \(option) HOST:PORT."
            case EACCES:
                "\(address) may not be listened on by this user: choose a port above 1023 with \(option) HOST:PORT."
            case EADDRNOTAVAIL: "\(host) is no address of this machine: choose one that is with \(option) HOST:PORT."
            default:
                "\(address) cannot be listened on (\(said ?? "errno \(code ?? 0)")): choose another with \(option) HOST:PORT."
            }
        self.init(sentence)
    }
}

/// An IPv6 address in the brackets that a port after it needs.
func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
