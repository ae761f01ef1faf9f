#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Command lines at random: arguments.py PROGRAM SEED COUNT. A fixed seed makes the same ones.

Half of them are correct but for one wrong item and must be refused: exit code 1 to 5 with a sentence,
with -j as JSON on stdout. The other half is drawn from words and bytes; these may succeed, but must
neither crash nor hang. No line can reach a kernel: the pin folder of all of them lies in no BPF file system.
"""
import json
import os
import random
import subprocess
import sys

NUMBERS = ["-1", "x", "1e3", "0x", "18446744073709551616", "9" * 400, "", " 1", "1 ", "NaN", "½"]
FILTERS = ["(", ")", "rtt >", "and", "dport = ", "rtt > 5 furlongs", "nosuch = 1", "not", "(" * 5000,
           "dst 300.0.0.1", "rtt > 1ms or", "'", "dport = :99999", "a" * 70000]
# A correct beginning, and what may not follow.
WRONG = {
    "cdgctl": [
        (["tune"], ["window=" + n for n in NUMBERS] + ["nosuch=1", "=", "=1", "window", "window=7", "use_ineff=5="]),
        (["flows"], FILTERS), (["explain"], FILTERS[:6] + ["x", "-1"]),
        (["stream", "-n"], NUMBERS), (["stream", "--duration"], NUMBERS + ["1parsec"]),
        (["stream", "--events"], ["nosuch", ",", "", "round,,"]), (["stream", "--port"], NUMBERS + ["65536"]),
        (["load", "--name"], ["a/b", "", "x" * 16, "ü", "a b"]), (["load"], ["nosuch=1", "window=3"]),
        (["load", "--syn-source"], ["nosuch"]), (["syn"], FILTERS), (["syn", "get", "--tuple"], ["1", "a-b", "-"]),
        (["fingerprint"], ["nosuch.pcap", "/", ""]), (["replay"], ["nosuch", "/"]),
        (["record", "/no/such/folder/f", "-s"], NUMBERS), (["help"], ["nosuch"]), (["fields"], ["nosuch"]),
        ([], ["nosuch", "", "-", "--", "--nosuch", "-Z", "\xff"]),
    ],
    "cdgtop": [
        (["-b", "-n"], NUMBERS), (["-b", "-d"], NUMBERS), (["-b", "--filter"], FILTERS),
        (["-b", "--sort"], ["nosuch", ""]), (["-b", "--columns"], ["nosuch", ",", "rtt,,"]),
        (["--replay"], ["nosuch", "/", ""]), ([], ["--nosuch", "-Z", "nosuch"]),
    ],
}
WORDS = ["-j", "-q", "-p", "-h", "--help", "-n", "-b", "--", "-", "=", "flows", "stream", "tune", "syn", "explain",
         "status", "fields", "help", "version", "probe", "fingerprint", "replay", "--events", "all", "--sort", "rtt",
         "--db", "--speed", "--replay", "--set", "--color=never", "--no-color", "top", "get", "%s%n%s", "1", "0", "\t",
         "dport = 1", "\x01\x02", "é" * 50] + NUMBERS + FILTERS


def draw(rng, name):
    if rng.random() < 0.5:
        start, wrong = rng.choice(WRONG[name])
        return start + [rng.choice(wrong)], True
    words = [rng.choice(WORDS) for _ in range(rng.randrange(1, 6))]
    if rng.random() < 0.3:
        words.append(bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 40))))
    return words, False


def verdict(run, json_wanted, must_fail):
    """What is wrong with how it ended, or None."""
    if not 0 <= run.returncode <= 5:
        return f"ended with {run.returncode}"
    if must_fail and run.returncode == 0:
        return "accepted nonsense"
    if must_fail and not (run.stdout + (b"" if json_wanted else run.stderr)).strip():
        return "refused without a word"
    if json_wanted:
        try:
            json.loads(run.stdout)
        except ValueError as error:
            return f"stdout is no JSON: {error}"
    return None


def main():
    program, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    name = os.path.basename(program)
    rng = random.Random(seed)
    failed = 0
    for number in range(count):
        words, must_fail = draw(rng, name)
        json_wanted = must_fail and name == "cdgctl" and rng.random() < 0.3
        line = [program, "--pin-dir", "/no/such/folder/cdg"] + (["-j"] if json_wanted else []) + words
        try:
            run = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
            wrong = verdict(run, json_wanted, must_fail)
        except subprocess.TimeoutExpired:
            wrong = "hangs"
        if wrong:
            failed += 1
            print(f"{number}: {wrong}: {[w if len(w) < 80 else w[:80] for w in line[1:]]}")
    sys.exit(failed > 0)


main()
