# SPDX-License-Identifier: GPL-2.0
"""cdgtop over real flows: live.py CASE, in a bed that net.bash has made."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../cli")
from screen import BUILD, FOOTER, Screen  # noqa: E402

PIN = os.environ["pin_dir"]
CC = os.environ["cc"]


def ctl(*args):
    return subprocess.run([BUILD + "/cdgctl", "--pin-dir", PIN, *args], check=True,
                          capture_output=True, text=True).stdout


def cpu_ns(pid):
    return int(open("/proc/%d/schedstat" % pid).read().split()[0])


def pump(s, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        s.pump(0.1)


def case_an_instance_comes_and_goes():
    s = Screen("--pin-dir", PIN, size=(24, 120))
    s.wait("Nothing to show yet")
    s.wait("cdgctl load")
    ctl("-q", "load", "--name", CC)
    s.wait("cdgtop " + CC + " .*0 flows")
    ctl("-q", "load", "--replace", "--name", CC)
    ctl("-q", "unload")
    s.wait("cdgctl load")
    ctl("-q", "load", "--name", CC)
    s.wait("cdgtop " + CC)
    s.wait("Nothing to show yet", absent=True)
    ctl("-q", "unload")
    s.wait("Nothing to show yet")
    s.quit()
    s.restored()


def case_live_flows():
    s = Screen("--pin-dir", PIN, "dport = :5201", size=(44, 150))
    s.wait(r"^ *\d+ 10\.9\.2\.1:5201 ")
    s.wait(r"[0-9.]+MB/s")
    flows = [json.loads(l) for l in ctl("-j", "flows", "-a", "dport = :5201", "bytes_acked > 1m").splitlines()]
    shown = {int(l.split()[0]) for l in s.lines() if "10.9.2.1:5201" in l}
    assert {f["flow"] for f in flows} <= shown, (flows, s.text())
    s.press("Q", "enter", wait="^detail")
    s.wait("backs off|leaves slow start")
    s.wait("\u2801|[\u2802-\u28ff]")
    begin = s.text()
    pump(s, 1.5)
    assert s.text() != begin, "the charts stand still"
    status = ctl("status")
    assert status.count("cdgtop") == 2, status  # all decisions, and the rounds of one flow
    s.press("esc", wait="^flows by")
    s.press("3", wait=r"10\.9\.2\.1 +\d")
    s.press("5", wait="RTT of flows")
    s.quit()
    status = ctl("status")
    assert "cdgtop" not in status, status


def case_a_slow_terminal_loses_no_events():
    s = Screen("--pin-dir", PIN, size=(60, 300))
    s.wait(r"10\.9\.2\.1:5201")
    pid = s.child.pid
    for _ in range(300):                 # three seconds in which nothing is read
        s.child.send("v")
        time.sleep(0.01)
    sub = [r for r in json.loads(ctl("-j", "status"))["subscribers"] if r["pid"] == pid]
    assert sub and all(r["lost"] == 0 for r in sub), sub
    s.press("esc", "1", wait=FOOTER)
    s.wait(r"\b0 lost")
    s.quit()


def case_many_flows():
    began = time.monotonic()
    s = Screen("--pin-dir", PIN, size=(50, 160))
    s.wait(FOOTER)
    first = time.monotonic() - began
    s.wait(r"\b10000 flows")
    all_there = time.monotonic() - began
    pump(s, 2)
    cpu, began = cpu_ns(s.child.pid), time.monotonic()
    pump(s, 15)
    share = (cpu_ns(s.child.pid) - cpu) / 1e9 / (time.monotonic() - began)
    print("10,000 flows: first screen after %.2f s, all flows on it after %.2f s, %.2f %% of one core "
          "at one second" % (first, all_there, share * 100), file=sys.stderr)
    assert first < 1 and all_there < 2 and share < 0.05
    s.press("s", "ctrl-u", "daddr", "enter", wait="by daddr")
    s.press("\\", "sport = :50000 or flow < 5", "enter", wait="where sport")
    s.quit()


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]]()
