import Foundation
import HTTPTypes
import NIOCore

/// The page that `/graphql` shows a person: `Explorer/explorer.html`, which may run its own script, ask this server,
/// and nothing else.
/// - Parameter nonce: ties script and style to this one answer.
func explorerPage(nonce: String) -> HTTPAnswer {
    var answer = HTTPAnswer(
        200, type: GraphQLMedia.page.contentType,
        body: String(decoding: PackageResources.explorer_html, as: UTF8.self).replacingOccurrences(
            of: "NONCE", with: nonce),
        headers: [
            .init(
                name: "Content-Security-Policy",
                value: "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; "
                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
            .init(name: "Referrer-Policy", value: "no-referrer"),
        ])
    answer.headers[.vary] = "Accept"
    return answer
}
