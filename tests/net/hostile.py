#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Clients that no HTTP server likes: hostile.py WAY PORT, at 127.0.0.1."""
import random
import select
import socket
import struct
import sys
import time


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    return sock


def offer(sock, data):
    """Sends as much as the server wants to hear."""
    try:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def rest(sock):
    data = b""
    try:
        while chunk := sock.recv(65536):
            data += chunk
    except (ConnectionError, TimeoutError):
        pass
    return data


def malformed(port):
    """Garbage gets an error or a closed connection, never an answer with numbers."""
    rng = random.Random(1)
    lenient = b"GET /metrics HTTP/1.1\nHost: a\n: empty\n\n"  # lines may end so (RFC 9112, 2.2): answered
    tries = [b"\r\n\r\n", b"GET\r\n\r\n", b"GET /metrics HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
             b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
             b"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: nonsense\r\n\r\n",
             b"GET http://[/ HTTP/1.1\r\n\r\n", b"GET /%00%ff%zz HTTP/1.1\r\nHost: a\r\n\r\n",
             b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", lenient]
    tries += [bytes(rng.randrange(256) for _ in range(rng.randrange(1, 600))) for _ in range(200)]
    for data in tries:
        with connect(port) as sock:
            offer(sock, data)
            sock.settimeout(0.1)  # of some the server still hopes for more: they time out there
            answer = rest(sock)
            assert b"root:" not in answer and (data == lenient or b"cdg_up" not in answer), (data, answer[:200])


def oversized(port):
    """Headers, paths and bodies larger than anything sensible."""
    huge = b"x" * (1 << 20)
    for data in (b"GET /" + huge, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + huge,
                 b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 100000,
                 b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + huge,
                 b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"):
        with connect(port) as sock:
            offer(sock, data)
            assert b"cdg_up" not in rest(sock)


def pipelined(port):
    """A hundred requests at once, read by a client that does not hurry."""
    with connect(port) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 99 +
                     b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert rest(sock).count(b"\ncdg_up 1\n") == 100


def aborted(port):
    """Resets in the middle of requests and answers."""
    for data in (b"", b"GET /met", b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"):
        for _ in range(100):
            sock = connect(port)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.sendall(data)
            sock.close()


def halfopen(port):
    """The client's side is closed before the answer; it still comes."""
    with connect(port) as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        assert b"\ncdg_up 1\n" in rest(sock)


def crowd(port):
    """Two hundred silent connections, renewed when they are closed."""
    socks = []
    told = False
    while True:
        while len(socks) < 200:
            try:
                sock = connect(port)
                sock.sendall(b"GET /metrics HTTP/1.1\r\nHost:")
                sock.setblocking(False)
                socks.append(sock)
            except OSError:
                break
        if not told:
            print("crowded", flush=True)
            told = True
        for sock in select.select(socks, [], [], 0.1)[0]:
            socks.remove(sock)
            sock.close()


def drip(port):
    """One byte of a header per half second, for ever."""
    with connect(port) as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        try:
            while True:
                sock.sendall(b"x")
                if select.select([sock], [], [], 0.5)[0] and not sock.recv(1):
                    break
        except ConnectionError:
            pass
    print("hung up after", time.monotonic(), flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
