#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Command lines at random: arguments.py PROGRAM DATA SEED COUNT. A fixed seed makes the same ones.

Half of them are correct but for one wrong item and must be refused for that: exit code 1 (2 for what
cannot be read) with a sentence, with -j as JSON on stdout, before anything else is looked at: the pin
folder of all lines lies in no BPF file system, and a line that is refused for it has got too far. The
other half is drawn from words and bytes; these may succeed, but must neither crash nor hang. No line
can reach a kernel. DATA: the folder of the files that are replayed.
"""
import json
import os
import random
import subprocess
import sys

NOWHERE = "/no/such/folder"
NUMBERS = ["-1", "x", "1e3", "0x", "18446744073709551616", "9" * 400, "", " 1", "1 ", "NaN", "½"]
FILTERS = ["(", ")", "rtt >", "and", "dport = ", "rtt > 5 furlongs", "nosuch = 1", "not", "(" * 5000,
           "dst 300.0.0.1", "rtt > 1ms or", "'", "dport = :99999", "a" * 70000]
TIMES = NUMBERS + ["1parsec", "1 s", "s"]
COLUMNS = ["nosuch", ",", "", "rtt,,", "+", "+nosuch"]
SPEEDS = ["0", "-1", "x", "", "inf", "nan", "0x1", "1e9", "99999999", "1.2.3"]
WORDS_OF = {"--schema": ["nosuch", ""], "--anonymize": ["nosuch", ""], "--db": ["wrong.fp"]}
OUTPUTS = ["", "nosuch:x", "file:", "file:x,rotate=1", "file:x,rotate=", "file:x,keep=3", "file:x,rotate=1M,keep=0",
           "file:x,nosuch=1", "tcp:", "tcp:127.0.0.1", "tcp:127.0.0.1:0", "tcp:127.0.0.1:65536", "tcp:::1:80",
           "tcp::80", "unix:", "unix:" + "x" * 200, "x" * 5000]
PARAMETERS = ["window=" + n for n in NUMBERS] + ["nosuch=1", "=", "=1", "window", "window=7", "use_ineff=5=",
                                                 "nosuch", "use_shadow=2", "hystart_detect=4"]
INSTANCE = [(["--name"], ["a/b", "", "x" * 16, "ü", "a b"]), (["--syn-source"], ["nosuch", ""]),
            (["--syn-entries"], NUMBERS + ["1", "4294967296"]), (["--no-cc", "--name", "x"], ["--no-syn", "--quiet"]),
            (["--no-syn"], ["--no-cc", "--all-netns", "--cgroup=/"])]
EVENTS = [(["-n"], NUMBERS), (["--duration"], TIMES), (["--events"], ["nosuch", ",", "", "round,,"]),
          (["--port"], NUMBERS + ["65536"]), (["--flow"], NUMBERS), (["--sample"], NUMBERS + ["4294967296"]),
          (["--buffer"], NUMBERS + ["1", "262145"]), (["--anonymize"], WORDS_OF["--anonymize"])]
SHIPPED = [(["--schema"], WORDS_OF["--schema"]), (["--output"], OUTPUTS), (["--output-buffer"], NUMBERS + ["1"])]


def below(start, rows):
    return [(start + more, wrong) for more, wrong in rows]


# A correct beginning, what may not follow, and the exit code if it is not 1. @NAME: a file of DATA.
WRONG = {
    "cdgctl": [
        (["tune"], PARAMETERS), (["tune", "scavenger"], PARAMETERS + ["default"]), (["tune", "--dry-run"], PARAMETERS),
        (["flows"], FILTERS), (["flows", "--replay", "@story.cdg"], FILTERS),
        *below(["flows", "--replay", "@story.cdg"], [(["--sort"], ["nosuch", "", "-"]), (["--columns"], COLUMNS),
                                                     *[([o], w) for o, w in WORDS_OF.items()]]),
        (["explain"], FILTERS + ["x", "-1"]), (["explain", "--tuple"], ["1", "a-b", "-", ""]),
        (["explain", "--replay", "@story.cdg"], FILTERS + ["x", "-1"]),
        (["stream"], FILTERS), (["stream", "--replay", "@story.cdg"], FILTERS),
        *below(["stream"], EVENTS + SHIPPED), *below(["stream", "--replay", "@story.cdg"], EVENTS + SHIPPED),
        (["stream", "--replay", "@story.cdg", "--speed"], SPEEDS), (["stream", "--speed"], ["1"]),
        *below(["load"], INSTANCE), (["load"], ["nosuch=1", "window=3", "nosuch"]),
        (["load", "--draws"], ["wrong.draws", "empty"]), (["load", "--config"], ["wrong.conf"]),
        (["load", "--config", "empty"], ["--restricted", "window=8"]), (["load", "--draws"], ["nosuch", "/"], 2),
        (["load", "--config"], ["nosuch", "/"], 2),
        *below(["run"], INSTANCE + EVENTS + SHIPPED), (["run"], FILTERS), (["run", "--preset"], ["nosuch", "window=8", ""]),
        (["syn"], FILTERS), (["syn", "top"], FILTERS), (["syn", "top", "-n"], NUMBERS + ["1025"]),
        (["syn", "-n"], NUMBERS), (["syn", "--columns"], COLUMNS), (["syn"], ["--cookie=1", "--tuple=1-2", "--raw=x"]),
        (["syn", "get", "--tuple"], ["1", "a-b", "-", ""]), (["syn", "get", "--cookie"], NUMBERS),
        (["syn", "get"], ["1", "--count=1"]), *below(["syn"], [([o], w) for o, w in WORDS_OF.items()]),
        (["fingerprint"], ["nosuch.pcap", "4", "zz"]), (["fingerprint"], ["/"], 2),
        (["fingerprint", "--columns"], [c + " 45" for c in COLUMNS if c]),
        (["replay", "@whatif.cdg", "--set"], PARAMETERS), (["replay", "@whatif.cdg", "--seed"], NUMBERS),
        (["replay", "@whatif.cdg"], ["nosuch", "--nosuch"]), (["replay"], ["nosuch", "/", "wrong.conf"], 2),
        *below(["record", "recorded"], EVENTS), (["record", "recorded", "-s"], TIMES), (["record", "recorded"], ["more"]),
        (["metrics"], ["nosuch", "--nosuch"]), (["metrics", "--format"], ["nosuch", ""]),
        (["metrics", "--textfile", "x.prom", "--interval"], TIMES + ["1ms"]), (["metrics", "--interval"], ["1s"]),
        (["metrics"], ["--ready-file=x"]),
        (["serve"], ["nosuch", "--nosuch"]), (["serve", "--web-config"], ["wrong.conf"]),
        (["serve", "--web-config"], ["nosuch", "/"], 2),
        (["serve", "--listen"], ["", "nosuch", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "1:2:3", ":",
                                 "[::1", "[::1]", "::1:80", "300.0.0.1:80"]),
        (["config"], ["wrong.conf", "--nosuch"]), (["config", "empty"], ["empty"]), (["config"], ["nosuch", "/"], 2),
        (["status"], ["nosuch", "--nosuch", "-n"]), (["probe"], ["nosuch", "--nosuch"]),
        (["unload"], ["nosuch", "--nosuch", "--timeout=1s"]), (["unload", "--wait", "--timeout"], TIMES),
        (["version"], ["nosuch", "--nosuch"]), (["help"], ["nosuch"]), (["fields"], ["nosuch", "--nosuch"]),
        (["fields", "--json-schema"], ["nosuch", "probe"]), (["--color=nosuch"], ["version"]),
        ([], ["nosuch", "", "-", "--", "--nosuch", "-Z", "\xff"]),
    ],
    "cdgtop": [
        (["-b", "-n"], NUMBERS), (["-b", "-d"], TIMES + ["1ms", "2h"]), (["-b"], FILTERS),
        (["-b", "--sort"], ["nosuch", "", "-"]), (["-b", "--columns"], ["nosuch", ",", "rtt,,"]),
        (["-b", "--view"], ["nosuch", "", "detail"]), (["-b", "--speed"], ["1"]),
        *below(["-b", "--replay", "@story.cdg"], [
            (["-n"], NUMBERS), (["-d"], TIMES + ["1ms", "2h"]), ([], FILTERS), (["--sort"], ["nosuch", "", "-"]),
            (["--columns"], ["nosuch", ",", "rtt,,"]), (["--view"], ["nosuch", "", "detail"]), (["--speed"], SPEEDS)]),
        (["--replay", "@story.cdg"], ["--count=1", "--json"]), ([], ["--nosuch", "-Z"]),
        (["-b", "--replay"], ["nosuch", "/", ""], 2),
    ],
}
FILES = {"wrong.conf": "nosuch = 1\n", "wrong.fp": "[nosuch\n", "wrong.draws": "5001 x\n", "empty": ""}
WORDS = ["-j", "-q", "-p", "-h", "--help", "-n", "-b", "--", "-", "=", "flows", "stream", "tune", "syn", "explain",
         "status", "fields", "help", "version", "probe", "fingerprint", "replay", "--events", "all", "--sort", "rtt",
         "--db", "--speed", "--replay", "--set", "--color=never", "--no-color", "top", "get", "%s%n%s", "1", "0", "\t",
         "dport = 1", "\x01\x02", "é" * 50] + NUMBERS + FILTERS


def draw(rng, name, data):
    """A line, and how it must end: 0 if any way will do."""
    if rng.random() < 0.5:
        start, wrong, *code = rng.choice(WRONG[name])
        line = start + [rng.choice(wrong)]
        return [data + "/" + w[1:] if w[:1] == "@" else w for w in line], code[0] if code else 1
    words = [rng.choice(WORDS) for _ in range(rng.randrange(1, 6))]
    if rng.random() < 0.3:
        words.append(bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 40))))
    return words, 0


def verdict(run, json_wanted, code):
    """What is wrong with how it ended, or None."""
    said = run.stdout if json_wanted else run.stderr
    if not 0 <= run.returncode <= 5:
        return f"ended with {run.returncode}"
    if code and run.returncode == 0:
        return "accepted nonsense"
    if code and run.returncode != code:
        return f"ended with {run.returncode}, not with {code}"
    if code and NOWHERE.encode() in said:
        return "accepted nonsense, and looked for the instance"
    if code and not said.strip():
        return "refused without a word"
    if json_wanted:
        try:
            json.loads(run.stdout)
        except ValueError as error:
            return f"stdout is no JSON: {error}"
    return None


def main():
    program, data, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    name = os.path.basename(program)
    rng = random.Random(seed)
    failed = 0
    for file, text in FILES.items():
        with open(file, "w", encoding="ascii") as out:
            out.write(text)
    for number in range(count):
        words, code = draw(rng, name, data)
        json_wanted = code > 0 and name == "cdgctl" and rng.random() < 0.3
        line = [program, "--pin-dir", NOWHERE + "/cdg"] + (["-j"] if json_wanted else []) + words
        try:
            run = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
            wrong = verdict(run, json_wanted, code)
        except subprocess.TimeoutExpired:
            wrong = "hangs"
        if wrong:
            failed += 1
            print(f"{number}: {wrong}: {[w if len(w) < 80 else w[:80] for w in line[1:]]}")
    if failed:
        print(f"the same lines again: CDG_SEED={seed} CDG_COUNT={count} bats tests/cli/arguments.bats")
    sys.exit(failed > 0)


main()
