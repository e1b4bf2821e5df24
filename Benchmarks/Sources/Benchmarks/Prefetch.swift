import GraphQL
import TestSupport

@testable import Engine

/// What a device's prefetch costs when nothing of it is kept: the stage map of a cohort, and the query executed over a
/// kept map. Seven stages, twenty recommended rows of twenty titles. What sockets add is measured by
/// `Scripts/prefetch.sh`.
func measurePrefetch(_ report: inout Report) throws {
    var snapshot = EngineSnapshot.calm
    snapshot.number = 1
    let box = SnapshotBox()
    box.put(snapshot)
    let prefetch = DevicePrefetch(snapshots: box)
    prefetch.take(RecommendationCatalogue(rows: (0..<20).map { row in
        RecommendationCatalogue.Row(
            row: "Row \(row)", position: row + 1,
            titles: (0..<20).map { title in
                var one = RecommendationCatalogue.Title(id: "t\(row)-\(title)", title: "Title \(title) of row \(row)")
                one.synopsis = "A synopsis of about the length that one usually finds under a title on a screen."
                one.artwork = "art/\(row)/\(title).jpg"
                return one
            })
    }))
    guard let lineup = prefetch.current() else { preconditionFailure("the box holds a picture") }
    let event = lineup.events[0]
    report.add("prefetch: a stage map made, 7 stages, 400 titles", (0..<200).map { number in
        measure {
            _ = StageMap(of: event, for: Cohort(locale: "x\(number)"), catalogue: lineup.catalogue, artworkRoot: "")
        }.nanoseconds / 1e6
    }, unit: "ms")
    let shapes = [
        ("minimal", "minimal { stages { key badge text link } fallback { key text } }"),
        (
            "home row, 400 titles a stage",
            "homeRow { stages { key badge title row position autoplay link rows { row titles { id title link artwork { url color } } } } fallback { key title } }"
        ),
    ]
    for (name, shape) in shapes {
        let document = try prefetch.document(
            for: "{ events(first: 1) { id stage { key } stageMap { version \(shape) } } }")
        let operation = try prefetch.schema.operation(in: document)
        report.add("prefetch: uncached answer over a kept map, \(name)", (0..<200).map { _ in
                measure { _ = prefetch.execute(operation, in: lineup, cohort: Cohort(), host: nil, now: .start) }
                    .nanoseconds / 1e6
        }, unit: "ms")
    }
    report.add("prefetch: document read and validated", (0..<200).map { number in
        var failure: (any Error)?
        let took = measure {
            do throws(RequestErrors) {
                    _ = try prefetch.document(
                        for: "{ events(first: \(number)) { id stage { key } stageMap { version \(shapes[1].1) } } }")
            } catch { failure = error }
        }
        precondition(failure == nil, "\(String(describing: failure))")
        return took.nanoseconds / 1e6
    }, unit: "ms")
}
