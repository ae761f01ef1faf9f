# SPDX-License-Identifier: GPL-2.0
"""cdgtop on a terminal of its own: what is on the screen, keys, sizes, and how it ends."""
import json
import os
import re
import signal
import subprocess
import sys
import termios
import time

from terminal import (BUILD, CDGTOP, DATA, DEADLINE, FOOTER, KEYS, Screen, batch, cpu_ns, paused_at_20s,
                      replay, until)


def case_rows_are_the_records():
    s = paused_at_20s(size=(24, 160))
    rows = {int(line.split()[0]): line.split() for line in s.lines() if re.match(r" *\d+ \S+:\d+ ", line)}
    # The last word on each flow before that time, and its last snapshot.
    last, snapshot = {}, {}
    for line in subprocess.run([BUILD + "/cdgctl", "-j", "stream", "-e", "all", "--duration", "20s",
                                "--replay", DATA + "/story.cdg"], check=True, capture_output=True,
                               text=True).stdout.splitlines():
        record = json.loads(line)
        if "srtt_us" in record:
            last[record["flow"]] = record
    for line in subprocess.run([BUILD + "/cdgctl", "-j", "flows", "--replay", DATA + "/story.cdg"],
                               check=True, capture_output=True, text=True).stdout.splitlines():
        snapshot[json.loads(line)["flow"]] = json.loads(line)
    header = [line for line in s.lines() if "FLOW" in line][0].replace("v", "").split()
    assert sorted(rows) == [1, 2, 3], s.text()
    for flow in 2, 3:
        row, now, then = dict(zip(header, rows[flow])), last[flow], snapshot[flow]
        address = "[%s]" % now["daddr"] if now["family"] == "ipv6" else now["daddr"]
        assert row["PEER"] == "%s:%d" % (address, now["dport"]), row
        assert row["RTT"] == "%.3gms" % (now["srtt_us"] / 1000), row
        queue = max(0, now["srtt_us"] - then["rtt_lowest_us"])
        assert row["QDELAY"] == "%.3gms" % (queue / 1000), row
        assert row["CWND"] == str(now["cwnd"]) and row["SSTHRESH"] == str(now["ssthresh"]), row
        assert row["RETRANS"] == str(then["retrans_segs"]) and row["STATE"] == then["state"], row
    s.quit()
    s.restored()


def case_every_view():
    s = paused_at_20s()
    s.press("3", wait=r"^destinations.*\n *NAME +FLOWSv")
    assert re.search(r"^10\.0\.0\.2 +1 ", s.text(), re.M), s.text()
    s.press("5", wait="RTT of flows")
    assert re.search(r"flows +3\b.*", s.text()) and re.search(r"<  25\.6ms +3\b", s.text()), s.text()
    s.press("4", wait=r"^fingerprints(.*\n)+No flow here was accepted while SYNs were saved")
    s.press("1", wait=r"^flows by")
    for view in ("detail", "destinations", "fingerprints", "totals", "flows"):
        s.press("f5", wait="^" + view)
    s.quit()


def case_one_flow_in_detail():
    s = paused_at_20s(size=(40, 120))
    s.press("1", "s", "ctrl-u", "flow", "enter", wait="flows by flow$")
    s.press("home", "enter", wait="^detail")
    text = s.wait("latest decisions")
    assert re.search(r"^ +1 10\.0\.0\.1:443 +10\.0\.0\.2:51000 ", text, re.M), text
    assert "backs off, cwnd 40 to 28: gradient 2.4ms, probability 9.59%" in text, text
    assert any("\u2800" < c < "\u2900" for c in text), "no Braille"
    for panel in ("RTT", "gradient", "window"):
        assert re.search("^" + panel, text, re.M), text
    s.press("esc", wait="^flows by")
    s.press("down", "enter", wait=r"^ +2 \[2001:db8::1\]:8080")
    s.press("enter", wait="^flows by")
    s.quit()


def case_flows_with_their_syns():
    s = replay("joined.cdg", size=(40, 150))
    s.wait(FOOTER)
    s.press(" ", wait="PAUSED")
    s.press("}", "s", "ctrl-u", "flow", "enter", wait="by flow$")
    shown = {r["flow"]: r["label"] for r in batch("--replay", DATA + "/joined.cdg") if r["type"] == "top"}
    assert shown == {1: "Linux 4.20 or newer", 2: "Windows 10 or newer", 3: None, 4: None,
                     5: "Linux 4.20 or newer", 6: None}, shown
    for flow, label in shown.items():
        assert re.search(r"^ +%d 10\.0\.0\.2:5100%d .*established %s$" % (flow, flow, label or "-"), s.text(), re.M), s.text()
    s.press("4", wait=r"^fingerprints by flows, largest first")
    rows = [line.rsplit(None, 10) for line in s.lines()[3:] if line and "F10" not in line]
    assert sorted((row[0].strip(), row[1]) for row in rows) == [
        ("4:64:0:1460:mss*44,0:mss,?77:df,id+:0", "1"), ("Linux 4.20 or newer", "2"),
        ("Windows 10 or newer", "1"), ("not_saved", "1")], rows
    assert rows[0][0].startswith("Linux"), rows
    s.press("1", "\\", 'label = "Windows 10 or newer"', "enter", wait="where label")
    s.wait(r"^ +1 10\.0\.0\.2", absent=True)
    s.press("enter", wait="^detail")
    s.wait(r"^ok +Windows 10 or newer +win +exact +4:128:0:1460:mss\*44,8:mss,nop,ws,nop,nop,sok:df,id\+:0")
    s.press("{", wait=r"^ok +Windows")  # back before it was there, and forth again
    s.press("}", "}", wait=r"^ok +Windows")
    s.quit()


def case_sort_search_filter_columns():
    s = paused_at_20s()
    order = lambda: [int(l.split()[0]) for l in s.lines() if re.match(r" *\d+ \S+:\d+ ", l)]
    s.press("s", "ctrl-u", "-flow", "enter", wait="by flow, largest")
    assert order() == [3, 2, 1], s.text()
    s.press("I", wait="by flow$")
    assert order() == [1, 2, 3], s.text()
    s.press("home", "I", wait="by flow, largest")
    s.press("enter", wait=r"^ +1 10\.0\.0\.1:443")  # the line under the cursor follows its flow
    s.press("esc", "I", wait="by flow$")
    s.press(">", wait="by peer$")
    s.press("<", wait="by flow$")
    for key, field in zip("RQBT", ("srtt_us", "queue_delay_us", "backoffs_per_second", "rate_bytes")):
        s.press(key, wait="by " + field)
    s.press("f6", "ctrl-u", "nosuch", "enter", wait="there is no field 'nosuch'")
    s.press("esc", "f4", "flow = 2 or dport = :51002", "enter", wait="where flow = 2 or")
    assert sorted(order()) == [2, 3], s.text()
    s.press("\\", "ctrl-u", "flow >", "enter", wait="filter: ")
    s.press("ctrl-u", "enter", wait="^flows by")
    s.wait("where", absent=True)
    assert sorted(order()) == [1, 2, 3], s.text()
    s.press("s", "ctrl-u", "flow", "enter", wait="by flow$")
    s.press("home", "/", "192.0", wait="Search: 192.0")
    s.press("enter")
    s.press("enter", wait=r"^ +3 192\.0\.2\.1:22")
    s.press("esc", wait="^flows")
    s.press("/", "zzz", "enter", wait="'zzz' is nowhere")
    s.press("f2", "flow,cwnd,shadow", "enter", wait=r"^ *FLOW\^? CWND SHADOW$")
    s.press("C", "ctrl-u", "flow,nosuch", "enter", wait="has no field 'nosuch'")
    s.press("ctrl-u", "enter", wait="GRADIENTS")
    s.press("right", "right", wait=r"FLOW\^? +LOWEST")
    s.press("left", "left", wait=r"FLOW\^? +PEER")
    s.quit()


def case_help_is_the_table_of_keys():
    s = replay("story.cdg", size=(50, 100))
    text = s.press("f1", wait="any key goes back") or ""
    shown = set(re.findall(r"^ (\S.*?)  +\S", s.text(), re.M))
    assert {"F3 /", "F4 \\", "F6 s", "Space", "[ ]", "F10 q", "Ctrl-L"} <= shown, (shown, text)
    s.press(" ", wait="^flows")
    s.press("?", wait="any key goes back")
    s.press("q")
    assert s.ended() == 0


def case_every_key_anywhere():
    everything = list(KEYS) + [chr(c) for c in range(33, 127)] + ["\xe4", "\x00", "\x1b[200~", "\x1b[99;99z"]
    for key in ("q", "f10", "ctrl-c", "ctrl-z", "S"):
        everything.remove(key)
    s = replay("story.cdg", "--speed", "20")
    s.wait(FOOTER)
    for view in "1", "3", "4", "5", "2":
        for key in everything:
            s.press("esc", "esc", view, key, "esc")
            s.pump(0.002)
    s.press("esc", "1", "ctrl-l", wait="^flows by")
    s.quit()
    s.restored()


def case_every_size():
    s = replay("joined.cdg")
    s.wait(FOOTER)
    s.press("1", "enter")
    for view in "1", "2", "3", "4", "5", "h":
        s.press(view)
        for rows, columns in (24, 80), (5, 20), (6, 21), (8, 30), (60, 300), (200, 600), (24, 20), (5, 200):
            s.resize(rows, columns)
            if view != "h":
                s.wait("cdgtop")
            assert "too small" not in s.text()
        for rows, columns in (4, 80), (24, 19), (1, 1), (2, 300), (1, 40):
            s.resize(rows, columns)
            if columns >= 18:
                s.wait("terminal too small")
        s.resize(24, 80)
        s.press("esc", wait="cdgtop")
    s.quit()


def case_resize_storm():
    s = replay("rounds.cdg", "--speed", "50")
    s.wait(FOOTER)
    state = 1
    for i in range(400):
        state = state * 1103515245 + 12345 & 0x7fffffff
        s.resize(1 + state % 70, 1 + state // 70 % 240)
        if i % 40 == 0:
            s.press("v")
        if i % 8 == 0:
            s.pump(0.001)
    s.resize(24, 80)
    s.press("1", wait="^flows by")
    s.quit()
    s.restored()


def case_terminal_that_cannot():
    for term in ("dumb", "", None, "nosuchterminal"):
        s = Screen("--replay", DATA + "/story.cdg", TERM=term)
        code = s.ended()
        assert code == 1 and b"cdgtop -b" in s.raw and b"\x1b" not in s.raw, (code, s.raw)
    done = subprocess.run(["setsid", "-w", CDGTOP, "--replay", DATA + "/story.cdg"], capture_output=True,
                          stdin=subprocess.DEVNULL, env=dict(os.environ, TERM="xterm"))
    assert done.returncode == 1 and b"no terminal here" in done.stderr, done


def case_plain_terminals():
    coloured = lambda s: re.search(rb"\x1b\[(?:[0-9;]*;)?[34][0-7](?:;[0-9;]*)?m", s.raw)
    for options, env, colour in ((), {}, True), ((), {"NO_COLOR": ""}, True), ((), {"NO_COLOR": "1"}, False), \
            (("--no-color",), {}, False):
        s = replay("story.cdg", *options, **env)
        s.wait(FOOTER)
        s.quit()
        assert bool(coloured(s)) == colour, (options, env)
        assert colour or b"\x1b[7m" in s.raw or b";7m" in s.raw, "nothing marks the selection"
    s = paused_at_20s(LC_ALL="C")
    s.press("enter", wait="^detail")
    s.quit()
    assert all(c < 128 for c in s.raw), "not ASCII in the C locale"
    s = replay("story.cdg", "--ascii")
    s.wait(FOOTER)
    s.quit()
    assert all(c < 128 for c in s.raw), "not ASCII with --ascii"
    s = paused_at_20s(TERM="vt100")
    s.quit()


def case_the_terminal_comes_back():
    deadly = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGQUIT,
              signal.SIGTRAP, signal.SIGSYS, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGALRM, signal.SIGUSR1,
              signal.SIGUSR2, signal.SIGPROF, signal.SIGVTALRM, signal.SIGIO)
    for how in ("q", "f10", "ctrl-c", signal.SIGTERM, signal.SIGINT, signal.SIGHUP, *deadly):
        s = replay("story.cdg")
        s.wait(FOOTER)
        if isinstance(how, str):
            s.press(how)
            assert s.ended() == 0, how
        else:
            os.kill(s.child.pid, how)
            code = s.ended()
            assert code == (-how if how in deadly else 0), (how, code)
        s.restored()


def case_stop_and_go_on():
    for stop in (lambda s: s.press("ctrl-z"), lambda s: os.kill(s.child.pid, signal.SIGTSTP)):
        stops_and_goes_on(stop)


def stops_and_goes_on(stop):
    s = replay("story.cdg")
    s.wait(FOOTER)
    stop(s)
    states = []
    until(lambda: states.append(os.waitpid(s.child.pid, os.WUNTRACED | os.WNOHANG)) or states[-1][0])
    assert os.WIFSTOPPED(states[-1][1])
    s.pump(0.2)
    assert termios.tcgetattr(s.child.child_fd)[3] & termios.ECHO
    s.screen.reset()
    os.kill(s.child.pid, signal.SIGCONT)
    s.wait(FOOTER)
    s.quit()
    s.restored()


def case_the_terminal_goes_away():
    s = replay("story.cdg", "--speed", "20")
    s.wait(FOOTER)
    pid = s.child.pid
    os.close(s.child.child_fd)
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
    raise AssertionError("lives on without a terminal")


def case_a_terminal_that_does_not_read():
    s = replay("rounds.cdg", "--speed", "20", size=(60, 300))
    s.wait(FOOTER)
    s.fill("v")                    # each key asks for another screen
    pid, cpu, begin = s.child.pid, cpu_ns(s.child.pid), time.monotonic()
    until(lambda: time.monotonic() > begin + 1)
    assert cpu_ns(pid) - cpu < 0.5e9, "runs in circles while it waits for the terminal"
    os.kill(pid, signal.SIGTERM)
    until(lambda: os.waitpid(pid, os.WNOHANG)[0], 5)


def case_settings():
    home = os.environ["BATS_TEST_TMPDIR"] + "/xdg"
    path = home + "/cdgtop/config"
    s = replay("story.cdg", XDG_CONFIG_HOME=home)
    s.wait(FOOTER)
    s.press("s", "ctrl-u", "-cwnd", "enter", wait="by cwnd, largest")
    s.press("C", "ctrl-u", "flow,cwnd", "enter", wait=r"FLOW CWND")
    s.press("+", wait="every 2s")
    assert not os.path.exists(path), "written without being asked"
    s.quit()
    assert not os.path.exists(path), "written without being asked"
    s = replay("story.cdg", XDG_CONFIG_HOME=home)
    s.wait(FOOTER)
    s.press("s", "ctrl-u", "-cwnd", "enter", wait="by cwnd, largest")
    s.press("C", "ctrl-u", "flow,cwnd", "enter", wait=r"FLOW CWND")
    s.press("+", wait="every 2s")
    s.press("S", wait="saved to")
    s.quit()
    saved = open(path).read()
    assert "interval = 2000ms" in saved and "sort = -cwnd" in saved and "columns = flow,cwnd" in saved, saved
    s = replay("story.cdg", XDG_CONFIG_HOME=home)
    s.wait("by cwnd, largest")
    s.wait(r"FLOW CWNDv$")
    s.quit()
    assert open(path).read() == saved
    open(path, "w").write("# " + "x" * 2000 + "\n" + saved)  # a line of any length is one line
    s = replay("story.cdg", XDG_CONFIG_HOME=home)
    s.wait("by cwnd, largest")
    assert "makes no sense" not in s.text(), s.text()
    s.quit()
    before = open(path).read()
    s = replay("story.cdg", "cwnd > 0" + " or cwnd > 0" * 40, XDG_CONFIG_HOME=home)
    s.wait(FOOTER)
    s.press("S", wait="cannot save the settings")  # half a filter is another one
    s.quit()
    assert open(path).read() == before
    open(path, "a").write("colour = pink\n")
    s = replay("story.cdg", XDG_CONFIG_HOME=home)
    s.wait(r"line \d of .*/cdgtop/config makes no sense")
    s.quit()
    s = replay("story.cdg", XDG_CONFIG_HOME="/dev/null")
    s.wait(FOOTER)
    s.press("S", wait="cannot save the settings")
    s.quit()


def case_interval():
    s = replay("story.cdg", "--speed", "20", "-d", "1h")
    s.wait("replay x20 25s/25s")
    rates = r"[0-9] +[0-9] +69 established"  # they need two looks, and the next is due in an hour
    assert not re.search(rates, s.text()), s.text()
    s.press("-", wait="every 30m")
    for _ in range(20):
        s.press("-")
    s.wait("every 100ms")
    s.wait(rates)
    s.press("+", wait="every 200ms")
    s.press("=", wait="every 400ms")
    s.quit()
    s = replay("story.cdg", "--speed", "20", "-d", "100ms")
    s.wait(rates)
    s.quit()


def case_speed_pause_seek():
    s = replay("story.cdg", "--speed", "10")
    s.wait("replay x10 25s/25s")
    s.press("{", " ", wait=r"PAUSED")
    s.wait(r"replay x10 \d")
    s.press("{", wait=r"replay x10 0us/25s")
    s.wait(r"^ +1 10\.0\.0\.2:51000 +- ")  # what is known then, and nothing of what comes later
    assert not re.search(r"^ +[23] ", s.text(), re.M), s.text()
    s.press("]", wait="speed 20")
    s.press("[", "[", wait="speed 5")
    s.press(".", wait="x5 10s/25s")
    s.press(",", wait="x5 0us/25s")
    s.press("}", wait="x5 25s/25s")
    s.quit()


def case_a_broken_file():
    path = os.environ["BATS_TEST_TMPDIR"] + "/cut.cdg"
    whole = open(DATA + "/story.cdg", "rb").read()
    open(path, "wb").write(whole[:4000])
    s = Screen("--replay", path, "--speed", "100")
    s.wait("is cut off in the middle of a record at byte")
    s.wait(r"^ +1 10\.0\.0\.2:51000")
    s.quit()
    done = subprocess.run([CDGTOP, "-b", "-j", "--replay", path], capture_output=True, text=True)
    assert done.returncode == 2 and "cut off" in done.stderr, done
    assert any(json.loads(line)["type"] == "top" for line in done.stdout.splitlines())


def case_hostile_records():
    s = replay("hostile.cdg", "--no-color")
    s.wait(FOOTER)
    for view in "13452":
        s.press(view)
        s.pump(0.2)
    s.press("1", "C", "ctrl-u", "all", "enter")
    for _ in range(60):
        s.press("right")
        s.pump(0.005)
    s.press("C", "ctrl-u", "flow,cc", "enter", wait=re.escape('"\\?[31m?é???'))
    s.quit()
    for control in b"\x1b[31m", b"\xff", b"\x7f", b"\xc2\x9b":
        assert control not in s.raw, control


def case_nothing_is_loaded():
    s = Screen("--pin-dir", "/nonexistent/cdg")
    s.wait("Nothing to show yet")
    s.wait(r"/nonexistent|cdgctl load|BPF")
    for view in "13452hv":
        s.press(view, "esc")
    s.wait(FOOTER)
    s.quit()
    s.restored()


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]]()
