import Glibc

/// Whether there is memory for newcomers, so that they are refused before the kernel refuses the process an allocation
/// or ends it.
///
/// Looks at the limit of the address space (`ulimit -v`) and at what the machine has left. Asked for every newcomer, it
/// reads the kernel's figures once in `readEvery`; meanwhile the pace lets in a few megabytes of connections at most.
/// Owned by one loop.
struct MemoryRoom {
    /// Kept for devices that are connected, the database and the audience: with less left than this nobody new is let
    /// in.
    private static let reserveBytes = 64 << 20
    private static let readEvery = Duration.milliseconds(100)

    private var readAt: EngineInstant?
    private var wasShort = false

    /// Where the kernel does not say, there is room.
    mutating func isShort(now: EngineInstant) -> Bool {
        if let readAt, now - readAt < Self.readEvery { return wasShort }
        readAt = now
        let left = [Self.addressSpaceLeft, Self.machineLeft].compactMap(\.self).min()
        wasShort = (left ?? .max) < Self.reserveBytes
        return wasShort
    }

    /// Bytes until the limit of the address space; nil: unlimited. The limit is read anew, for it may be lifted from
    /// outside.
    private static var addressSpaceLeft: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max,
            let pages = text(of: "/proc/self/statm")?.split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        return Int(clamping: limit.rlim_cur) - pages * sysconf(CInt(_SC_PAGESIZE))
    }

    /// Bytes that the machine can still give without swapping.
    private static var machineLeft: Int? {
        let lines = text(of: "/proc/meminfo")?.split(separator: "\n") ?? []
        guard let line = lines.first(where: { $0.hasPrefix("MemAvailable:") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// The beginning of a file of the kernel's.
    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }
}
