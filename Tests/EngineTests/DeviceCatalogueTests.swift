import Testing

@testable import Engine

struct DeviceCatalogueTests {
    @Test func theSharesAreTheWholeAudience() {
        #expect(DeviceCatalogue.entries.reduce(0) { $0 + $1.parts } == 1024)
        #expect(DeviceCatalogue.indexes.count == 1024)
        #expect(Set(DeviceCatalogue.entries.map(\.make)).count == DeviceCatalogue.entries.count)
        #expect(DeviceCatalogue.families.first == "mobile/android" && DeviceCatalogue.families.count == 8)
    }

    @Test func aDeviceIsWhatItsHashSaysAndSharesAreKept() {
        var counts = [Int](repeating: 0, count: DeviceCatalogue.entries.count)
        for device in 0..<102_400 {
            let hash = SeededGenerator.mix(UInt64(device))
            #expect(DeviceCatalogue.entry(ofDeviceHash: hash) == DeviceCatalogue.entry(ofDeviceHash: hash))
            counts[DeviceCatalogue.index(ofDeviceHash: hash)] += 1
        }
        for (entry, count) in zip(DeviceCatalogue.entries, counts) {
            #expect(abs(count - entry.parts * 100) < 60 + entry.parts * 10, "\(entry.make): \(count)")
        }
    }

    @Test func namesAreShortEnoughForTheWire() {
        for entry in DeviceCatalogue.entries {
            #expect(entry.make.family.rawValue.utf8.count <= DeviceFamily.bytesMax)
            #expect(entry.make.build.rawValue.utf8.count <= DeviceBuild.bytesMax)
        }
    }
}
