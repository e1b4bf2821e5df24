import ArgumentParser
import Engine
import Foundation
import Synchronization

/// What `/graphql` is made of: the schema, who has fetched, and where recommendations come from, as the options say.
final class PrefetchDoor: Sendable {
    let prefetch: DevicePrefetch
    let register = PrefetchRegister()
    private let feed: RecommendationFeed?

    /// Reads the recommendations once, so that a mistake is told at the start.
    /// - Throws: `ValidationError` with what is wrong with them.
    init(_ options: EngineOptions, snapshots: SnapshotBox, time: SystemTime) async throws {
        var configuration = PrefetchConfiguration()
        configuration.seed = options.seed
        configuration.isIntrospectable = options.introspection
        configuration.artworkRoot = options.artwork
        configuration.edgeURL = options.edgeURL
        prefetch = DevicePrefetch(snapshots: snapshots, configuration: configuration)
        do {
            let source = try Self.source(options)
            feed = source.map { [prefetch] in RecommendationFeed(source: $0, prefetch: prefetch, time: time) }
            try await feed?.start(isFirstNeeded: source is FileRecommendations)
        } catch let fault as RecommendationFault {
            throw ValidationError("--recommendations \(fault)")
        }
        if let fault = feed?.fault {
            let line = "--recommendations \(fault). The show runs without them; they are asked for again every 5 s.\n"
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }

    private static func source(_ options: EngineOptions) throws -> (any RecommendationSource)? {
        guard let named = options.recommendations else { return nil }
        if named.hasPrefix("http://") || named.hasPrefix("https://") { return try HTTPRecommendations(url: named) }
        let folder = options.files.first.map { URL(filePath: $0).deletingLastPathComponent().path } ?? "."
        return try FileRecommendations(path: named, below: folder)
    }

    func stop() { feed?.stop() }

    /// What the room shows of it.
    func figures(_ endpoints: HTTPEndpoints) -> PrefetchServerFigures {
        var figures = endpoints.prefetchFigures
        feed?.describe(in: &figures)
        return figures
    }

    /// A way for the engine, which is made first, to ask the HTTP port, which is made after it.
    final class Figures: Sendable {
        private let source = Mutex<(@Sendable () -> PrefetchServerFigures)?>(nil)
        func write(_ figures: @escaping @Sendable () -> PrefetchServerFigures) { source.withLock { $0 = figures } }
        func read() -> PrefetchServerFigures? { source.withLock { $0 }?() }
    }
}
