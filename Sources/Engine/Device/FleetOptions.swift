/// What a fleet of devices is told once.
package struct FleetOptions: Hashable, Sendable {
    /// Devices, 1...100 000.
    package var count: Int
    /// First part of every device id; the same prefix means the same devices to the edge.
    package var name: String
    /// What they say they are.
    package var make = DeviceMake(family: "fleet", build: .unknown)
    /// What each of them follows.
    package var topics: [Topic]
    /// Edge nodes they may connect to, `127.0.0.1:8081`, at least one. Device `n` begins at the `n`th.
    package var edges: [String]
    /// First connections begun per second.
    package var rampPerSecond: Int
    /// A device acks this long after it was given a stage.
    package var ackDelay: Duration = .zero
    /// Share of stages, and of acks, that get lost on purpose, 0...1.
    package var loss = 0.0
    package var reconnect = Reconnect.jittered
    /// All connections are torn at once, again and again after this; nil: never.
    package var stormEvery: Duration?
    /// Fixes every draw: delays, masks, losses.
    package var seed: UInt64 = 1

    /// What a device does when its connection ends.
    package enum Reconnect: String, CaseIterable, Sendable {
        /// As the welcome asks: jittered exponential backoff.
        case jittered
        /// Without any delay: the herd that the edge must survive.
        case atOnce = "at-once"
        case never
    }

    package init(count: Int, name: String, topics: [Topic], edges: [String], rampPerSecond: Int) {
        self.count = count
        self.name = name
        self.topics = topics
        self.edges = edges
        self.rampPerSecond = rampPerSecond
    }
}
