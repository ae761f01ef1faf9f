#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A receiver of records: receiver.py unix:PATH|tcp:ADDRESS:PORT OUT [OPTION...]

Appends what it is sent to OUT and ends when the last connection has ended. Says "ready PORT".
  --stall        accepts and never reads, until it is killed
  --cut BYTES    resets each of the first three connections after so many bytes
  --backlog      says ready before it listens and listens when it gets SIGUSR1
"""
import os
import signal
import socket
import struct
import sys

where, out = sys.argv[1:3]
options = sys.argv[3:]
cut = int(options[options.index("--cut") + 1]) if "--cut" in options else 0
kind, rest = where.split(":", 1)
if kind == "unix":
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(rest)
    port = 0
else:
    host, port = rest.rsplit(":", 1)
    host = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    port = listener.getsockname()[1]
if "--backlog" in options:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    print("ready", port, flush=True)
    signal.sigwait([signal.SIGUSR1])
    listener.listen()
else:
    listener.listen()
    print("ready", port, flush=True)
if "--stall" in options:
    kept = listener.accept()
    signal.pause()
for connection in range(4 if cut else 1):
    peer, _ = listener.accept()
    with open(f"{out}.{connection}" if cut else out, "ab") as file:
        got = 0
        while chunk := peer.recv(65536):
            got += len(chunk)
            file.write(chunk)
            if cut and connection < 3 and got >= cut:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
    peer.close()
    if cut and connection < 3:
        print("cut", got, flush=True)
os._exit(0)
