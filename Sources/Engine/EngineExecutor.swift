import Foundation

/// Runs the engine on a queue of its own, so that a commit that waits for a disk blocks nobody else and
/// a busy task pool delays no stage.
final class EngineExecutor: SerialExecutor {
    let queue = DispatchQueue(label: "control-room.engine", qos: .userInteractive)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
