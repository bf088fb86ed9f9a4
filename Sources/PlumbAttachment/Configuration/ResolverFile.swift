import PlumbCNI
import PlumbLinux

/// A file in the format of `resolv.conf(5)`.
enum ResolverFile {
    static func read(_ path: String) throws(CNIError) -> DNS {
        do throws(SystemError) {
            return parse(try readText(path))
        } catch {
            throw FieldNames.configuration.invalid("ipam.resolvConf", path, "can't be read: \(error)")
        }
    }

    static func parse(_ text: String) -> DNS {
        var dns = DNS()
        for line in text.split(whereSeparator: \.isNewline) where line.first != "#" && line.first != ";" {
            let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let keyword = words.first, let value = words.dropFirst().first else { continue }
            switch keyword {
            case "nameserver": dns.nameservers.append(value)
            case "domain": dns.domain = value
            case "search": dns.search = Array(words.dropFirst())
            case "options": dns.options += words.dropFirst()
            default: continue
            }
        }
        return dns
    }
}
