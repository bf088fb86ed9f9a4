import Glibc
import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `Processes at the same store` {
    @Test func `make it once and never get the same address`() async throws {
        let directory = try TemporaryDirectory.make()
        let path = directory.path
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String, worker = worker as Int] in
                        let sets = [[try subnetRange("10.88.0.0/23")], [try subnetRange("fd00::/64")]]
                        for round in 0..<40 {
                            let store = try openStore(at: path)
                            let key = key("\(worker)-\(round)")
                            try store.attach(key, sets)
                            try store.setState(.attached, of: key, writer: ProcessIdentity.current())
                            if round % 4 == 3 { try store.release([key]) }
                        }
                    }
                }
            }
        }
        let store = try openStore(directory)
        let leases = try store.leases(network: "web")
        #expect(leases.count == 6 * 30 * 2)
        #expect(Set(leases.map(\.lease.address)).count == leases.count)
        #expect(try store.attachments().allSatisfy { $0.state == .attached })
        #expect(try store.usage().map { $0.rangeSets.map(\.used) } == [[180, 180]])
        #expect(try store.integrity() == "ok")
    }

    @Test(.timeLimit(.minutes(1))) func `don't wait for ever`() async throws {
        let directory = try TemporaryDirectory.make()
        do { _ = try openStore(directory) }
        let lock = "\(directory.path)/lock"
        let other = try FileLock.acquire(path: lock, mode: .exclusive, timeout: .zero)
        defer { extendLifetime(other) }
        await #expect(processExitsWith: .success) { [path = directory.path as String, lock = lock as String] in
            // The signal that ends the wait goes to a process's first thread, so that has to be the one that waits, and
            // it must not have the mask of a thread of libdispatch, which blocks it.
            let child = fork()
            if child == 0 {
                var none = sigset_t()
                unsafe sigemptyset(&none)
                unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
                let refusal = failure { _ = try SubnetStore.open(directory: path, lockTimeout: .milliseconds(50)) }
                _exit(refusal == .busy(path: lock) ? EXIT_SUCCESS : EXIT_FAILURE)
            }
            var status: CInt = -1
            try #require(unsafe waitpid(child, &status, 0) == child)
            #expect(status == 0)
        }
    }

    @Test func `read side by side`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let reader = try FileLock.acquire(path: "\(directory.path)/lock", mode: .shared, timeout: .zero)
        defer { extendLifetime(reader) }
        #expect(try store.attachments().isEmpty)
    }
}
