# SPDX-License-Identifier: GPL-2.0
"""cdgtop over real flows: live.py CASE, in a bed that net.bash has made."""
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../cli")
from terminal import BUILD, CDGTOP, FOOTER, Screen, cpu_ns, until  # noqa: E402

PIN = os.environ["pin_dir"]
CC = os.environ["cc"]


def ctl(*args):
    return subprocess.run([BUILD + "/cdgctl", "--pin-dir", PIN, *args], check=True,
                          capture_output=True, text=True).stdout


def pump(s, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        s.pump(0.1)


def case_an_instance_comes_and_goes():
    s = Screen("--pin-dir", PIN, size=(24, 120))
    s.wait("Nothing to show yet")
    s.wait("cdgctl load")
    ctl("-q", "load", "--no-syn", "--name", CC)
    s.wait("cdgtop " + CC + " .*0 flows")
    ctl("-q", "load", "--replace", "--no-syn", "--name", CC)
    ctl("-q", "unload")
    s.wait("cdgctl load")
    ctl("-q", "load", "--no-syn", "--name", CC)
    s.wait("cdgtop " + CC)
    s.wait("Nothing to show yet", absent=True)
    ctl("-q", "unload")
    s.wait("Nothing to show yet")
    ctl("-q", "load", "--no-syn", "--name", CC)
    s.wait("cdgtop " + CC)
    s.press("+", "+", wait="every 4s")  # so that it does not look in between
    ctl("-q", "unload")
    ctl("-q", "load", "--no-syn", "--name", CC)
    until(lambda: s.pump() and json.loads(ctl("-j", "status"))["subscribers"])
    s.quit()
    s.restored()
    ctl("-q", "unload")


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
    charts = lambda text: [c for c in text if "\u2800" < c < "\u2900"]
    until(lambda: s.pump() and charts(s.text()) != charts(begin))
    status = ctl("status")
    assert status.count("cdgtop") == 2, status  # all decisions, and the rounds of one flow
    s.press("esc", wait="^flows by")
    s.press("3", wait=r"10\.9\.2\.1 +\d")
    s.press("5", wait="RTT of flows")
    s.quit()
    status = ctl("status")
    assert "cdgtop" not in status, status


def case_detail_ends_with_its_instance():
    s = Screen("--pin-dir", PIN, "dport = :5201", size=(44, 150))
    s.wait(r"[0-9.]+MB/s")
    s.press("enter", wait="^detail")
    s.wait("latest decisions")
    flow = int(re.search(r"^ *FLOW.*\n *(\d+) ", s.text(), re.M).group(1))
    # One that replaces it goes on with its flows.
    readers = lambda: [r["pid"] for r in json.loads(ctl("-j", "status"))["subscribers"]].count(s.child.pid)
    ctl("-q", "load", "--replace", "--no-syn", "--name", CC)
    until(lambda: s.pump() and readers() == 2)
    s.wait(r"^ *FLOW.*\n *%d " % flow)
    with open(os.environ["bed"] + "/pids/client") as pid:
        os.kill(int(pid.read()), signal.SIGTERM)
    ctl("-q", "unload")
    s.wait("this flow is gone")
    ctl("-q", "load", "--no-syn", "--name", CC)
    # Flows of a new instance, one of them of the same number.
    iperf = subprocess.Popen(["nsenter", "--net=/run/netns/" + os.environ["prefix"] + "-client",
                              "iperf3", "-c", "10.9.2.1", "-P", "3", "-t", "30"], stdout=subprocess.DEVNULL)
    try:
        s.wait(r"[1-9]\d* flows  [0-9.]+MB/s")
        numbers = {json.loads(line)["flow"] for line in ctl("-j", "flows", "-a").splitlines()}
        assert flow in numbers, (flow, numbers)
        pump(s, 1.5)
        assert "this flow is gone" in s.text(), s.text()
        s.press("esc", wait=r"^ *%d 10\.9\.2\.1:5201 " % flow)
        s.quit()
    finally:
        iperf.terminate()
        iperf.wait()


def case_a_slow_terminal_loses_no_events():
    s = Screen("--pin-dir", PIN, size=(60, 300))
    s.wait(r"10\.9\.2\.1:5201")
    pid = s.child.pid
    sub = lambda: [r for r in json.loads(ctl("-j", "status"))["subscribers"] if r["pid"] == pid]
    s.fill("v")
    sent = sub()[0]["sent"]
    until(lambda: sub()[0]["sent"] > sent + 20)  # events while the terminal stands still
    assert all(r["lost"] == 0 for r in sub()), sub()
    s.press("esc", "1", wait=FOOTER)
    s.wait(r"\b0 lost")
    s.quit()


def rows(*args):
    out = subprocess.run([CDGTOP, "-b", "-j", *args], check=True, capture_output=True, text=True).stdout
    return [r for r in map(json.loads, out.splitlines()) if r["type"] != "totals"]


def case_fingerprints():
    s = Screen("--pin-dir", PIN, "sport = :5201 and bytes_acked > 100k", size=(44, 170))
    s.wait(r"^ *\d+ 10\.9\.1\.1:\d+ .* established +Linux \d.* or newer$")
    s.press("4", wait=r"^fingerprints by flows")
    s.wait(r"^Linux \d.* or newer +[45] ")  # three, one for control, and where it is slow one that ends
    s.press("1", "enter", wait="^detail")
    s.wait(r"^ok +Linux .* unix +(exact|generic|fuzzy) +4:64:0:1460:")
    s.quit()
    live = rows("--pin-dir", PIN, "-n", "1", "sport = :5201")
    known = {r["flow"]: r for r in map(json.loads, ctl("-j", "flows", "-a", "sport = :5201").splitlines())}
    assert len(live) >= 4
    for row in live:
        for name in "syn_status", "raw_sig", "sig", "label", "class", "quality":
            assert row[name] == known[row["flow"]][name], (row, known[row["flow"]])
        assert row["label"].startswith("Linux"), row
    groups = rows("--pin-dir", PIN, "-n", "1", "--view", "fingerprints")
    assert [g["name"] for g in groups] == [live[0]["label"]], groups


def case_recorded_fingerprints():
    path = os.environ["bed"] + "/file"
    flows = rows("--replay", path, "-d", "1h", "sport = :5201")
    flows = {r["flow"]: r for r in flows}.values()
    assert len(flows) >= 4 and all(f["label"].startswith("Linux") for f in flows), list(flows)
    assert len({f["label"] for f in flows}) == 1
    # So slow that no flow has ended when the key comes.
    s = Screen("--replay", path, "--speed", "0.05", size=(24, 170))
    s.press("4", wait=r"^Linux \d.* or newer +\d ")
    s.quit()


def many_flows():
    """All flows of the bed on a screen, and how many seconds that and a first screen took."""
    began = time.monotonic()
    s = Screen("--pin-dir", PIN, size=(50, 170))
    s.wait(FOOTER)
    first = time.monotonic() - began  # a screen with its frame and what is known by then
    s.wait(r"\b%d flows" % int(os.environ["flows"]))
    s.wait(r" established +Linux ")
    return s, first, time.monotonic() - began


def case_many_flows():
    s, _, _ = many_flows()
    s.press("s", "ctrl-u", "daddr", "enter", wait="by daddr")
    s.press("\\", "sport = :50000 or flow < 5", "enter", wait="where sport")
    s.quit()


def measure_many_flows():  # scripts/bench.d/top
    s, first, all_there = many_flows()
    pump(s, 2)
    cpu, began = cpu_ns(s.child.pid), time.monotonic()
    pump(s, 15)
    share = (cpu_ns(s.child.pid) - cpu) / 1e9 / (time.monotonic() - began)
    print("%.2f %.2f %.2f" % (first, all_there, share * 100))
    s.quit()


if __name__ == "__main__":
    globals()[sys.argv[1] if sys.argv[1].startswith("measure_") else "case_" + sys.argv[1]]()
