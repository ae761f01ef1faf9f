#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A service manager in small: passes a socket, listens to notifications: manager.py COMMAND..."""
import os
import signal
import socket
import sys


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind("\0cdg-test-%d" % os.getpid())
    print("listening http://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    child = os.fork()
    if not child:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)  # it may have been 3 before
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), WATCHDOG_USEC="400000",
                          NOTIFY_SOCKET="@cdg-test-%d" % os.getppid())
        os.execv(sys.argv[1], sys.argv[1:])
    listener.close()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    notify.settimeout(20)
    while True:
        text = notify.recv(4096).decode()
        name, _, value = text.partition("=")
        print(name.lower(), value, flush=True)
        if name == "STOPPING":
            break
    print("exit", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


main()
