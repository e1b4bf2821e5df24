public import Foundation

/// The root of this checkout, found from where this file was compiled.
public let repositoryRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
