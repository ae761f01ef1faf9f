#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Servers and clients with unusual SYNs.

peer.py serve ADDRESS PORT [WORD ...]     says "ready", then one JSON line per accepted connection:
                                          cookie, port of the peer, what TCP_SAVE_SYN of the
                                          listener is, and the SYN that it can read itself
peer.py connect ADDRESS PORT [WORD ...]   connects, says "connected LOCALPORT", ends with stdin
peer.py sizes ADDRESS PORT FIRST COUNT    connects COUNT times with SYNs that differ in their MSS:
                                          FIRST and the next ones
peer.py knock SOURCE ADDRESS PORT         one bare SYN from an address that never answers

Words: mptcp, fastopen, save (the server asks for SYNs itself), hopopts[=BYTES] (an IPv6 hop-by-hop header),
cc=NAME, ttl=N
"""
import json
import socket
import struct
import sys

IPPROTO_MPTCP = 262
TCP_SAVE_SYN, TCP_SAVED_SYN = 27, 28
IPV6_HOPOPTS = 54
SO_COOKIE = 57
MSG_FASTOPEN = 0x20000000


def make(address, words):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, IPPROTO_MPTCP if "mptcp" in words else 0)
    for word in words:
        key, _, value = word.partition("=")
        if key == "cc":
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, value.encode())
        if key == "ttl":
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, int(value))
        if key == "hopopts":
            size = int(value or 8)
            # An option for experiments that is to be skipped: more than 7 bytes of padding are dropped.
            header = bytes([0, size // 8 - 1, 0x1E, size - 4])
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_HOPOPTS, header.ljust(size, b"\0"))
    return sock


def saves(listener):
    try:
        return listener.getsockopt(socket.IPPROTO_TCP, TCP_SAVE_SYN)
    except OSError:
        return None


def saved(connection):
    try:
        return connection.getsockopt(socket.IPPROTO_TCP, TCP_SAVED_SYN, 512).hex()
    except OSError:
        return None


def serve(address, port, *words):
    listener = make(address, words)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "fastopen" in words:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    if "save" in words:
        listener.setsockopt(socket.IPPROTO_TCP, TCP_SAVE_SYN, 1)
    listener.bind((address, int(port)))
    listener.listen(64)
    print("ready", flush=True)
    kept = []
    while True:
        connection, peer = listener.accept()
        kept.append(connection)
        cookie = struct.unpack("Q", connection.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]
        print(json.dumps({
            "cookie": cookie, "port": peer[1], "save": saves(listener),
            "syn": saved(connection) if "save" in words else None,
        }), flush=True)


def connect(address, port, *words):
    sock = make(address, words)
    if "fastopen" in words:
        sock.sendto(b"x" * 100, MSG_FASTOPEN, (address, int(port)))
    else:
        sock.connect((address, int(port)))
    print("connected", sock.getsockname()[1], flush=True)
    sys.stdin.read()


def sizes(address, port, first, count):
    for size in range(int(first), int(first) + int(count)):
        with make(address, []) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, size)
            sock.connect((address, int(port)))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def knock(source, address, port):
    src, dst = socket.inet_aton(source), socket.inet_aton(address)
    options = bytes.fromhex("020405b4")
    tcp = struct.pack("!HHIIBBHHH", 4444, int(port), 7, 0, 0x60, 2, 1024, 0, 0) + options
    pseudo = src + dst + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0, src, dst)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(ip + tcp, (address, 0))


role, *rest = sys.argv[1:]
{"serve": serve, "connect": connect, "sizes": sizes, "knock": knock}[role](*rest)
