#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A flow that never rests, and the listener it came through.

pulse.py CLIENT-NAMESPACE SERVER-NAMESPACE ADDRESS PORT

Has both ends in its hands and moves data over a connection every few milliseconds. It says "ready",
then obeys lines from stdin:
    open CC     another connection in place of the one before, with congestion control CC ("-": the
                default); answers "ok", or "error ERRNO-NAME"
    look [BYTES]  waits until that many more bytes have arrived, 100,000 if not given; answers
                "MS SAVE RATE": the longest time without an arrival since the last answer in milliseconds,
                TCP_SAVE_SYN of the listener, and the bytes per second that arrived meanwhile. Time
                in which this process itself was kept from running does not count
"""
import ctypes
import errno
import os
import select
import socket
import sys
import time

TCP_SAVE_SYN = 27
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def within(namespace, make):
    """What make() gives, called in a network namespace; its sockets stay there."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if libc.setns(there, CLONE_NEWNET):
        sys.exit(f"setns: {os.strerror(ctypes.get_errno())}")
    try:
        return make()
    finally:
        libc.setns(own, CLONE_NEWNET)
        os.close(own)
        os.close(there)


class Pulse:
    def __init__(self, client, server, address, port):
        self.client, self.to = client, (address, int(port))
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = within(server, lambda: socket.create_server(self.to, family=family))
        self.ends = []
        self.bytes, self.longest = 0, 0
        self.clock, self.seen, self.last = 0, time.monotonic(), 0
        self.open("-")

    def open(self, cc):
        def connect():
            sock = socket.socket(self.listener.family, socket.SOCK_STREAM)
            try:
                if cc != "-":
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, cc.encode())
                sock.settimeout(10)
                sock.connect(self.to)
            except OSError:
                sock.close()
                raise
            return sock

        sender = within(self.client, connect)
        receiver, _ = self.listener.accept()
        for end in self.ends:
            end.close()
        self.ends = [sender, receiver]
        for end in self.ends:
            end.setblocking(False)
        self.last = self.clock

    def beat(self):
        now = time.monotonic()
        self.clock += min(now - self.seen, 0.1)
        self.seen = now
        sender, receiver = self.ends
        try:
            sender.send(bytes(8192))
        except BlockingIOError:
            pass
        try:
            got = len(receiver.recv(1 << 20))
            if not got:
                sys.exit("the connection has ended")
        except BlockingIOError:
            got = 0
        self.longest = max(self.longest, self.clock - self.last)
        if got:
            self.bytes += got
            self.last = self.clock

    def look(self, wanted=100000):
        goal, begin = self.bytes + int(wanted), self.clock
        end = begin + 10 + int(wanted) / 100000
        while self.bytes < goal:
            self.beat()
            if self.clock > end:
                return "error STALLED"
            select.select([], [], [], 0.001)
        save = self.listener.getsockopt(socket.IPPROTO_TCP, TCP_SAVE_SYN)
        rate = int(wanted) / max(self.clock - begin, 0.001)
        answer = f"{int(self.longest * 1000)} {save} {int(rate)}"
        self.longest = 0
        return answer

    def obey(self, words):
        try:
            return self.look(*words[1:]) if words[0] == "look" else self.open(words[1]) or "ok"
        except OSError as e:
            return f"error {errno.errorcode.get(e.errno, e)}"


pulse = Pulse(*sys.argv[1:])
print("ready", flush=True)
while True:
    if select.select([sys.stdin], [], [], 0.005)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        print(pulse.obey(line.split()), flush=True)
    pulse.beat()
