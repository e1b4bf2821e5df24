/// What an operator reads when the journal cannot do its work: what happened, where, and what to do.
extension JournalError: CustomStringConvertible {
    public var description: String { sentence }

    /// One or two sentences without a line break of their own; the last one is the remedy.
    public var sentence: String {
        switch self {
        case .diskFull(let path):
            "The disk that holds \(path) is full; nothing of this was saved. Free some space: the engine goes on by itself."
        case .readOnly(let path):
            "\(path) cannot be written: the file, its folder or its disk is read-only. "
                + "Make it writable, or choose another file with --db."
        case .inputOutput(let path, let detail):
            "Reading or writing \(path) failed: \(detail). Check the disk and its folder, then start again."
        case .corrupt(let path, let detail):
            "\(path) is not a sound database: \(detail). It was left untouched; `control-room db check` says all that is wrong. "
                + "Put a backup in its place, or start with another file (--db)."
        case .newerSchema(let path, let found):
            "\(path) was written by a newer Control Room (\(found)). Start that version, or choose another file with --db."
        case .held(let path, let process, let socket):
            "\(path) is in use by \(process > 0 ? "the engine with pid \(process)" : "another engine"). "
                + (socket.map { "Attach to it with `control-room attach` (its socket is \($0))" }
                    ?? "End that engine first")
                + ", or choose another file with --db."
        case .unwritable(let path, let detail):
            "\(path) cannot be used: \(detail). Correct that, or choose another file with --db."
        case .foreign(let path, let found):
            "\(path) belongs to another program (\(found)). It was left untouched. Choose another file with --db."
        case .conflict(let path, let detail):
            "\(path) refused a batch that contradicts it: \(detail). Nothing of it was saved. "
                + "Restart the engine: it goes on from what is written."
        case .doubtful(let path, let detail):
            "Nobody can tell whether the last change to \(path) reached the disk: \(detail). "
                + "Nothing more is accepted. Check the disk, then restart the engine: it goes on from what is written."
        }
    }
}
