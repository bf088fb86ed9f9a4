import CLinux
import Glibc
import PlumbLinux
import Synchronization
import Testing

/// Gives each test a network namespace and a lock file of its own, so that tests never meet, nor the machine's rules.
struct IsolatedNetwork: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
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
    static var isolatedNetwork: Self { Self() }
}

/// What the thread of an executor does, which it is started with as its context.
private func runExecutor(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<NamespaceExecutor>.fromOpaque(context).takeUnretainedValue().run()
    return nil
}

/// Runs every job on one thread that has left for a network namespace of its own.
final class NamespaceExecutor: TaskExecutor, Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wakeUps: FileDescriptor
    private let wakeUpSender: FileDescriptor
    private let thread = Mutex(pthread_t())

    init() throws {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("make a pipe") }
        wakeUps = FileDescriptor(adopting: ends[0])
        wakeUpSender = FileDescriptor(adopting: ends[1])
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let failure = thread.withLock { thread in
            unsafe pthread_create(&thread, nil, runExecutor, context)
        }
        guard failure == 0 else { throw SystemError("start a thread", errno: failure) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        wakeUp()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp()
        let thread = self.thread.withLock { $0 }
        pthread_join(thread, nil)
    }

    private func wakeUp() {
        do {
            try wakeUpSender.writeAll([0])
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func run() {
        precondition(unshare(CLONE_NEWNET) == 0, "tests of the kernel need root: \(errnoText(errno))")
        var byte: UInt8 = 0
        while unsafe read(wakeUps.number, &byte, 1) == 1 {
            let next = state.withLock { state in
                state.jobs.isEmpty ? nil : state.jobs.removeFirst()
            }
            if let next {
                unsafe next.runSynchronously(on: asUnownedTaskExecutor())
            } else if state.withLock({ $0.isStopped }) {
                return
            }
        }
    }
}
