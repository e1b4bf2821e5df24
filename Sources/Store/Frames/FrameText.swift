/// A frame's JSON taken apart so that two frames a second apart have almost everything in common: its whole numbers
/// stand by themselves, and what is left over, the outline, is cut into one section for each object in a list (a node,
/// a broadcast, a stage) and one for each stretch between them.
///
/// Taking apart and putting together are exact: the same bytes come back.
struct FrameText: Equatable, Sendable {
    /// A stretch of the outline, and how many numbers belong into it.
    struct Section: Equatable, Sendable {
        var byteCount: Int
        var numberCount: Int
    }

    /// Stands where a number was. JSON has it nowhere: control characters are escaped in it.
    static let placeholder: UInt8 = 1

    private(set) var outline: [UInt8] = []
    private(set) var numbers: [Int64] = []
    private(set) var sections: [Section] = []

    /// - Parameter json: as an encoder writes it; where it is not JSON, it comes back all the same.
    init(json: [UInt8]) {
        var parts = Parts(json)
        parts.run()
        outline = parts.outline
        numbers = parts.numbers
        sections = parts.sections
    }

    init(outline: [UInt8], numbers: [Int64], sections: [Section]) {
        self.outline = outline
        self.numbers = numbers
        self.sections = sections
    }

    /// The bytes it was made of.
    var json: [UInt8] {
        var bytes: [UInt8] = [], next = 0
        bytes.reserveCapacity(outline.count + numbers.count * 4)
        for byte in outline {
            if byte == Self.placeholder, next < numbers.count {
                bytes.append(contentsOf: String(numbers[next]).utf8)
                next += 1
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

/// One walk over the JSON.
private struct Parts {
    let json: [UInt8]
    var outline: [UInt8] = []
    var numbers: [Int64] = []
    var sections: [FrameText.Section] = []
    private var place = 0
    private var sectionBytes = 0, sectionNumbers = 0
    /// For each bracket that is open, whether it is a list, and whether a section ends with it.
    private var open: [(isList: Bool, isElement: Bool)] = []

    init(_ json: [UInt8]) {
        self.json = json
        outline.reserveCapacity(json.count)
    }

    mutating func run() {
        while place < json.count {
            let byte = json[place]
            switch byte {
            case UInt8(ascii: "\""): takeString()
            case UInt8(ascii: "{"), UInt8(ascii: "["): takeOpening(byte)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                take(byte)
                if open.popLast()?.isElement ?? false { cut() }
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): takeNumber()
            default: take(byte)
            }
        }
        cut()
    }

    private mutating func take(_ byte: UInt8) {
        outline.append(byte)
        place += 1
        sectionBytes += 1
    }

    private mutating func cut() {
        guard sectionBytes > 0 else { return }
        sections.append(FrameText.Section(byteCount: sectionBytes, numberCount: sectionNumbers))
        sectionBytes = 0
        sectionNumbers = 0
    }

    private mutating func takeOpening(_ byte: UInt8) {
        let isObject = byte == UInt8(ascii: "{"), isElement = isObject && open.last?.isList ?? false
        if isElement { cut() }
        open.append((!isObject, isElement))
        take(byte)
    }

    private mutating func takeString() {
        take(json[place])
        while place < json.count {
            let byte = json[place]
            take(byte)
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\"), place < json.count { take(json[place]) }
        }
    }

    /// Only what is written as `String(Int64)` would write it is taken out; fractions and exponents stay in the
    /// outline.
    private mutating func takeNumber() {
        var end = place
        while end < json.count, Self.isPartOfNumber(json[end]) { end += 1 }
        let digits = json[place..<end]
        if digits.count <= 19, let number = Self.whole(digits) {
            numbers.append(number)
            outline.append(FrameText.placeholder)
            place = end
            sectionBytes += 1
            sectionNumbers += 1
        } else {
            while place < end { take(json[place]) }
        }
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private static func whole(_ text: ArraySlice<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-"), digits = isNegative ? text.dropFirst() : text
        guard let first = digits.first, digits.count <= 18,
            first != UInt8(ascii: "0") || (digits.count == 1 && !isNegative)
        else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return isNegative ? -number : number
    }
}
