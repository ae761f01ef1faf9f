#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Audits the records of `cdgctl -j stream`: every number against what CDG is defined to do.

audit.py rounds FILE [WINDOW]         each round by itself, and each flow's sums over its rounds
audit.py coin FILE [DRAWS FACTOR]     the coins: thresholds, decisions, and whether chance is fair
audit.py threshold GRAD_US FACTOR     prints the threshold

An implementation of its own: exact factors from math.exp, nothing shared with the C code. Says
what it looked at; the first contradiction ends it with exit code 1.
"""
import collections
import json
import math
import sys

FULL = (1 << 32) - 1
# e^-(0.000256 * 2^k) in 1/65536, to nearest, but for two of them upwards.
FACTORS = [math.ceil(x) if k in (5, 10) else round(x) for k in range(16)
           for x in [math.exp(-0.000256 * 2 ** k) * 65536]]
DRAWN = ("keep", "backoff", "suppressed")


def nexp(ux):
    """(2^32 - 1) e^(-ux / 1e6) in 32-bit fixed point."""
    high, low = divmod(ux, 256)
    if high > 0xffff:
        return 0
    result = FULL - low * 4294
    for k, factor in enumerate(FACTORS):
        if high >> k & 1:
            result = result * factor >> 16
    return result


def threshold(grad_us, factor):
    return nexp(min(grad_us * factor, FULL))


def check(truth, record, sentence):
    if not truth:
        sys.exit(f"{sentence}:\n{json.dumps(record)}")


def read(path, kinds):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["type"] in kinds:
                yield record


def check_round(r):
    check(0 < r["rtt_max_us"] or r["rtt_min_us"] > 0, r, "a round without a sample")
    check(r["rtt_min_us"] <= r["rtt_max_us"], r, "the smallest RTT is above the largest")
    check(1 <= r["cwnd"] < 1 << 20 and (r["ssthresh"] is None or r["ssthresh"] >= 2), r, "windows")
    check(r["inflight"] <= 2 * r["cwnd"] + 64, r, "more in flight than the windows explain")
    drawn = r["verdict"] in DRAWN
    check(drawn == (r["random"] is not None) == (r["threshold"] is not None), r,
          "coins and verdicts contradict each other")
    if drawn:
        check(r["grad_us"] > 0, r, "a coin without a positive gradient")
        check((r["random"] > r["threshold"]) == (r["verdict"] != "keep"), r,
              "the verdict is not what the coin says")
    elif r["verdict"] == "falling":
        check(r["grad_us"] <= 0, r, "a positive gradient called falling")
    else:
        check(r["verdict"] in ("no_reference", "recovering"), r, "an unknown verdict")


def extrapolated(total, window, filled):
    return int(math.copysign(abs(total) * window // filled, total))


def check_sums(r, ring, count, window):
    """ring: this flow's last gradients with this one; count: how many it has had."""
    sum_min, sum_max = (sum(g[i] for g in ring) for i in (0, 1))
    check((r["sum_min_us"], r["sum_max_us"]) == (sum_min, sum_max), r,
          f"the sums are not those of the last {window} gradients, {sum_min} and {sum_max}")
    grad = sum_min if sum_min > 0 else sum_max
    if count < window:
        grad = extrapolated(grad, window, count)
    check(r["grad_us"] == grad, r, f"the gradient should be {grad}")


class Flow:
    """What has been seen of a flow. whole: since it began, so that a ring half full is known."""

    def __init__(self, window, whole):
        self.ring = collections.deque(maxlen=window)
        self.count = 0
        self.whole = whole
        self.number = None

    def add(self, r, window):
        """Returns whether there was enough to check the sums."""
        check(self.number in (None, r["round"] - 1), r, f"round {self.number} came before it")
        self.number = r["round"]
        if r["verdict"] == "no_reference":
            return False
        self.ring.append((r["grad_min_us"], r["grad_max_us"]))
        self.count += 1
        if not self.whole and self.count < window:
            return False
        check_sums(r, self.ring, self.count, window)
        return True


def audit_rounds(path, window="8"):
    window = int(window)
    flows = {}
    sums = 0
    verdicts = collections.Counter()
    for r in read(path, ("round", "flow_start", "restart")):
        flow = flows.setdefault(r["flow"], Flow(window, r["type"] == "flow_start"))
        if r["type"] == "round":
            check_round(r)
            verdicts[r["verdict"]] += 1
            sums += flow.add(r, window)
        elif r["type"] == "restart":
            flow.ring.clear()
            flow.count, flow.whole = 0, True
    print(f"{sum(verdicts.values())} rounds of {len(flows)} flows, {sums} sums: {dict(verdicts)}")
    if not sums:
        sys.exit("no sums to audit")


def binomial_tail(n, p, k, upper):
    """P(X >= k) or P(X <= k), exactly."""
    if p <= 0 or p >= 1:
        sure = 0 if p <= 0 else n
        return 1.0 if (sure >= k if upper else sure <= k) else 0.0
    terms = range(k, n + 1) if upper else range(k, -1, -1)
    total = 0.0
    for i in terms:
        term = math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) +
                        i * math.log(p) + (n - i) * math.log1p(-p))
        total += term
        if term < total * 1e-15:
            break
    return total


def chi_square_limit(degrees, z):
    """Wilson and Hilferty's approximation; z: normal quantile."""
    part = 2 / (9 * degrees)
    return degrees * (1 - part + z * math.sqrt(part)) ** 3


def check_bins(draws, bins, risk):
    """Back-offs per bin of the threshold, against the sum of their probabilities."""
    groups = collections.defaultdict(list)
    for r in draws:
        groups[r["threshold"] * bins >> 32].append(r)
    for index, group in sorted(groups.items()):
        n = len(group)
        hits = sum(r["verdict"] != "keep" for r in group)
        p = sum(1 - (r["threshold"] + 1) / 2 ** 32 for r in group) / n
        chance = min(binomial_tail(n, p, hits, True), binomial_tail(n, p, hits, False))
        print(f"threshold in bin {index:2}: {n:6} draws, {hits:6} above, {n * p:9.1f} expected")
        if chance < risk / (2 * len(groups)):
            sys.exit(f"bin {index}: {hits} of {n} where {n * p:.1f} are expected is a chance of {chance:.2g}")


def check_uniform(draws, bins, z):
    seen = collections.Counter(r["random"] * bins >> 32 for r in draws)
    expected = len(draws) / bins
    chi = sum((seen[i] - expected) ** 2 / expected for i in range(bins))
    limit = chi_square_limit(bins - 1, z)
    print(f"the numbers drawn: chi-square {chi:.1f} over {bins} bins, at most {limit:.1f}")
    if chi > limit:
        sys.exit("the numbers drawn are not uniform")


def audit_coin(path, least="10000", factor="42"):
    draws = [r for r in read(path, ("round",)) if r["verdict"] in DRAWN]
    for r in draws:
        check_round(r)
        expected = threshold(r["grad_us"], int(factor))
        check(r["threshold"] == expected, r, f"the threshold should be {expected}")
    print(f"{len(draws)} coins of {len({r['flow'] for r in draws})} flows")
    if len(draws) < int(least):
        sys.exit(f"at least {least} are needed")
    check_bins(draws, 16, 0.001)
    check_uniform(draws, 64, 3.0902)


def main():
    audit, *rest = sys.argv[1:]
    if audit == "threshold":
        print(threshold(int(rest[0]), int(rest[1])))
    else:
        {"rounds": audit_rounds, "coin": audit_coin}[audit](*rest)


main()
