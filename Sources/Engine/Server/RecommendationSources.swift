import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Recommendations in a file below the folder of the schedule.
///
/// The path may not lead out of the folder: not by its text, and not by a link. Only a regular file is read, without
/// waiting for anything.
public struct FileRecommendations: RecommendationSource {
    public let name: String
    private let folder: String

    /// - Parameters:
    ///   - path: relative to the folder: `recommendations.yaml`.
    ///   - folder: of the first schedule file.
    /// - Throws: `RecommendationFault` if the path's text leads out.
    public init(path: String, below folder: String) throws(RecommendationFault) {
        guard !path.isEmpty, PrefetchText.isInside(path), !path.utf8.contains(0) else {
            throw RecommendationFault(
                "\(path): may lead outside the folder of the schedule: write a relative path without '..'")
        }
        name = path
        self.folder = folder.isEmpty ? "." : folder
    }

    public func fetch() async throws(RecommendationFault) -> ScheduleFile {
        let root = URL(filePath: folder, directoryHint: .isDirectory).resolvingSymlinksInPath().path
        let real = URL(filePath: root + "/" + name).resolvingSymlinksInPath().path
        guard real.hasPrefix(root == "/" ? "/" : root + "/") else {
            throw RecommendationFault(
                "\(name): leads outside the folder of the schedule by a link: put the file itself there")
        }
        do throws(ScheduleFileError) {
            var file = try ScheduleFile.load(real)
            file.name = name
            return file
        } catch {
            throw RecommendationFault("\(name): \(error.detail)")
        }
    }
}

/// Recommendations from an HTTP server: GET, an answer of status 200 within `patience`, at most `ScheduleFile.bytesMax`
/// bytes, no redirects.
public final class HTTPRecommendations: RecommendationSource {
    public let name: String
    private let url: URL
    private let patience: Duration

    /// - Parameter patience: from the question to the last byte of the answer.
    /// - Throws: `RecommendationFault` if it is no http or https URL.
    public init(url text: String, patience: Duration = .seconds(5)) throws(RecommendationFault) {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host(), !host.isEmpty
        else {
            throw RecommendationFault("\(text): is no http:// or https:// URL")
        }
        self.url = url
        self.patience = patience
        // A query may hold a key.
        name = "\(scheme)://\(host)\(url.port.map { ":\($0)" } ?? "")\(url.path())"
    }

    public func fetch() async throws(RecommendationFault) -> ScheduleFile {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpAdditionalHeaders = ["Accept": "application/json, application/yaml"]
        let download = Download(name: name)
        let session = URLSession(configuration: configuration, delegate: download, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: url)
        // The session's own limits begin anew with every byte on Linux: a server that sends one now and then would
        // never be given up.
        let deadline = Task.detached { [patience] in
            try await Task.sleep(for: patience)
            download.fail("gave no whole answer within \(Words.duration(patience.wholeMilliseconds))")
            task.cancel()
        }
        let result = await withCheckedContinuation { continuation in
            download.begin(continuation)
            task.resume()
        }
        deadline.cancel()
        return try result.get()
    }

    private typealias Outcome = Result<ScheduleFile, RecommendationFault>

    /// Gathers one answer, and stops when it is too large. Called on the session's one queue.
    private final class Download: NSObject, URLSessionDataDelegate, Sendable {
        private let name: String
        private let state = Mutex(State())
        private static let redirected = "answered with a redirect: name the address it leads to"

        private struct State {
            var bytes: [UInt8] = []
            var hasAnswered = false
            /// What was wrong first; the rest follows from it.
            var fault: String?
            var continuation: CheckedContinuation<Outcome, Never>?
        }

        init(name: String) { self.name = name }

        func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
            state.withLock { $0.continuation = continuation }
        }

        func fail(_ fault: String) { state.withLock { $0.fault = $0.fault ?? fault } }

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
            completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
        ) {
            let status = (response as? HTTPURLResponse)?.statusCode ?? 0
            state.withLock { $0.hasAnswered = true }
            let isRedirect = (300..<400).contains(status)
            if status != 200 { fail(isRedirect ? Self.redirected : "answered with status \(status)") }
            completionHandler(status == 200 ? .allow : .cancel)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            let count = state.withLock { state in
                state.bytes += data
                return state.bytes.count
            }
            guard count > ScheduleFile.bytesMax else { return }
            fail("answered with more than \(ScheduleFile.bytesMax) bytes")
            dataTask.cancel()
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest,
            completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) {
            fail(Self.redirected)
            completionHandler(nil)
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            let (outcome, continuation) = state.withLock { state in
                let broken =
                    state.hasAnswered ? "broke off its answer" : "could not be reached, or gave no answer of HTTP"
                let fault = state.fault ?? error.map { _ in broken }
                let outcome: Outcome = fault.map { .failure(RecommendationFault("\(name): \($0)")) }
                    ?? .success(ScheduleFile(name: name, bytes: state.bytes))
                defer { state.continuation = nil }
                return (outcome, state.continuation)
            }
            continuation?.resume(returning: outcome)
        }
    }
}
