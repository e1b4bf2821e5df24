import Engine
import Foundation
import Synchronization

/// An edge node of its own, without the engine behind it, for `Benchmarks/edge`: the very loop, shard and wire that
/// devices meet.
///
///     EdgeNode PORT LOOPS TOPICS CONNECTS     CONNECTS: devices let in within a second
///
/// Commands on stdin: `send K` publishes K stages due together, on the topics in turn; `stats` prints. Answers are
/// lines.
@main
struct EdgeNodeMain {
    /// In the place of the router: knows the topics, and how far each is.
    final class Router: Bus {
        private let topics: [Topic]
        private let state: Mutex<(node: EdgeServer?, heads: [Topic: Int64], report: NodeReport?)>

        init(topics: [Topic]) {
            self.topics = topics
            state = Mutex((nil, Dictionary(uniqueKeysWithValues: topics.map { ($0, 1) }), nil))
        }

        func use(_ node: EdgeServer) { state.withLock { $0.node = node } }

        var report: NodeReport? { state.withLock { $0.report } }

        func publish(_ count: Int) {
            for number in 0..<count {
                let topic = topics[number % topics.count]
                let (node, sequence) = state.withLock {
                    $0.heads[topic]! += 1
                    return ($0.node, $0.heads[topic]!)
                }
                node?.receive(.publish(Self.publication(topic, sequence)))
            }
        }

        static func publication(_ topic: Topic, _ sequence: Int64) -> Publication {
            Publication(
                broadcast: BroadcastID(sequence), topic: topic, stage: "live",
                position: BroadcastPosition(
                    sequence: sequence, timestamp: WallTime(milliseconds: 1_763_690_400_000 + sequence)))
        }

        func send(_ message: RouterMessage, to node: NodeID) {}

        func send(_ message: NodeMessage, from node: NodeID) {
            switch message {
            case .interest(let topic, true):
                let (server, head) = state.withLock { ($0.node, $0.heads[topic] ?? 1) }
                server?.receive(.topicLog(topic, [Self.publication(topic, head)], oldest: head))
            case .report(let report): state.withLock { $0.report = report }
            default: break
            }
        }
    }

    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap(Int.init)
        guard numbers.count == 4 else {
            print("usage: EdgeNode PORT LOOPS TOPICS CONNECTS")
            exit(64)
        }
        let router = Router(topics: (0..<numbers[2]).map { Topic("event/bench-\($0)") })
        var configuration = EngineConfiguration()
        // Un-acked stages are not sent again while deliveries are counted.
        configuration.ackWithin = .seconds(60)
        configuration.connectsPerSecondMax = numbers[3]
        let node = EdgeServer(
            description: NodeDescription(id: "edge-1", kind: .real, region: "local", connectionsMax: 20_000),
            host: "127.0.0.1",
            port: numbers[0], configuration: configuration, loopCount: numbers[1], time: SystemTime(), bus: router)
        router.use(node)
        try await node.start()
        say("ready")
        while let line = readLine() {
            let words = line.split(separator: " ")
            if words.first == "send", let count = Int(words[1]) {
                let start = DispatchTime.now().uptimeNanoseconds
                router.publish(count)
                say("sent \(Double(start) / 1e9)")
            } else {
                say("connections \(router.report?.connections ?? 0)")
            }
        }
        exit(0)
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
