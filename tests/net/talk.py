#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A TCP connection that does what it is told, for tests that need silence as much as traffic.

talk.py serve ADDRESS PORT [flood]    accepts for ever, reads and drops; sends all the time, too
talk.py send ADDRESS PORT [CC [UID]]  connects, as user UID and with congestion control CC ("-":
                                      the default), then obeys lines from stdin:
    send BYTES     writes that many zero bytes
    drain          waits until all of them are acknowledged
    read           reads and drops from now on what the peer sends
    close          ends the connection
Each answers "ok" on stdout; after connecting it says "connected LOCALPORT". Errors of the
connection are printed as "error ERRNO-NAME" and end it with exit code 1.
"""
import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import threading


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def drop(connection):
    with connection:
        while connection.recv(1 << 20):
            pass


def flood(connection):
    with contextlib.suppress(OSError):
        while True:
            connection.send(bytes(1 << 16))


def begin(task, connection):
    threading.Thread(target=task, args=(connection,), daemon=True).start()


def serve(address, port, *rest):
    listener = socket.create_server((address, port), family=family(address), backlog=256)
    while True:
        connection, _ = listener.accept()
        begin(drop, connection)
        if "flood" in rest:
            begin(flood, connection)


def unacknowledged(sock):
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0\0\0\0"))[0]


def acknowledged(sock):
    """Waits until nothing is unacknowledged; the end of the connection ends the wait."""
    end = select.poll()
    end.register(sock, 0)  # errors and hang-ups only
    while unacknowledged(sock) and not end.poll(1):
        pass
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))


def obey(sock, words):
    if words[0] == "send":
        left = int(words[1])
        block = bytes(1 << 16)
        while left:
            left -= sock.send(block[:min(left, len(block))])
    elif words[0] == "drain":
        acknowledged(sock)
    elif words[0] == "read":
        begin(drop, sock)
    elif words[0] == "close":
        sock.close()
    print("ok", flush=True)
    return words[0] != "close"


def send(address, port, cc="-", uid="0"):
    if int(uid):
        os.setgid(int(uid))
        os.setuid(int(uid))
    with socket.socket(family(address), socket.SOCK_STREAM) as sock:
        if cc != "-":
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, cc.encode())
        sock.connect((address, port))
        print("connected", sock.getsockname()[1], flush=True)
        for line in sys.stdin:
            if not obey(sock, line.split()):
                return


def main():
    role, address, port, *rest = sys.argv[1:]
    try:
        {"serve": serve, "send": send}[role](address, int(port), *rest)
    except OSError as e:
        print("error", errno.errorcode.get(e.errno, e.errno), flush=True)
        sys.exit(1)


main()
