/// Turns the bytes of a schedule file into text, or says why they are none.
///
/// Guards everything behind it: no byte reaches the YAML parser that is not printable UTF-8, a tab or a
/// line break, and no file of more than `ScheduleFile.bytesMax`.
enum ScheduleText {
    /// The text without a byte order mark; nil if there is none to read, and then `log` says why.
    static func decode(_ file: ScheduleFile, log: inout ProblemLog) -> String? {
        guard file.size <= ScheduleFile.bytesMax else {
            log.add(.start, "the file has \(file.size) bytes, more than \(ScheduleFile.bytesMax)",
                "split it, a schedule of 1000 events needs less than half of that")
            return nil
        }
        var bytes = file.bytes[...]
        guard !isUTF16(bytes) else {
            log.add(.start, "the file is UTF-16", "save it as UTF-8")
            return nil
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        if let text = String(validating: bytes, as: UTF8.self), !mayHoldUnprintable(bytes) { return text }
        guard let (place, fault) = firstFault(in: bytes) else { return String(decoding: bytes, as: UTF8.self) }
        if bytes.contains(0) {
            log.add(place, "this is no text file", "name a YAML file")
        } else {
            log.add(place, fault)
        }
        return nil
    }

    /// Whether a closer look is needed: true for every text with an unprintable character, and for few others.
    private static func mayHoldUnprintable(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            for byte in buffer {
                switch byte {
                case 0x09, 0x0A, 0x0D, 0x20...0x7E: continue
                // The leading bytes of U+0080-00BF, U+2000-2FFF and U+E000-FFFF.
                case 0x00...0x1F, 0x7F, 0xC2, 0xE2, 0xEE, 0xEF: return true
                default: continue
                }
            }
            return false
        }
    }

    private static func isUTF16(_ bytes: ArraySlice<UInt8>) -> Bool {
        let first = Array(bytes.prefix(4))
        guard first.count >= 2 else { return false }
        if first[0] == 0xFF && first[1] == 0xFE || first[0] == 0xFE && first[1] == 0xFF { return true }
        // Without a mark: every other byte of ASCII text is NUL.
        return first.count == 4 && (first[0] == 0) != (first[1] == 0) && (first[0] == 0) == (first[2] == 0)
            && (first[1] == 0) == (first[3] == 0)
    }

    private static func firstFault(in bytes: ArraySlice<UInt8>) -> (place: TextPlace, fault: TextFault)? {
        var decoder = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var place = TextPlace.start
        var afterReturn = false
        while true {
            switch decoder.parseScalar(from: &input) {
            case .emptyInput:
                return nil
            case .error:
                return (place, TextFault("the file is not UTF-8 text", "save it as UTF-8"))
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if scalar == "\n" || scalar == "\r" {
                    if !(scalar == "\n" && afterReturn) { place.line += 1 }
                    place.column = 1
                } else if scalar != "\t" && isUnprintable(scalar) {
                    let code = String(scalar.value, radix: 16, uppercase: true)
                    let name = String(repeating: "0", count: max(0, 4 - code.count)) + code
                    return (place, TextFault("character U+\(name) is not allowed", "remove it"))
                } else {
                    place.column += 1
                }
                afterReturn = scalar == "\r"
            }
        }
    }
}
