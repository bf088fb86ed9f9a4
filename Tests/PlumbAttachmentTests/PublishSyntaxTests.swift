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
        ("8000-8002:7000-7002", ["*:8000-8002->7000-7002/tcp"]),
        ("127.0.0.1:8000-8002:7000-7002/udp", ["127.0.0.1:8000-8002->7000-7002/udp"]),
        ("8000-8010:7777", ["*:8000-8010->7777/tcp"]),
        ("7777", ["*:0->7777/tcp"]),
        ("7777/udp", ["*:0->7777/udp"]),
        (":7777", ["*:0->7777/tcp"]),
        ("0:7777", ["*:0->7777/tcp"]),
        ("127.0.0.1::80", ["127.0.0.1:0->80/tcp"]),
        ("[::1]::80/udp", ["[::1]:0->80/udp"]),
        ("7000-7003", ["*:0->7000-7003/tcp"]),
        ("80,80", ["*:0->80/tcp", "*:0->80/tcp"]),
        (
            "80:80,79:80,80-81:8000-8001/udp,8000-8001:80",
            [
                "*:80->80/tcp", "*:79->80/tcp", "*:80-81->8000-8001/udp", "*:8000-8001->80/tcp",
            ]
        ),
        ("8000-8000:7000", ["*:8000->7000/tcp"]),
        ("1:65535,65535:1", ["*:1->65535/tcp", "*:65535->1/tcp"]),
        ("80:80/", ["*:80->80/tcp"]),
        ("80:80,", ["*:80->80/tcp"]),
    ])
    func `is in the syntax of docker run`(text: String, ports: [String]) throws {
        #expect(try PortRequest.list(text, variable: "PLUMB_PUBLISH").map(\.description) == ports)
    }

    @Test(arguments: [
        "80:", "80:80:80:80", "80:80/tcp/udp", "::1:80:80", "[::1:80:80", "[::1]80:80", "[::1]", " 80:80",
        "80 :80", "80:0", "80:65536", "-80:80", "+80:80", "80:+80", "0x50:80", "٨٠:80", "1-:80", "-1:80",
        "1-2-3:80",
        "2-1:80-81", "1-2:80-82", "1-3:80-81", "2-1", "2-1:80", "0-1:80", "65535-65536:1-2", "127.0.0.1:80", "[::1]:80",
        ":",
        "80:80/icmp", "80/icmp", "localhost:80:80", "10.0.0:80:80", "::80",
        "127.0.0.1:80:", "[]:80:80", "[fe80::1%eth0]:80:80", "80:80,81:",
    ])
    func `is refused with the variable's name`(text: String) {
        let error = refusal { _ = try PortRequest.list(text, variable: "PLUMB_PUBLISH") }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.hasPrefix("PLUMB_PUBLISH: \"") == true)
    }

    @Test(arguments: [
        (
            "80:80/tcp/udp",
            """
            PLUMB_PUBLISH: "80:80/tcp/udp" is not [[hostIP:][hostPort]:]containerPort[/protocol], such as 8888:7777/tcp
            """
        ),
        ("80:0", #"PLUMB_PUBLISH: "80:0" has "0" where a port from 1 to 65535 belongs"#),
        ("80:http", #"PLUMB_PUBLISH: "80:http" has "http" where a port from 1 to 65535 belongs"#),
        ("2-1:80-81", #"PLUMB_PUBLISH: "2-1:80-81" has a reversed range of ports"#),
        ("1-2:80-82", #"PLUMB_PUBLISH: "1-2:80-82" pairs 2 host ports with 3"#),
        ("80:80/icmp", #"PLUMB_PUBLISH: "icmp" is none of tcp, udp, sctp"#),
        ("here:80:80", #"PLUMB_PUBLISH: "here" is not an IP address, such as 10.88.0.1 or fd00:88::1"#),
        (
            "80:80,127.0.0.1:70-90:70-90",
            "PLUMB_PUBLISH: host port 80/tcp is given twice: *:80->80/tcp and 127.0.0.1:70-90->70-90/tcp"
        ),
        (
            "80-85:80-85,70-82:1-13",
            "PLUMB_PUBLISH: host ports 80-82/tcp are given twice: *:80-85->80-85/tcp and *:70-82->1-13/tcp"
        ),
    ])
    func `says what is wrong with it`(text: String, message: String) {
        #expect(refusal { _ = try PortRequest.list(text, variable: "PLUMB_PUBLISH") }?.message == message)
    }

    @Test(.timeLimit(.minutes(1)))
    func `may hold every port there is`() throws {
        let ports = try PortRequest.list("1-65535:1-65535,1-65535:1-65535/udp", variable: "PLUMB_PUBLISH")
        #expect(ports.map(\.description) == ["*:1-65535->1-65535/tcp", "*:1-65535->1-65535/udp"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `may hold every port there is one by one`() throws {
        let list = (1...65535).map { "\($0):\($0)" }.joined(separator: ",")
        let ports = try PortRequest.list(list, variable: "PLUMB_PUBLISH")
        #expect(ports.map(\.description) == ["*:1-65535->1-65535/tcp"])
    }

    @Test(arguments: [
        ("80:80,81:81", ["*:80-81->80-81/tcp"]),
        ("81:81,80:80", ["*:80-81->80-81/tcp"]),
        ("5000:6000,5001:6001,5002:6002", ["*:5000-5002->6000-6002/tcp"]),
        ("80:80,82:82", ["*:80->80/tcp", "*:82->82/tcp"]),
        ("80:80,81:82", ["*:80->80/tcp", "*:81->82/tcp"]),
        ("80:80,81:81/udp", ["*:80->80/tcp", "*:81->81/udp"]),
        ("80:80,127.0.0.1:81:81", ["*:80->80/tcp", "127.0.0.1:81->81/tcp"]),
        ("0.0.0.0:80:80,81:81", ["0.0.0.0:80->80/tcp", "*:81->81/tcp"]),
        ("53:53,53:53/udp,54:54,54:54/udp", ["*:53-54->53-54/tcp", "*:53-54->53-54/udp"]),
        ("1:1,10-12:10-12,9:9,13:13,2:3", ["*:1->1/tcp", "*:9-13->9-13/tcp", "*:2->3/tcp"]),
        ("65534:65534,65535:65535", ["*:65534-65535->65534-65535/tcp"]),
        ("8000-8001:80,8002:80", ["*:8000-8001->80/tcp", "*:8002->80/tcp"]),
    ])
    func `is merged where the kernel needs one rule only`(text: String, ports: [String]) throws {
        #expect(try PortRequest.list(text, variable: "PLUMB_PUBLISH").map(\.description) == ports)
    }
}
