@testable import Engine
import OrderedCollections
import TestSupport
import Testing

@Suite struct MessageRouterTests {
    private let topic = Topic(event: "fight-night")
    private var router = MessageRouter(configuration: EngineConfiguration())

    private func publication(_ sequence: Int64) -> Publication {
        Publication(broadcast: BroadcastID(sequence), topic: topic, stage: "live",
                    position: BroadcastPosition(sequence: sequence, timestamp: evening + sequence))
    }

    private func at(_ milliseconds: Int) -> EngineInstant { .start + .milliseconds(milliseconds) }

    private func heartbeat(_ node: NodeID, _ topics: [Topic]) -> NodeMessage {
        .heartbeat(NodeDescription(id: node, kind: .real, region: "local", connectionsMax: 10), topics: topics)
    }

    private func started() -> MessageRouter {
        var router = router
        _ = router.open(topic, log: TopicLog())
        _ = router.receive(heartbeat("edge-1", [topic]), from: "edge-1", now: at(0))
        _ = router.receive(heartbeat("edge-2", []), from: "edge-2", now: at(0))
        return router
    }

    @Test func onlyNodesWithInterestAreSentTo() {
        var router = started()
        #expect(router.publish(publication(1), now: at(0)).map(\.node) == ["edge-1"])
    }

    @Test func whatIsNotConfirmedIsRepeatedWithGrowingDelayUntilItIs() {
        var router = started()
        _ = router.publish(publication(1), now: at(0))
        #expect(router.tick(now: at(249)).isEmpty)
        #expect(router.tick(now: at(250)) == [.init(message: .publish(publication(1)), node: "edge-1")])
        #expect(router.tick(now: at(749)).isEmpty)
        #expect(router.tick(now: at(750)).count == 1)
        _ = router.receive(.confirmed(topic, publication(1).position), from: "edge-1", now: at(760))
        #expect(router.tick(now: at(60_000)).isEmpty)
        #expect(router.nextDeadline == nil)
    }

    @Test func aNodeThatIsFurtherBehindIsGivenTheLog() {
        var router = started()
        _ = router.publish(publication(1), now: at(0))
        _ = router.publish(publication(2), now: at(1))
        #expect(
            router.tick(now: at(300)) == [
                .init(message: .topicLog(topic, [publication(1), publication(2)], oldest: 1), node: "edge-1")
            ])
    }

    @Test func aHeartbeatHealsInterestThatWasLostOnTheBus() {
        var router = started()
        _ = router.publish(publication(1), now: at(0))
        let dispatches = router.receive(heartbeat("edge-2", [topic]), from: "edge-2", now: at(1))
        #expect(dispatches == [.init(message: .topicLog(topic, [publication(1)], oldest: 1), node: "edge-2")])
        _ = router.receive(heartbeat("edge-1", []), from: "edge-1", now: at(2))
        #expect(router.interested(in: topic) == ["edge-2"])
    }

    @Test func interestInATopicThatDoesNotExistIsAnsweredSo() {
        var router = started()
        let answer = router.receive(.interest("event/none", isInterested: true), from: "edge-1", now: at(1))
        #expect(answer == [.init(message: .unknownTopic("event/none"), node: "edge-1")])
    }

    @Test func anAbortIsSaidThreeTimesAndMarksTheLog() {
        var router = started()
        _ = router.publish(publication(1), now: at(0))
        _ = router.receive(.confirmed(topic, publication(1).position), from: "edge-1", now: at(1))
        #expect(router.abort(topic, sequence: 1, now: at(10)).count == 1)
        #expect(router.tick(now: at(260)).count == 1)
        #expect(router.tick(now: at(760)).count == 1)
        #expect(router.tick(now: at(90_000)).isEmpty)
        #expect(router.logs[topic]?.head?.isAborted == true)
    }

    @Test func aDutyIsSaidAgainUntilTheNodeObeysIt() {
        var router = started()
        let wish = NodeDuty(revision: 1, kind: .draining(over: 500))
        let said = [MessageRouter.Dispatch(message: .duty(wish), node: "edge-1")]
        #expect(router.want(wish.kind, of: "edge-1") == said)
        #expect(router.receive(.duty(NodeDuty()), from: "edge-1", now: at(1000)) == said)
        #expect(router.receive(.duty(wish), from: "edge-1", now: at(2000)) == [])
        // The node was started again, and knows nothing of it.
        #expect(router.receive(.duty(NodeDuty()), from: "edge-1", now: at(3000)) == said)
    }

    @Test func aNewRouterTakesOverWhatANodeObeys() {
        var router = started()
        #expect(router.receive(.duty(NodeDuty(revision: 7, kind: .cordoned)), from: "edge-1", now: at(1)) == [])
        #expect(router.node("edge-1")?.wanted.kind == .cordoned)
        #expect(router.want(.open, of: "edge-1") == [.init(message: .duty(NodeDuty(revision: 8)), node: "edge-1")])
    }

    @Test func aSilentNodeGoesStaleOpenly() {
        var router = started()
        _ = router.tick(now: at(5_001))
        #expect(router.node("edge-1")?.isStale == true)
        _ = router.receive(heartbeat("edge-1", [topic]), from: "edge-1", now: at(5_100))
        _ = router.tick(now: at(5_200))
        #expect(router.node("edge-1")?.isStale == false)
    }
}
