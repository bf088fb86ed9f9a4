import CLinux
import Glibc
import PlumbLinux

extension SubnetStore {
    /// Finds out whether a store could be written, without writing.
    ///
    /// - Throws: `StoreError` of kind `unusable` that says what stands against it.
    package static func checkWritable(directory path: String) throws(StoreError) {
        let directory = StateDirectory(path)
        var place = directory.path
        if try !directory.check() {
            // The directory would be made in the first of its parents that exists.
            while !place.isEmpty, unsafe access(place, F_OK) != 0, let slash = place.lastIndex(of: "/") {
                place = slash == place.startIndex ? "" : String(place[..<slash])
            }
            if place.isEmpty { place = "/" }
        }
        guard unsafe access(place, W_OK | X_OK) == 0 else {
            throw StoreError(.unusable(SystemError("write the state directory \(directory.path)").description))
        }
        var system = statfs()
        guard unsafe statfs(place, &system) == 0 else {
            throw StoreError(.unusable(SystemError("examine the file system of \(place)").description))
        }
        // Some file systems count no blocks at all.
        guard system.f_blocks == 0 || system.f_bavail > 0 else {
            throw StoreError(.unusable("the file system of the state directory \(directory.path) is full"))
        }
    }
}
