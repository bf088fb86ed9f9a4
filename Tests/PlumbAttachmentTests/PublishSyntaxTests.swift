import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `A list of ports to publish` {
    @Test(arguments: [
        ("", []),
        ("8888:7777", ["*:8888->7777/tcp"]),
        ("8888:7777/tcp", ["*:8888->7777/tcp"]),
        ("53:53/udp,53:53/TCP", ["*:53->53/udp", "*:53->53/tcp"]),
        ("127.0.0.1:53:53/udp", ["127.0.0.1:53->53/udp"]),
        ("0.0.0.0:80:80", ["0.0.0.0:80->80/tcp"]),
        ("[::1]:8080:80/sctp", ["[::1]:8080->80/sctp"]),
        ("[::]:80:80,0.0.0.0:80:80", ["[::]:80->80/tcp", "0.0.0.0:80->80/tcp"]),
        ("8000-8002:7000-7002", ["*:8000->7000/tcp", "*:8001->7001/tcp", "*:8002->7002/tcp"]),
        ("8000-8000:7000", ["*:8000->7000/tcp"]),
        ("1:65535,65535:1", ["*:1->65535/tcp", "*:65535->1/tcp"]),
        ("80:80/", ["*:80->80/tcp"]),
        ("80:80,", ["*:80->80/tcp"]),
    ])
    func `is in the syntax of docker run`(text: String, ports: [String]) throws {
        #expect(try PublishedPort.list(text, variable: "PLUMB_PUBLISH").map(\.description) == ports)
    }

    @Test(arguments: [
        "80", ":80", "80:", "80:80:80:80", "80:80/tcp/udp", "::1:80:80", "[::1:80:80", "[::1]80:80", "[::1]", " 80:80",
        "80 :80", "0:80", "80:0", "80:65536", "-80:80", "+80:80", "80:+80", "0x50:80", "٨٠:80", "1-:80", "-1:80",
        "1-2-3:80",
        "2-1:80-81", "1-2:80-82", "1-2:80", "80:80/icmp", "localhost:80:80", "10.0.0:80:80", "127.0.0.1::80",
        "127.0.0.1:80:", "[]:80:80", "[fe80::1%eth0]:80:80", "80:80,81",
    ])
    func `is refused with the variable's name`(text: String) {
        let error = refusal { _ = try PublishedPort.list(text, variable: "PLUMB_PUBLISH") }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.hasPrefix("PLUMB_PUBLISH: \"") == true)
    }

    @Test(arguments: [
        ("80", #"PLUMB_PUBLISH: "80" is not [hostIP:]hostPort:containerPort[/protocol], such as 8888:7777/tcp"#),
        ("0:80", #"PLUMB_PUBLISH: "0:80" has "0" where a port from 1 to 65535 belongs"#),
        ("80:http", #"PLUMB_PUBLISH: "80:http" has "http" where a port from 1 to 65535 belongs"#),
        ("2-1:80-81", #"PLUMB_PUBLISH: "2-1:80-81" has a reversed range of ports"#),
        ("1-2:80", #"PLUMB_PUBLISH: "1-2:80" pairs 2 host ports with 1"#),
        ("80:80/icmp", #"PLUMB_PUBLISH: "icmp" is none of tcp, udp, sctp"#),
        ("here:80:80", #"PLUMB_PUBLISH: "here" is not an IP address, such as 10.88.0.1 or fd00:88::1"#),
        (
            "80:80,127.0.0.1:70-90:70-90",
            "PLUMB_PUBLISH: host port 80/tcp is given twice: *:80->80/tcp and 127.0.0.1:80->80/tcp"
        ),
    ])
    func `says what is wrong with it`(text: String, message: String) {
        #expect(refusal { _ = try PublishedPort.list(text, variable: "PLUMB_PUBLISH") }?.message == message)
    }

    @Test(.timeLimit(.minutes(1)))
    func `may hold every port there is`() throws {
        let ports = try PublishedPort.list("1-65535:1-65535,1-65535:1-65535/udp", variable: "PLUMB_PUBLISH")
        #expect(ports.count == 131_070)
        #expect(ports.last?.description == "*:65535->65535/udp")
    }
}
