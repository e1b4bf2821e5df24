/// What turns one frame into the next: which sections of the outline stayed, which changed and how, and the difference
/// of every number from the one in the same place before.
enum FrameDelta {
    private static let copy = 0
    private static let patch = 1

    static func bytes(from old: FrameText, to new: FrameText) -> [UInt8] {
        var delta = Writer(old: old, new: new)
        delta.run()
        return delta.bytes
    }

    /// - Throws: where the bytes do not fit the frame they are applied to.
    static func apply(_ bytes: ArraySlice<UInt8>, to old: FrameText) throws -> FrameText {
        var reader = Reader(bytes, old: old)
        return try reader.run()
    }

    /// Where sections begin in a frame.
    struct Starts {
        let bytes: [Int]
        let numbers: [Int]

        init(_ text: FrameText) {
            var byte = 0, number = 0
            bytes = text.sections.map { section in
                defer { byte += section.byteCount }
                return byte
            }
            numbers = text.sections.map { section in
                defer { number += section.numberCount }
                return number
            }
        }
    }

    private struct Writer {
        let old: FrameText, new: FrameText
        let oldStarts: Starts, newStarts: Starts
        /// What happens to the outline, and the differences; read side by side.
        var outline = ByteWriter(), numbers = ByteWriter()
        /// A run of copied sections that is still growing.
        var copied: Range<Int>?
        /// Old sections by content, in order; made when the first section is out of place.
        var places: [ArraySlice<UInt8>: [Int]]?

        init(old: FrameText, new: FrameText) {
            self.old = old
            self.new = new
            oldStarts = Starts(old)
            newStarts = Starts(new)
        }

        var bytes: [UInt8] {
            var all = ByteWriter()
            all.put(outline.bytes.count)
            all.put(outline.bytes[...])
            all.put(numbers.bytes[...])
            return all.bytes
        }

        mutating func run() {
            var next = 0
            for index in new.sections.indices {
                if let found = source(of: index, expected: next) {
                    copy(index, from: found)
                    next = found + 1
                } else {
                    patch(index, from: next)
                    next += 1
                }
            }
            endRun()
            numbers.endRun()
        }

        private func text(_ index: Int, of frame: FrameText, _ starts: Starts) -> ArraySlice<UInt8> {
            frame.outline[starts.bytes[index]..<starts.bytes[index] + frame.sections[index].byteCount]
        }

        /// The old section with the same outline: the one that comes next, else the first one after it, else the first
        /// of all.
        private mutating func source(of index: Int, expected: Int) -> Int? {
            let wanted = text(index, of: new, newStarts)
            if expected < old.sections.count, old.sections[expected] == new.sections[index],
                text(expected, of: old, oldStarts) == wanted
            {
                return expected
            }
            if places == nil {
                var found: [ArraySlice<UInt8>: [Int]] = [:]
                for place in old.sections.indices { found[text(place, of: old, oldStarts), default: []].append(place) }
                places = found
            }
            guard let candidates = places?[wanted] else { return nil }
            return candidates.first { $0 >= expected } ?? candidates.first
        }

        private mutating func copy(_ index: Int, from source: Int) {
            let count = new.sections[index].numberCount
            putDifferences(
                new.numbers[newStarts.numbers[index]..<newStarts.numbers[index] + count],
                old.numbers[oldStarts.numbers[source]..<oldStarts.numbers[source] + count])
            if let copied, copied.upperBound == source {
                self.copied = copied.lowerBound..<source + 1
            } else {
                endRun()
                copied = source..<source + 1
            }
        }

        private mutating func endRun() {
            guard let copied else { return }
            outline.put(FrameDelta.copy)
            outline.put(copied.lowerBound)
            outline.put(copied.count)
            self.copied = nil
        }

        /// What the two have in common at both ends stays; the middle is written out.
        private mutating func patch(_ index: Int, from place: Int) {
            endRun()
            let source = place < old.sections.count ? place : nil
            let wanted = text(index, of: new, newStarts), given = source.map { text($0, of: old, oldStarts) } ?? []
            let prefix = zip(wanted, given).prefix { $0 == $1 }.count
            let limit = min(wanted.count, given.count) - prefix
            let suffix = zip(wanted.reversed(), given.reversed()).prefix(limit).prefix { $0 == $1 }.count
            let middle = wanted.dropFirst(prefix).dropLast(suffix)
            outline.put(FrameDelta.patch)
            outline.put(source ?? old.sections.count)
            outline.put(prefix)
            outline.put(suffix)
            outline.put(middle.count)
            outline.put(middle)
            let marks = { (text: ArraySlice<UInt8>) in text.count { $0 == FrameText.placeholder } }
            let before = marks(wanted.prefix(prefix)), after = marks(wanted.suffix(suffix))
            let count = new.sections[index].numberCount
            let values = new.numbers[newStarts.numbers[index]..<newStarts.numbers[index] + count]
            let start = source.map { oldStarts.numbers[$0] } ?? 0
            let end = source.map { oldStarts.numbers[$0] + old.sections[$0].numberCount } ?? 0
            putDifferences(values.prefix(before), old.numbers[start..<start + before])
            for value in values.dropFirst(before).dropLast(after) { numbers.put(difference: value) }
            putDifferences(values.suffix(after), old.numbers[end - after..<end])
        }

        private mutating func putDifferences(_ values: ArraySlice<Int64>, _ bases: ArraySlice<Int64>) {
            for (value, base) in zip(values, bases) { numbers.put(difference: value &- base) }
        }
    }

    private struct Reader {
        let old: FrameText
        let starts: Starts
        let bytes: ArraySlice<UInt8>
        var numbers = ByteReader([])
        var outline: [UInt8] = [], values: [Int64] = [], sections: [FrameText.Section] = []

        init(_ bytes: ArraySlice<UInt8>, old: FrameText) {
            self.bytes = bytes
            self.old = old
            starts = Starts(old)
            outline.reserveCapacity(old.outline.count)
            values.reserveCapacity(old.numbers.count)
            sections.reserveCapacity(old.sections.count)
        }

        mutating func run() throws -> FrameText {
            var whole = ByteReader(bytes)
            var steps = ByteReader(try whole.slice(try whole.count(max: bytes.count)))
            numbers = ByteReader(whole.rest)
            while !steps.rest.isEmpty {
                switch try steps.number() {
                case UInt64(FrameDelta.copy): try copy(&steps)
                case UInt64(FrameDelta.patch): try patch(&steps)
                default: throw ByteReader.Failure()
                }
            }
            return FrameText(outline: outline, numbers: values, sections: sections)
        }

        private mutating func copy(_ steps: inout ByteReader) throws {
            let first = try steps.count(max: old.sections.count),
                count = try steps.count(max: old.sections.count - first)
            guard count > 0 else { throw ByteReader.Failure() }
            let last = first + count - 1
            let end = starts.bytes[last] + old.sections[last].byteCount
            outline.append(contentsOf: old.outline[starts.bytes[first]..<end])
            sections.append(contentsOf: old.sections[first...last])
            try takeNumbers(old.numbers[starts.numbers[first]..<starts.numbers[last] + old.sections[last].numberCount])
        }

        private mutating func patch(_ steps: inout ByteReader) throws {
            let place = try steps.count(max: old.sections.count)
            let section =
                place < old.sections.count ? old.sections[place] : FrameText.Section(byteCount: 0, numberCount: 0)
            let start = place < old.sections.count ? starts.bytes[place] : 0
            let given = old.outline[start..<start + section.byteCount]
            let prefix = try steps.count(max: given.count), suffix = try steps.count(max: given.count - prefix)
            let middle = try steps.slice(try steps.count(max: Deflate.rawBytesMax))
            let marks = { (text: ArraySlice<UInt8>) in text.count { $0 == FrameText.placeholder } }
            let before = marks(given.prefix(prefix)), between = marks(middle), after = marks(given.suffix(suffix))
            outline += given.prefix(prefix) + middle + given.suffix(suffix)
            sections.append(.init(byteCount: prefix + middle.count + suffix, numberCount: before + between + after))
            let first = place < old.sections.count ? starts.numbers[place] : 0
            try takeNumbers(old.numbers[first..<first + before])
            for _ in 0..<between { values.append(try numbers.difference()) }
            try takeNumbers(old.numbers[first + section.numberCount - after..<first + section.numberCount])
        }

        private mutating func takeNumbers(_ bases: ArraySlice<Int64>) throws {
            for base in bases { values.append(base &+ (try numbers.difference())) }
        }
    }
}
