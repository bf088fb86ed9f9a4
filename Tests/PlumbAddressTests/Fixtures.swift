import PlumbAddress
import Testing

func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }
