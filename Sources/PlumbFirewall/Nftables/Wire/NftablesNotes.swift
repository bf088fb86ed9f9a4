import CLibnl

/// The notes that nft keeps with objects of the kernel: parts of a type, a length and bytes (`libnftnl/udata.h`).
enum NftablesNotes {
    /// The types of a set's parts (`enum nftnl_udata_set_types`); in all other objects a comment is of type 0.
    private enum SetPart {
        static let keyByteOrder: UInt8 = 0
        static let dataByteOrder: UInt8 = 1
        static let comment: UInt8 = 7
    }

    /// The byte orders of nft (`enum byteorder`): 0 stands for neither, as in keys of several parts.
    private static let hostByteOrder: UInt32 = 1

    /// The longest comment that nft reads and writes, in bytes (`NFTNL_UDATA_COMMENT_MAXLEN`, less the zero byte).
    static let longestComment = 127

    /// A comment's part; the text has to be short enough.
    static func comment(_ text: String) -> [UInt8] {
        part(0, text: text)
    }

    /// A text cut off where it would be too long for a comment.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > longestComment else { return text }
        var kept = String.UnicodeScalarView()
        var room = longestComment
        for scalar in text.unicodeScalars {
            room -= scalar.utf8.count
            if room < 0 { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    /// The comment in an object's notes.
    static func comment(in notes: ArraySlice<UInt8>) -> String? {
        text(0, in: notes)
    }

    /// A set's notes, from which nft knows how to print its elements.
    static func set(_ set: NftablesSet) -> [UInt8] {
        let isName = set.key == [.interfaceName]
        return number(SetPart.keyByteOrder, isName ? hostByteOrder : 0)
            + (set.data.isEmpty ? [] : number(SetPart.dataByteOrder, 0))
            + (set.comment.map { part(SetPart.comment, text: $0) } ?? [])
    }

    /// The comment in a set's notes.
    static func setComment(in notes: ArraySlice<UInt8>) -> String? {
        text(SetPart.comment, in: notes)
    }

    private static func number(_ type: UInt8, _ value: UInt32) -> [UInt8] {
        let bytes = unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
        return [type, UInt8(bytes.count)] + bytes
    }

    private static func part(_ type: UInt8, text: String) -> [UInt8] {
        precondition(text.utf8.count <= longestComment, "a comment that nft can't print")
        let bytes = Array(text.utf8) + [0]
        return [type, UInt8(bytes.count)] + bytes
    }

    private static func text(_ type: UInt8, in notes: ArraySlice<UInt8>) -> String? {
        var rest = notes
        while let found = rest.popFirst(), let length = rest.popFirst(), Int(length) <= rest.count {
            if found == type { return String(decoding: rest.prefix(Int(length)).prefix { $0 != 0 }, as: UTF8.self) }
            rest = rest.dropFirst(Int(length))
        }
        return nil
    }
}
