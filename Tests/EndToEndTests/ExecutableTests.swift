import Foundation
import TestSupport
import Testing
#if canImport(Glibc)
import Glibc
#endif

/// The executable itself, without a screen: started, met by a device, ended by a signal.
@Suite(.serialized) struct ExecutableTests {
    /// Beside the test program lies what was built with it.
    private static let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "control-room")

    private func schedule(in folder: URL) throws -> URL {
        let file = folder.appending(path: "show.yaml")
        let text = """
            events:
              - id: show
                title: Show
                code: SHOW
                tier: low
                zone: UTC
                audience: {devices: 0}
                stages:
                  - stage: live
                    at: in 200ms
                  - stage: ended
                    at: live + 1h
            """
        try Data(text.utf8).write(to: file)
        return file
    }

    @Test(.timeLimit(.minutes(1)))
    func anEngineServesADeviceAndEndsByTerm() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "executable-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let port = try freePort()
        let engine = Process()
        engine.executableURL = Self.binary
        engine.arguments = [
            "serve", try schedule(in: folder).path, "--db", folder.appending(path: "room.db").path,
            "--edge", "127.0.0.1:\(port)", "--http", "off",
        ]
        engine.standardOutput = FileHandle.nullDevice
        try engine.run()
        defer { if engine.isRunning { kill(engine.processIdentifier, SIGKILL) } }

        let device = try await connected(to: port)
        #expect(device.upgrade() == 101)
        device.say(#"{"type":"hello","device":"tv","topics":[{"topic":"event/show"}]}"#)
        guard case .text(let welcome) = device.next(), case .text(let stage) = device.next() else {
            return #expect(Bool(false))
        }
        #expect(welcome.contains(#""type":"welcome""#) && stage.contains(#""stage":"live""#))
        device.say(#"{"type":"ack","topic":"event/show","sequence":1}"#)

        kill(engine.processIdentifier, SIGTERM)
        #expect(device.next() == .close(1012))
        device.send(DeviceSocket.frame(0x88, [0x03, 0xF4]))
        engine.waitUntilExit()
        #expect(engine.terminationStatus == 143)
    }

    private func connected(to port: Int) async throws -> DeviceSocket {
        for _ in 0..<200 {
            if let device = try? DeviceSocket(port: port) { return device }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try DeviceSocket(port: port)
    }

    private func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
