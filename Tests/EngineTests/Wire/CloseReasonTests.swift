@testable import Engine
import Foundation
import Testing
import TestSupport

@Suite struct CloseReasonTests {
    @Test(arguments: CloseReason.allCases) func fitsIntoACloseFrame(_ reason: CloseReason) {
        #expect(reason.reason.utf8.count <= 123)
        #expect(WebSocketFrame.close(reason).count == 4 + reason.reason.utf8.count)
    }

    @Test func theDocumentedTableIsTheEnum() throws {
        let page = try String(
            contentsOf: repositoryRoot.appending(path: "Documentation/WireProtocol.md"), encoding: .utf8)
        let own = try #require(page.range(of: "## GraphQL clients"))
        let rows = page[..<own.lowerBound].split(separator: "\n").filter { $0.hasPrefix("| 1") || $0.hasPrefix("| 4") }
            .map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let documented = rows.map { Array($0.prefix(3)) }
        let real = CloseReason.allCases.map { ["\($0.code)", $0.reason, $0.shouldReconnect ? "yes" : "no"] }
        #expect(documented == real)
    }
}
