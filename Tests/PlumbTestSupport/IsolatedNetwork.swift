import CLinux
import Glibc
import PlumbLinux
import Synchronization
package import Testing

/// Gives each test a network namespace of its own, on a thread that ends with the test.
package struct IsolatedNetwork: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let executor = try NamespaceExecutor()
        defer { executor.stop() }
        try await withTaskExecutorPreference(executor) { try await function() }
    }
}

extension Trait where Self == IsolatedNetwork {
    package static var isolatedNetwork: Self { Self() }
}

/// Runs every job on one thread, which has left for a network namespace of its own.
private final class NamespaceExecutor: TaskExecutor, Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    /// The jobs that wait; a count in the semaphore stands for each of them and for the end.
    private let state = Mutex(State())
    private let wakeUp = Semaphore()
    private let isReady = Semaphore()
    private let hasEnded = Semaphore()
    private let failure = Atomic<CInt>(0)

    init() throws {
        var thread = pthread_t()
        // The thread holds a reference of its own, so that it never outlives what it works on.
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let result = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<NamespaceExecutor>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        guard result == 0 else { throw SystemError("start a thread", errno: result) }
        pthread_detach(thread)
        isReady.wait()
        let errno = failure.load(ordering: .acquiring)
        guard errno == 0 else { throw SystemError("leave the network namespace", errno: errno) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        wakeUp.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.signal()
        hasEnded.wait()
    }

    private func run() {
        failure.store(unshare(CLONE_NEWNET) == 0 ? 0 : errno, ordering: .releasing)
        isReady.signal()
        while true {
            wakeUp.wait()
            let job = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
            guard let job else { break }
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
        hasEnded.signal()
    }
}

/// A counting semaphore.
@safe private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { unsafe sem_init(semaphore, 0, 0) }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func signal() { unsafe sem_post(semaphore) }

    func wait() {
        while unsafe sem_wait(semaphore) != 0 {}
    }
}
