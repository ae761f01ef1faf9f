# SPDX-License-Identifier: GPL-2.0
# The summary of a result of `cdglab path` as a table for people.

def pad($n): tostring | " " * ($n - length | if . < 0 then 0 else . end) + .;
def pad_right($n): tostring | . + " " * ($n - length | if . < 0 then 0 else . end);
def fixed($digits): . as $v | ([1, 10, 100, 1000][$digits]) as $f | ($v * $f | round) as $n |
	(if $n < 0 then "-" else "" end) + (($n | fabs) / $f | floor | tostring) +
	(if $digits == 0 then "" else "." + (($n | fabs) % $f | tostring |
		"0" * ($digits - length | if . < 0 then 0 else . end) + .) end);
def value($scale; $digits): if . == null then "-" else .mean / $scale | fixed($digits) end;
def spread($scale; $digits): if .ci95 == null then "" else "+-" + (.ci95 / $scale | fixed($digits)) end;

def heading: [("flows" | pad_right(18)), ("Mbit/s" | pad(9)), ("" | pad(8)), ("share" | pad(6)),
	("queue ms" | pad(9)), ("" | pad(8)), ("p50" | pad(7)), ("p95" | pad(7)), ("p99" | pad(7)),
	("retrans" | pad(8)), ("backoffs/s" | pad(11)), ("" | pad(7)), ("Jain" | pad(6))] | join("");
def set_row: . as $s | (.groups | length == 1) as $single |
	[(.name | pad_right(18)), (.goodput_bps | value(1e6; 2) | pad(9)),
	 (.goodput_bps | spread(1e6; 2) | pad(8)), ("" | pad(6)),
	 (.queue_us | value(1e3; 2) | pad(9)), (.queue_us | spread(1e3; 2) | pad(8)),
	 (.rtt_p50_us | value(1e3; 1) | pad(7)), (.rtt_p95_us | value(1e3; 1) | pad(7)),
	 (.rtt_p99_us | value(1e3; 1) | pad(7)),
	 (.retransmits | value(1; 1) | pad(8)),
	 (if $single then (.backoffs_per_s | value(1; 2) | pad(11)), (.backoffs_per_s | spread(1; 2) | pad(7))
	  else ("" | pad(11)), ("" | pad(7)) end),
	 (.jain | value(1; 3) | pad(6))] | join("");
def group_rows: select(.groups | length > 1) | .groups[] |
	[("  each " + .cc | pad_right(18)), (.goodput_bps | value(1e6; 2) | pad(9)),
	 (.goodput_bps | spread(1e6; 2) | pad(8)), (.share | value(1; 2) | pad(6)),
	 ("" | pad(38)), (.retransmits | value(1; 1) | pad(8)),
	 (.backoffs_per_s | value(1; 2) | pad(11)), (.backoffs_per_s | spread(1; 2) | pad(7))] | join("");

"Linux \(.guest.kernel), \(if .machine.exact then "exact" else "real time" end): " +
"\(.path.rate_bps / 1e6) Mbit/s, \(.path.rtt_us / 1000) ms, buffer \(.path.buffer_packets) packets" +
(if .path.aqm then " of \(.path.aqm)" else "" end) +
(if .path.loss_percent > 0 then ", \(.path.loss_percent) % loss" else "" end) +
(if .path.ecn then ", ECN" else "" end) +
"; \(.duration_s) s without the first \(.skip_s), \(.seeds | length) seed(s)" +
(if .trusted then "" else "; NOT TO BE TRUSTED, see the warnings" end),
heading,
(.summary[] | set_row, group_rows)
