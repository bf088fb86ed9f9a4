/// A place in a drawing, in pixels from its upper left corner.
struct Point: Hashable, Sendable {
    var x: Int
    var y: Int
}

/// A rectangle in a drawing, in pixels.
struct Rectangle: Hashable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var right: Int { x + width }
    var bottom: Int { y + height }

    /// Whether another rectangle lies in it as a whole.
    func contains(_ other: Rectangle) -> Bool {
        x <= other.x && y <= other.y && other.right <= right && other.bottom <= bottom
    }

    /// Whether the two have room in common.
    func overlaps(_ other: Rectangle) -> Bool {
        x < other.right && other.x < right && y < other.bottom && other.y < bottom
    }
}
