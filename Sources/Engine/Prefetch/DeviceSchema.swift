import GraphQL
import Synchronization

/// The schema that devices see, and how each of its fields is answered: queries here, the subscription at the edge node
/// (`StageSubscription`). `Documentation/schema.graphql` is this schema; a test fails when the two differ.
enum DeviceSchema {
    /// Live events of one page at most.
    static let eventsMax = 100

    static let definition = #"""
        """
        What a device fetches ahead of a live event: the stage it is at, where to connect for broadcasts, and a stage map that says
        what to show at every stage to come. When a broadcast brings a stage key, look it up in the map you hold and draw; ask nobody.
        """
        schema {
          query: Query
        }

        "Milliseconds since 1970-01-01T00:00:00Z, a whole number."
        scalar Timestamp

        type Query {
          "Live events in order of the schedule, 100 at most; more is cut to 100."
          events(first: Int = 20, "The id of the last event of the page before." after: ID): [LiveEvent!]!
          "One live event; null if this engine runs none of that id."
          event(id: ID!): LiveEvent
        }

        type LiveEvent {
          id: ID!
          "In the first language of the schedule; the stage map has it in the device's own."
          title: String!
          "The stage on air; null before the first."
          stage: Stage
          "The stage that comes next; null once the show is over."
          nextStage: Stage
          "In the order of the run of show."
          stages: [Stage!]!
          "Whether the T-clock is held: planned times do not count then."
          isHeld: Boolean!
          "The newest broadcast: what a device says hello with. Null before the first."
          lastBroadcast: BroadcastPosition
          "Where to connect for broadcasts; null while no edge node listens."
          connection: Connection
          """
          What to show at each stage. Arguments that are left out come from the headers Accept-Language and X-Device-Family.
          A request with the header X-Device, or with `device`, is counted as prefetch of this event by that device.
          """
          stageMap(
            "A language tag: de, de-AT."
            locale: String
            "As the device names itself: tv/lgx 2019, mobile/ios, web."
            family: String
            "Age in years that the profile is for; left out: everything may be shown."
            maturity: Int
            "Id of the device, where it cannot send X-Device. Answers to such a request are not kept: prefer the header."
            device: ID
          ): StageMap!
        }

        type Stage {
          "What a broadcast names, and what to look up in the stage map."
          key: String!
          kind: StageKind!
          "When it is planned to start; null if on cue."
          planned: Timestamp
        }

        enum StageKind {
          PRE_SHOW
          COUNTDOWN
          LIVE
          INTERMISSION
          ENDING
          ENDED
        }

        "The position of a broadcast in its topic. Give it back as it came."
        type BroadcastPosition {
          stage: String!
          sequence: Timestamp!
          timestamp: Timestamp!
        }

        "How to hear of stages: a WebSocket, its sub-protocol, and the topic to follow."
        type Connection {
          "The edge node to connect to."
          url: String!
          "Every edge node that takes devices, best first: where one cannot be reached, try the next."
          urls: [String!]!
          protocol: String!
          topic: String!
        }

        """
        What to show at each stage of one event, in four shapes: ask for the one your screen is. A stage key that is not in
        the list is shown as `fallback`.
        """
        type StageMap {
          event: ID!
          "Changes when anything in the map does."
          version: String!
          "False where the event is for older viewers than the profile: then the map has no stages, and a fallback without the event."
          isVisible: Boolean!
          "Whom this map was made for, as far as anything distinguishes them."
          cohort: Cohort!
          "A home screen of rows."
          homeRow: HomeRowMap!
          "The page of the one title."
          titlePage: TitlePageMap!
          "A player, and what it does when the stage comes."
          player: PlayerMap!
          "A device with one line of text."
          minimal: MinimalMap!
        }

        type Cohort {
          locale: String!
          family: String!
          maturity: Int!
        }

        "What every shape has of a stage."
        interface StageEntry {
          "The stage key; * in a fallback."
          key: String!
          "Null: no badge."
          badge: String
          artwork: Artwork!
          "Where a press leads: a deep link."
          link: String!
        }

        type HomeRowMap {
          stages: [HomeRowEntry!]!
          fallback: HomeRowEntry!
        }

        type HomeRowEntry implements StageEntry {
          key: String!
          badge: String
          artwork: Artwork!
          link: String!
          title: String!
          "The row in which the live title stands; empty: in none."
          row: String!
          "Place of that row, from 1."
          position: Int!
          "Whether a preview plays by itself."
          autoplay: Boolean!
          "Every recommended row in its order, the live title in its place."
          rows: [Row!]!
        }

        type Row {
          row: String!
          "Place on the home screen, from 1."
          position: Int!
          titles: [Title!]!
        }

        type Title {
          id: ID!
          title: String!
          synopsis: String!
          badge: String
          artwork: Artwork!
          link: String!
          "Whether this is the live event itself."
          isLive: Boolean!
        }

        type TitlePageMap {
          stages: [TitlePageEntry!]!
          fallback: TitlePageEntry!
        }

        type TitlePageEntry implements StageEntry {
          key: String!
          badge: String
          artwork: Artwork!
          link: String!
          title: String!
          synopsis: String!
          "Age in years from which it may be shown."
          maturity: Int!
          "Whether the device goes to the player by itself."
          autoplay: Boolean!
        }

        type PlayerMap {
          stages: [PlayerEntry!]!
          fallback: PlayerEntry!
        }

        type PlayerEntry implements StageEntry {
          key: String!
          badge: String
          artwork: Artwork!
          link: String!
          title: String!
          action: PlayerAction!
          "What to offer when the player is left; null: nothing."
          next: Title
        }

        enum PlayerAction {
          "Nothing to play yet: stay as you are."
          WAIT
          "Play, or go on playing."
          PLAY
          "The show is over: leave the player."
          LEAVE
        }

        type MinimalMap {
          stages: [MinimalEntry!]!
          fallback: MinimalEntry!
        }

        type MinimalEntry implements StageEntry {
          key: String!
          badge: String
          artwork: Artwork!
          link: String!
          "Badge and title in one line."
          text: String!
        }

        "A picture, and what is painted until it is there: a colour or a BlurHash."
        type Artwork {
          url: String
          color: String
          blurhash: String
        }

        """#

    static func make() throws(SchemaError) -> Schema {
        try Schema(
            definition + StageSubscription.definition,
            resolvers: StageSubscription.resolvers.merging([
                "Query.events": events, "Query.event": event,
                "LiveEvent.id": field { .string($0.id.rawValue) }, "LiveEvent.title": field { .string($0.title) },
                "LiveEvent.stage": field { event in stage(event.current, of: event) },
                "LiveEvent.nextStage": field { event in stage(event.next, of: event) },
                "LiveEvent.stages": field { event in .list(event.stages.map(stage)) },
                "LiveEvent.isHeld": field { .boolean($0.isHeld) }, "LiveEvent.lastBroadcast": field(lastBroadcast),
                "LiveEvent.connection": connection, "LiveEvent.stageMap": stageMap,
            ]) { _, own in own },
            scalars: ["Timestamp": .integer])
    }

    private static func field(_ value: @escaping @Sendable (LineupEvent) -> Value) -> Resolver {
        { call in .value(value(try call.source(as: LineupEvent.self))) }
    }

    private static let events: Resolver = { call in
        let asked = call.arguments["first"]?.int ?? 20
        guard asked >= 0 else { throw GraphQLError("“first” must not be negative.", code: "BAD_USER_INPUT") }
        let after = call.arguments["after"]?.string.map { EventID($0) }
        guard let page = try call.device.lineup.events(first: min(asked, eventsMax), after: after) else {
            throw GraphQLError("There is no live event of the id in “after”.", code: "BAD_USER_INPUT")
        }
        return .list(page.map { .object($0) })
    }

    private static let event: Resolver = { call in
        let id = EventID(call.arguments["id"]?.string ?? "")
        return try call.device.lineup[id].map { .object($0) } ?? .null
    }

    private static func stage(_ key: StageKey?, of event: LineupEvent) -> Value {
        event.stages.first { $0.key == key }.map(stage) ?? .null
    }

    private static func stage(_ stage: StageSnapshot) -> Value {
        .object(ObjectValue([
            ("key", .string(stage.key.rawValue)),
            ("kind", .string(stage.kind.rawValue.uppercased().replacing("-", with: "_"))),
            ("planned", stage.planned.map { .int(Int($0.milliseconds)) } ?? .null),
        ]))
    }

    private static let lastBroadcast: @Sendable (LineupEvent) -> Value = { event in
        guard let position = event.position, let stage = event.current else { return .null }
        return [
            "stage": .string(stage.rawValue), "sequence": .int(Int(position.sequence)),
            "timestamp": .int(Int(position.timestamp.milliseconds)),
        ]
    }

    private static let connection: Resolver = { call in
        let event = try call.source(as: LineupEvent.self)
        let urls = try call.device.edgeURLs(event)
        guard let url = urls.first else { return .null }
        return .value([
            "url": .string(url), "urls": .list(urls.map { .string($0) }), "protocol": .string("control-room.v1"),
            "topic": .string(Topic(event: event.id).rawValue),
        ])
    }

    private static let stageMap: Resolver = { call in
        let event = try call.source(as: LineupEvent.self), device = try call.device
        let cohort = device.lineup.axes.cohort(
            locale: call.arguments["locale"]?.string ?? device.locale,
            family: call.arguments["family"]?.string ?? device.family,
            maturity: call.arguments["maturity"]?.int)
        device.note(event.id, device: call.arguments["device"]?.string)
        return .value(device.map(event, cohort).value)
    }
}

/// One request of a device while it is answered: what it may see, and what it has fetched. The root of the execution.
final class DeviceRequest: Sendable {
    let lineup: Lineup
    /// From headers; arguments go before them.
    let locale: String?
    let family: String?
    /// Where the device finds edge nodes for an event, best first; empty while none listens.
    let edgeURLs: @Sendable (LineupEvent) -> [String]
    let map: @Sendable (LineupEvent, Cohort) -> StageMap
    private let notes = Mutex((events: [EventID](), device: String?.none))

    init(
        lineup: Lineup, locale: String? = nil, family: String? = nil,
        edgeURLs: @escaping @Sendable (LineupEvent) -> [String] = { _ in [] },
        map: @escaping @Sendable (LineupEvent, Cohort) -> StageMap
    ) {
        self.lineup = lineup
        self.locale = locale
        self.family = family
        self.edgeURLs = edgeURLs
        self.map = map
    }

    fileprivate func note(_ event: EventID, device: String?) {
        notes.withLock { notes in
            if !notes.events.contains(event) { notes.events.append(event) }
            notes.device = device ?? notes.device
        }
    }

    /// Events whose stage map was fetched, in the order of fetching; at most as many as a page has.
    var fetched: [EventID] { notes.withLock { $0.events } }
    /// The id that came as an argument.
    var namedDevice: String? { notes.withLock { $0.device } }
}

extension FieldCall {
    /// The request that is being answered.
    fileprivate var device: DeviceRequest {
        get throws {
            guard let request = root as? DeviceRequest else { throw GraphQLError("Internal error.", code: "INTERNAL") }
            return request
        }
    }
}
