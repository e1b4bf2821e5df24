@testable import Engine
import Testing

@Suite struct SignalRequestTests {
    @Test(arguments: [
        (#"{"take":"live"}"#, .take("live")),
        (#" { "hold" : true } "#, .hold),
        (#"{"hold":false}"#, .resume),
        (#"{"delay":"PT30S"}"#, .delay(30_000)),
        (#"{"delay":"-PT1M30.5S"}"#, .delay(-90_500)),
        (#"{"take":"li\u0076e"}"#, .take("live")),
    ] as [(String, SignalRequest.Verb)])
    func hasOneVerb(json: String, verb: SignalRequest.Verb) throws {
        #expect(try SignalRequest(json: Array(json.utf8)).verb == verb)
    }

    @Test func carriesReasonAndCode() throws {
        let request = try SignalRequest(
            json: Array(#"{"take":"live","why":"anthem \ud83e\udd4a over","code":"FN12"}"#.utf8))
        #expect(request.why == "anthem 🥊 over")
        #expect(request.code == "FN12")
    }

    @Test(arguments: [
        ("", "object"), ("{", "name"), ("[]", "object"), ("{}", "exactly one verb, this one has 0"),
        (#"{"take":"live","hold":true}"#, "has 2"), (#"{"hold":true,"hold":false}"#, "stands twice"),
        (#"{"take":"live","force":true}"#, "Unknown field “force”"), (#"{"take":""}"#, "“take” must be"),
        (#"{"take":true}"#, "“take” must be"), (#"{"take":null}"#, "“take”"), (#"{"take":{"a":1}}"#, "“take”"),
        (#"{"hold":"true"}"#, "“hold” must be true"), (#"{"hold":1}"#, "“hold”"),
        (#"{"delay":"30s"}"#, "ISO 8601"), (#"{"delay":"PT0S"}"#, "by at most 24 hours"),
        (#"{"delay":"P2D"}"#, "24 hours"),
        (#"{"take":"live"}x"#, "nothing more"), (#"{"take":"live",}"#, "name"), (#"{"take":"\ud800"}"#, "surrogate"),
        (#"{"take":"\u001b[2J"}"#, "control"), ("{\"take\":\"a\u{1}\"}", "control"), (#"{"take":"l\ive"}"#, "escape"),
        (#"{"take":"live"#, "closing quote"), (#"{"why":"x"}"#, "has 0"),
    ])
    func saysWhatIsWrong(json: String, part: String) {
        let fault = #expect(throws: SignalFault.self) { try SignalRequest(json: Array(json.utf8)) }
        #expect(fault?.sentence.contains(part) == true, "\(fault?.sentence ?? "")")
    }

    @Test func refusesTextThatIsNotUTF8() {
        #expect(throws: SignalFault.self) { try SignalRequest(json: [0x7B, 0x22, 0xFF, 0x22, 0x7D]) }
    }

    @Test(arguments: [
            ("PT30S", 30_000), ("P1W", 604_800_000), ("P1DT2H", 93_600_000), ("PT0.25S", 250), ("+PT1M", 60_000),
            ("-PT1H", -3_600_000),
            ("PT1,5S", 1500), ("", nil), ("P", nil), ("PT", nil), ("P1Y", nil), ("P1M", nil), ("PT1S2M", nil),
            ("PT1M1M", nil),
        ("PT1.5M", nil), ("PT.5S", nil), ("P1DT", nil), ("PT9999999999S", nil), ("PT٣S", nil), ("30", nil),
    ] as [(String, Milliseconds?)])
    func durationsAreISO8601(text: String, length: Milliseconds?) {
        #expect(milliseconds(iso8601: text) == length)
    }
}
