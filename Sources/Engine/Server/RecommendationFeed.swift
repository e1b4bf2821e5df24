import Foundation
import Synchronization

/// Asks the recommendations source again and again, and gives what it delivers to `DevicePrefetch`.
///
/// A delivery that fails or has a fault changes nothing: the last good one stays, and the fault is shown. One task;
/// ends with `stop`.
public final class RecommendationFeed: Sendable {
    /// Between two deliveries that were taken, and after one that was not.
    private static let interval: Duration = .seconds(30), retryAfter: Duration = .seconds(5)

    private let source: any RecommendationSource
    private let prefetch: DevicePrefetch
    private let time: any TimeSource
    private let state = Mutex(State())

    private struct State {
        var catalogue = RecommendationCatalogue()
        var bytes: [UInt8] = []
        var deliveredAt: WallTime?
        var fault: String?
        var task: Task<Void, Never>?
    }

    public init(source: any RecommendationSource, prefetch: DevicePrefetch, time: any TimeSource) {
        self.source = source
        self.prefetch = prefetch
        self.time = time
    }

    /// Waits for the first delivery, then goes on by itself.
    /// - Parameter isFirstNeeded: whether a first delivery that is not taken is an error. Of a file it is, being a
    ///   mistake of whoever named it; a server that is down must not keep an engine from coming back in the middle of a
    ///   show.
    /// - Throws: what is wrong with the first one, where it is needed.
    public func start(isFirstNeeded: Bool) async throws(RecommendationFault) {
        do throws(RecommendationFault) {
            try await take()
        } catch {
            guard !isFirstNeeded else { throw error }
            state.withLock { $0.fault = error.description }
        }
        let task = Task.detached(priority: .utility) { [weak self] in
            while !Task.isCancelled {
                let pause = self?.state.withLock { $0.fault == nil } ?? true ? Self.interval : Self.retryAfter
                try? await Task.sleep(for: pause)
                guard !Task.isCancelled, let self else { return }
                do throws(RecommendationFault) {
                    try await self.take()
                } catch {
                    self.state.withLock { $0.fault = error.description }
                }
            }
        }
        state.withLock { $0.task = task }
    }

    /// What was wrong with the newest delivery; nil if it was taken.
    public var fault: String? { state.withLock { $0.fault } }

    public func stop() { state.withLock { $0.task }?.cancel() }

    /// One delivery.
    func take() async throws(RecommendationFault) {
        let file = try await source.fetch()
        let isKnown = state.withLock { $0.deliveredAt != nil && $0.bytes == file.bytes }
        let now = time.now().wall
        guard !isKnown else {
            return state.withLock {
                $0.deliveredAt = now
                $0.fault = nil
            }
        }
        let (catalogue, problems) = RecommendationReader.read(file)
        guard let catalogue else {
            let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
            throw RecommendationFault((problems.first?.description ?? "\(file.name): not a catalogue") + more)
        }
        prefetch.take(catalogue)
        state.withLock { state in
            state.catalogue = catalogue
            state.bytes = file.bytes
            state.deliveredAt = now
            state.fault = nil
        }
    }

    /// Writes what the room shows of the source.
    public func describe(in figures: inout PrefetchServerFigures) {
        state.withLock { state in
            figures.recommendations = source.name
            figures.rowCount = state.catalogue.rows.count
            figures.titleCount = state.catalogue.titleCount
            figures.deliveredAt = state.deliveredAt
            figures.fault = state.fault
        }
    }
}
