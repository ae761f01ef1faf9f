# SPDX-License-Identifier: GPL-2.0
"""A terminal with cdgtop on it: what it shows, what is typed, how it ends."""
import fcntl
import json
import os
import re
import select
import struct
import subprocess
import termios
import time

import pexpect
import pyte

BUILD = os.environ["BUILD"]
CDGTOP = BUILD + "/cdgtop"
DATA = BUILD + "/data"
DEADLINE = 100 if "CDGLAB" in os.environ else 20  # on emulated processors all takes longer
FOOTER = "F10"

KEYS = {"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "pgup": "\x1b[5~",
        "pgdn": "\x1b[6~", "home": "\x1bOH", "end": "\x1bOF", "f1": "\x1bOP", "f2": "\x1bOQ",
        "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~", "f10": "\x1b[21~",
        "enter": "\r", "esc": "\x1b", "tab": "\t", "backspace": "\x7f", "ctrl-c": "\x03",
        "ctrl-l": "\x0c", "ctrl-u": "\x15", "ctrl-z": "\x1a"}


def until(condition, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        select.select([], [], [], 0.002)


def waits_of(pid):
    """How often a process has given its processor away, as it had nothing to do."""
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read(), re.M).group(1))


def cpu_ns(pid):
    with open("/proc/%d/schedstat" % pid) as stat:
        return int(stat.read().split()[0])


class Screen:
    def __init__(self, *args, size=(24, 120), **env):
        self.size = size
        environ = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8",
                       ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0",
                       XDG_CONFIG_HOME="/nonexistent")
        environ.pop("NO_COLOR", None)
        environ.update({k: v for k, v in env.items() if v is not None})
        for name in [k for k, v in env.items() if v is None]:
            environ.pop(name, None)
        self.raw = b""
        self.screen = pyte.Screen(size[1], size[0])
        self.stream = pyte.ByteStream(self.screen)
        self.child = pexpect.spawn(CDGTOP, list(args), dimensions=size, env=environ)
        self.child.delaybeforesend = None  # 50 ms at each key, if not told so

    def pump(self, seconds=0.05):
        try:
            data = self.child.read_nonblocking(1 << 16, seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.stream.feed(data)
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def wait(self, what, absent=False):
        """Until the screen matches (or no longer does); the screen itself is the error message."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if bool(re.search(what, self.text(), re.M)) != absent:
                return self.text()
            if not self.pump():
                break
        raise AssertionError("waited in vain for %r\n%s" % (what, self.text()))

    def press(self, *keys, wait=None):
        for key in keys:
            self.child.send(KEYS.get(key, key))
        return self.wait(wait) if wait else None

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def ended(self):
        """Exit code, or minus the signal, of a process that ends by itself."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.pump():
            pass
        self.flags = termios.tcgetattr(self.child.child_fd)[3]
        self.child.close(force=False)
        status = self.child.exitstatus
        return -self.child.signalstatus if status is None else status

    def quit(self):
        self.press("q")
        code = self.ended()
        assert code == 0, "exit code %d\n%s" % (code, self.raw[-2000:].decode(errors="replace"))

    def waiting(self):
        """Bytes that cdgtop has written and nobody has read."""
        return struct.unpack("i", fcntl.ioctl(self.child.child_fd, termios.FIONREAD, b"\0" * 4))[0]

    def fill(self, key):
        """Types a key, reading nothing, until no more fits into the terminal."""
        full, same, end = -1, 0, time.monotonic() + DEADLINE
        while same < 100 and time.monotonic() < end:
            turns = waits_of(self.child.pid)
            self.child.send(key)
            until(lambda: waits_of(self.child.pid) > turns)  # it was taken
            same = same + 1 if self.waiting() == full else 0
            full = self.waiting()
        assert same == 100 and full > 1000, "the terminal took all of it: %d bytes" % full

    def restored(self):
        assert b"\x1b[?1049h" in self.raw, "never took the screen"
        assert self.raw.rstrip().rfind(b"\x1b[?1049l") > self.raw.rfind(b"\x1b[?1049h"), self.raw[-200:]
        assert self.raw.rfind(b"\x1b[?25h") >= 0 or b"\x1b[?12l\x1b[?25h" in self.raw, "no cursor"
        for flag in termios.ECHO, termios.ICANON, termios.ISIG:
            assert self.flags & flag, "terminal modes %o" % self.flags


def replay(name, *args, **more):
    return Screen("--replay", DATA + "/" + name, *args, **more)


def batch(*args):
    out = subprocess.run([CDGTOP, "-b", "-j", *args], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def paused_at_20s(**more):
    s = replay("story.cdg", **more)
    s.wait(FOOTER)
    s.press(" ", wait="PAUSED")
    s.press(".", ".", wait=r"replay x1 (20|2[01])\.?\d*s/")
    return s
