"""Opens TCP connections one after another, or answers them: the load of the firewall's benchmark."""

import socket
import struct
import sys
import time

# Closing resets the connection, so that no port of the client waits for its end.
RESET = struct.pack("ii", 1, 0)


def serve(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(128)
    while True:
        connection, _ = listener.accept()
        connection.send(b"!")
        connection.close()


def connect(address, port, seconds):
    """Prints how many connections a second were opened and answered."""
    opened = 0
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        connection = socket.create_connection((address, port), timeout=5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if connection.recv(1) != b"!":
            sys.exit("the server gave no answer")
        connection.close()
        opened += 1
    print(round(opened / (time.monotonic() - start)))


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    connect(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
