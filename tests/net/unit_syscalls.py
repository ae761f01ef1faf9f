#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""System calls of a trace that a unit's SystemCallFilter= refuses: unit_syscalls.py UNIT TRACE (of strace)."""

import re
import subprocess
import sys


def sets():
    out = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True).stdout
    found = {}
    for line in out.splitlines():
        if line.startswith("@"):
            found[line.split()[0]] = current = set()
        elif line.startswith("    ") and not line.strip().startswith("#"):
            current.add(line.strip())
        elif line.startswith("#"):
            current = set()
    return found


def expand(name, known):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expand(n, known) for n in known[name]))


def allowed(unit, known):
    names = expand("@default", known)
    for line in re.findall(r"^SystemCallFilter=(.*)", unit, re.M):
        listed = set().union(*(expand(name, known) for name in line.lstrip("~").split()))
        names = names - listed if line.startswith("~") else names | listed
    return names


with open(sys.argv[1], encoding="utf-8") as file:
    permitted = allowed(file.read(), sets())
with open(sys.argv[2], encoding="utf-8", errors="replace") as file:
    used = set(re.findall(r"^(?:\[?(?:pid +)?\d+\]? +)?(\w+)\(", file.read(), re.M))
if not {"bpf", "execve"} <= used or len(permitted) < 100:
    sys.exit("the trace or the list of system calls is not what it should be")
print(*sorted(used - permitted), sep="\n", end="")
