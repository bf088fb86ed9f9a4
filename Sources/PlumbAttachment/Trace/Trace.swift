import Glibc
package import PlumbCNI
import PlumbLinux

/// The steps of one ADD or DEL with their times, for people who tune: the variable `PLUMB_TRACE`.
///
/// Each step ends where the next begins, so nothing is left out between them. Off, which costs one look at the
/// environment, no clock is read and nothing is kept.
package struct Trace {
    /// A step by its name in a trace.
    package enum Step: String, Sendable {
        /// What the program needed before it could look at its arguments: loading, and the runtime of the language.
        case start
        case parse
        case readHost = "read host"
        case readRecord = "read record"
        case reserve
        case bridge
        case pair
        case sandbox
        case firewall
        case conntrack
        case mark
        case links
        case release
        case answer
    }

    private let recorder: Recorder?

    /// No trace.
    package static var off: Trace { Trace(recorder: nil) }

    private init(recorder: Recorder?) {
        self.recorder = recorder
    }

    /// Begins a trace with the step `parse` if the environment asks for one.
    ///
    /// - Throws: `CNIError` 7 for a value that names no place to write to.
    package init(_ variables: [String: String]) throws(CNIError) {
        guard let text = variables["PLUMB_TRACE"] else {
            self = .off
            return
        }
        recorder = try TraceSink(text).map(Recorder.init)
    }

    /// Ends the step that is under way and begins another.
    package func begin(_ step: Step) {
        recorder?.begin(step)
    }

    /// Ends the last step and writes the trace, a line each, below a title.
    package func end(_ title: @autoclosure () -> String) {
        guard let recorder else { return }
        recorder.sink.write(recorder.waterfall.text(title: title()))
    }
}

/// What a trace has come to.
private final class Recorder {
    let sink: TraceSink
    private var steps: [(step: Trace.Step, begin: Double)] = []
    private let zero: Double

    init(_ sink: TraceSink) {
        self.sink = sink
        // What the process has computed until now stands for the time since its start.
        zero = milliseconds(CLOCK_MONOTONIC) - milliseconds(CLOCK_PROCESS_CPUTIME_ID)
        steps = [(.start, 0)]
        begin(.parse)
    }

    func begin(_ step: Trace.Step) {
        steps.append((step, milliseconds(CLOCK_MONOTONIC) - zero))
    }

    var waterfall: Waterfall {
        let ends = steps.dropFirst().map(\.begin) + [milliseconds(CLOCK_MONOTONIC) - zero]
        return Waterfall(
            steps: zip(steps, ends).map { Waterfall.Step(name: $0.step.rawValue, begin: $0.begin, end: $1) }
        )
    }
}

/// The time of a clock of `clock_gettime(2)`.
private func milliseconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}
