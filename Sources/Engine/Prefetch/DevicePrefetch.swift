import GraphQL
import Synchronization

/// Answers what devices ask: keeps the lineup, the stage maps of cohorts, and the documents it has read.
///
/// Reads the newest picture from the room's box; nobody tells it anything. Shared by the HTTP server's tasks. Three
/// locks, none waited for while another is held: the lineup's (for one comparison a picture), the maps' (while one is
/// made: the lock is what makes it one flight), the documents' (while one is read, which their limits bound).
public final class DevicePrefetch: Sendable {
    let schema: Schema
    let configuration: PrefetchConfiguration
    private let snapshots: SnapshotBox
    private let lineup = Mutex(Lineup())
    private let maps: Mutex<ExpiringCache<MapKey, StageMap>>
    private let documents = Mutex(DocumentCache())
    private let lastMapCounts = Mutex(CacheCounts())

    private struct MapKey: Hashable {
        var event: EventID
        var cohort: Cohort
        var hasRows: Bool
    }

    public init(snapshots: SnapshotBox, configuration: PrefetchConfiguration = PrefetchConfiguration()) {
        self.snapshots = snapshots
        self.configuration = configuration
        // The definition is ours, and tests read it; a schema that cannot be made is a fault of this program.
        do { schema = try DeviceSchema.make() } catch { preconditionFailure("device schema: \(error)") }
        let jitter = PrefetchJitter(
            ttl: configuration.mapTTL, percent: configuration.jitterPercent, seed: configuration.seed)
        maps = Mutex(
            ExpiringCache(bytesMax: configuration.mapBytesMax, jitter: jitter, staleFor: configuration.mapTTL * 10))
    }

    /// What the recommendations source delivered. Maps take it up as they grow old.
    func take(_ catalogue: RecommendationCatalogue) { lineup.withLock { $0.catalogue = catalogue } }

    /// The live events as they are now; nil before the engine's first picture.
    func current() -> Lineup? {
        guard let snapshot = snapshots.snapshot else { return nil }
        return lineup.withLock { lineup in
            _ = lineup.take(snapshot)
            return lineup
        }
    }

    /// What the maps' cache has done; while a map is being made, as it was before. The engine asks, and waits for
    /// nobody.
    var mapCounts: CacheCounts {
        lastMapCounts.withLock { last in
            if let counts = maps.withLockIfAvailable({ $0.counts }) { last = counts }
            return last
        }
    }

    /// The document of that text, read and found valid.
    func document(for text: String) throws(RequestErrors) -> Document {
        let introspection = configuration.isIntrospectable
        let result: Result<Document, RequestErrors> = documents.withLock { documents in
            do throws(RequestErrors) {
                return .success(try documents.document(for: text, in: schema, introspection: introspection))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Executes an operation for a device.
    /// - Parameters:
    ///   - host: the name that the device used for the engine; nil: edge nodes are told by their own addresses.
    ///   - now: engine time, for the age of what is kept.
    func execute(
        _ operation: GraphQL.Operation, in lineup: Lineup, cohort: Cohort, host: String?, now: EngineInstant
    ) -> (response: Response, fetched: [EventID], device: String?) {
        let told = configuration.edgeURL
        let request = DeviceRequest(
            lineup: lineup, locale: cohort.locale, family: cohort.family,
            edgeURLs: { lineup.edgeURLs(for: $0, host: host, told: told) }
        ) { event, cohort in
            self.map(of: event, for: cohort, in: lineup, now: now)
        }
        let response = operation.execute(root: request)
        return (response, request.fetched, request.namedDevice)
    }

    /// The stage map of a cohort: kept, or made now. An old one is made anew by whoever meets it first, one at a time.
    func map(of event: LineupEvent, for cohort: Cohort, in lineup: Lineup, now: EngineInstant) -> StageMap {
        let key = MapKey(event: event.id, cohort: cohort, hasRows: lineup.hasRows)
        let catalogue = lineup.hasRows ? lineup.catalogue : RecommendationCatalogue()
        return maps.withLock { maps in
            switch maps.look(up: key, epoch: event.mapEpoch, now: now, mayRefresh: lineup.mayRefresh) {
            case .hit(let map), .stale(let map, mustRefresh: false): return map
            case .stale(_, mustRefresh: true), .miss, .underWay:
                let map = StageMap(of: event, for: cohort, catalogue: catalogue, artworkRoot: configuration.artworkRoot)
                maps.store(map, bytes: map.bytes, for: key, epoch: event.mapEpoch, now: now)
                return map
            }
        }
    }
}

/// The knobs of prefetch.
public struct PrefetchConfiguration: Hashable, Sendable {
    /// How long a device keeps what it fetched, in the middle: its Cache-Control. Also what the Prefetch screen draws.
    public var deviceTTL: Duration = .milliseconds(CacheRefresh.standardTTL)
    /// How long a materialised stage map is served before it is made anew.
    public var mapTTL: Duration = .seconds(60)
    /// How long a whole answer is served before it is made anew.
    public var answerTTL: Duration = .seconds(10)
    /// Per cent of each time to live, to both sides.
    public var jitterPercent = CacheRefresh.standardJitter
    /// Bytes of materialised maps kept at most; the one unused for longest goes first.
    public var mapBytesMax = 64 << 20
    /// Bytes of whole answers kept at most; the one unused for longest goes first.
    public var answerBytesMax = 64 << 20
    /// Draws the lifetimes: the same seed draws the same ones.
    public var seed: UInt64 = 1
    /// Whether `__schema` and `__type` are answered.
    public var isIntrospectable = true
    /// What relative artwork paths are written behind: `https://images.example/`; empty: they go out as they are.
    public var artworkRoot = ""
    /// What devices are told to connect to: `wss://edge.example/v1/live`; nil: the edge node's port under the name the
    /// device used for us.
    public var edgeURL: String?

    public init() {}
}
