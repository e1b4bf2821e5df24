import Engine
import Foundation
import GRDB
@testable import Store
import Synchronization
import TestSupport
import Testing

/// Frames: what is recorded comes back to the byte, a chain of deltas or not, and damage is found.
@Suite struct FrameTests {
    let scratch = Scratch()

    private func count(_ store: Store) throws -> Int {
        try store.pool.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM frame")! }
    }

    @Test func aFrameComesBackAsItWas() throws {
        let store = try Store(path: scratch.database)
        for number in 1...3 { try store.record(JournalFixture.snapshot(Int64(number))) }
        #expect(try store.frame(at: JournalFixture.start + 2999) == JournalFixture.snapshot(2))
        #expect(try store.frame(at: JournalFixture.start) == nil)
    }

    @Test func everyFrameOfALongRecordingComesBackAsItWas() throws {
        let store = try Store(path: scratch.database)
        let frames = Self.evening(seconds: 250)
        for frame in frames { try store.record(frame) }
        for index in [0, 1, 38, 39, 40, 41, 118, 119, 120, 121, 200, 239, 240, 249] {
            let frame = frames[index]
            #expect(try store.frame(at: frame.at) == frame)
        }
        let forms = try store.pool.read { try String.fetchAll($0, sql: "SELECT form FROM frame ORDER BY number") }
        #expect(forms.count { $0 == "key" } == 3)
        #expect(forms.enumerated().allSatisfy { ($0.offset % StoreLimits.framesPerKey == 0) == ($0.element == "key") })
    }

    @Test func anEngineBeginsWithAKeyFrame() throws {
        try Store(path: scratch.database).record(JournalFixture.snapshot(1))
        let store = try Store(path: scratch.database)
        try store.record(JournalFixture.snapshot(2))
        #expect(try store.pool.read { try String.fetchAll($0, sql: "SELECT form FROM frame") } == ["key", "key"])
    }

    @Test func framesAreBoundedByBytesAKeyFrameAtATime() throws {
        var limits = StoreLimits()
        limits.frameBytesMax = 100_000
        for round in 0..<2 {
            let store = try Store(path: scratch.database, limits: limits)
            for frame in Self.evening(seconds: 480, from: round * 480) { try store.record(frame) }
            let (bytes, newest, first) = try store.pool.read { db in
                (
                    try Int.fetchOne(db, sql: "SELECT SUM(LENGTH(data)) FROM frameData")!,
                    try Int64.fetchOne(db, sql: "SELECT MAX(at) FROM frame")!,
                    try String.fetchOne(db, sql: "SELECT form FROM frame ORDER BY number LIMIT 1")!
                )
            }
            #expect(bytes <= limits.frameBytesMax)
            #expect(newest == JournalFixture.start.milliseconds + Int64(round * 480 + 480) * 1000)
            #expect(first == "key", "no delta is left without what it follows")
            #expect(store.frameBytes.withLock { $0 } == bytes)
        }
    }

    @Test func framesAreBoundedByAge() throws {
        var limits = StoreLimits()
        limits.framesFor = 200_000
        let store = try Store(path: scratch.database, limits: limits)
        for frame in Self.evening(seconds: 600) { try store.record(frame) }
        let kept = try count(store)
        #expect((200...321).contains(kept))
        try store.record(JournalFixture.snapshot(90_000))
        try store.record(JournalFixture.snapshot(90_001))
        #expect(try store.frame(at: JournalFixture.start + 90_001_000) == JournalFixture.snapshot(90_001))
    }

    @Test(arguments: [0, 1, 5, 9, 20, 40])
    func aBlobCutShortIsFoundAndSaid(_ length: Int) throws {
        let store = try Store(path: scratch.database)
        for frame in Self.evening(seconds: 5) { try store.record(frame) }
        try scratch.outsider().write {
            try $0.execute(sql: "UPDATE frameData SET data = SUBSTR(data, 1, ?) WHERE frame = 3", arguments: [length])
        }
        #expect(try store.frame(at: JournalFixture.start + 2000) != nil)
        for second in 3...5 {
            #expect(throws: JournalError.self) { try store.frame(at: JournalFixture.start + Int64(second) * 1000) }
        }
    }

    @Test func aFrameThatWasRemovedByHandBreaksItsChainAndNothingElse() throws {
        let store = try Store(path: scratch.database)
        for frame in Self.evening(seconds: 130) { try store.record(frame) }
        try scratch.outsider().write {
            try $0.execute(sql: "DELETE FROM frameData WHERE frame = 3")
            try $0.execute(sql: "DELETE FROM frame WHERE number = 3")
        }
        #expect(throws: JournalError.self) { try store.frame(at: JournalFixture.start + 4000) }
        #expect(try store.frame(at: JournalFixture.start + 125_000) == Self.evening(seconds: 130)[124])
    }

    // MARK: The codec

    @Test(arguments: [
        "", "{}", "[]", "{\"a\":1}",
        "[1,-2,3.5,1e9,-0,007,9223372036854775807,-9223372036854775808,999999999999999999]",
        "{\"t\":\"a 12 \\\" \\\\ {[3\",\"n\":[{\"x\":1},{\"x\":2},{\"y\":[{\"z\":-3}]}]}", "not JSON 12 ]} at all \"",
        "\"", "-", "[{{{",
    ])
    func takingApartAndPuttingTogetherIsExact(_ json: String) {
        let text = FrameText(json: Array(json.utf8))
        #expect(text.json == Array(json.utf8))
        #expect(text.sections.reduce(0) { $0 + $1.byteCount } == text.outline.count)
        #expect(text.sections.reduce(0) { $0 + $1.numberCount } == text.numbers.count)
    }

    @Test func anyFrameFollowsAnyOther() throws {
        let snapshots: [EngineSnapshot] = [.calm, .alarming, .empty, .overflowing, .bigBet, .armed, .offered()]
        let texts = try snapshots.map { FrameText(json: try FrameCodec.json(of: $0)) }
        for old in texts + [FrameText(json: [])] {
            for new in texts {
                let delta = FrameDelta.bytes(from: old, to: new)
                #expect(try FrameDelta.apply(delta[...], to: old) == new)
            }
        }
    }

    @Test func noBytesAtAllMakeTheReaderTrap() throws {
        var random = SeededGenerator(seed: 6)
        let old = FrameText(json: try FrameCodec.json(of: .alarming))
        let delta = FrameDelta.bytes(from: old, to: FrameText(json: try FrameCodec.json(of: .calm)))
        for _ in 0..<2000 {
            var damaged = delta
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random))
            _ = try? FrameDelta.apply(damaged[...], to: old)
        }
    }

    /// A later release has added fields; an old frame must still open.
    @Test func whatAnOldFrameDoesNotSayIsEmpty() throws {
        struct Old: Encodable {
            var number = 4
            var rows = [["name": "a"]]
        }
        struct Row: Decodable, Equatable {
            var name: String
            var count: Int
            var note: String?
        }
        struct New: Decodable, Equatable {
            var number: Int64
            var rows: [Row]
            var extra: [Int]
            var severity: Severity
        }
        let data = try JSONEncoder().encode(Old())
        let expected = New(number: 4, rows: [Row(name: "a", count: 0, note: nil)], extra: [], severity: .calm)
        #expect(try TolerantDecoder.decode(New.self, from: data) == expected)
        #expect(throws: DecodingError.self) { try TolerantDecoder.decode(New.self, from: Data("{\"rows\":3}".utf8)) }
    }

    /// Two minutes and more of a room in which something happens: figures move, entries come, a broadcast begins and
    /// ends.
    static func evening(seconds: Int, from first: Int = 0) -> [EngineSnapshot] {
        (1...seconds).map { second in
            let number = Int64(first + second)
            var frame = (second / 40).isMultiple(of: 2) ? EngineSnapshot.alarming : .calm
            frame.number = number
            frame.at = JournalFixture.start + number * 1000
            frame.nodes = Array(frame.nodes.prefix(6))
            for index in frame.broadcasts.indices {
                frame.broadcasts[index].record.figures.nodes.removeLast(
                    max(0, frame.broadcasts[index].record.figures.nodes.count - 6))
            }
            frame.load.ackRate = second * 31 % 977
            for index in frame.nodes.indices {
                frame.nodes[index].connections += second * (index + 1) % 13
                frame.nodes[index].silence = Milliseconds(second * 37 % 1000)
            }
            frame.journal = (0..<8).map { JournalFixture.entry(EntryNumber(first + second / 7 - $0)) }
            return frame
        }
    }
}
