#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab

load lab

short=(--rate 5mbit --rtt 20ms --duration 4s --skip 2s)

@test "a path of 40 ms measured twice gives the same bytes; idle its RTT varies by less than 0.1 ms; cubic has 0.9 of the rate" {
	local result=$BATS_TEST_TMPDIR/result words=("${short[@]}" --rtt 40ms --flows cubic --json -)
	cdglab path --kernel "$KERNEL" "${words[@]}" >"$result.1"
	cdglab path --kernel "$KERNEL" "${words[@]}" >"$result.2"
	cmp "$result.1" "$result.2" || { diff <(jq -S . "$result.1") <(jq -S . "$result.2") | head -n 20; false; }
	jq -e '.trusted and .machine.exact and (.seeds == [1])' "$result.1"
	jq -e '.path == {rate_bps: 5000000, rtt_us: 40000} + (.path | del(.rate_bps, .rtt_us))' "$result.1"
	jq -e '.runs[0].check | .idle_rtt.mean_us >= 40000 and .idle_rtt.mean_us < 40500 and .idle_rtt.sd_us < 100 and
		(.rate_bps / 5e6 - 1 | fabs) < 0.01' "$result.1"
	jq -e '.summary[0] | .goodput_bps.mean >= 0.9 * 5e6 and .queue_us.mean > 2000 and .jain == null' "$result.1"
	# Nothing comes faster than the path lets it through, be it that a gap is filled: 41 packets in a tenth
	# of a second, and one more where two of its samples part them so.
	jq -e '.runs[0].series.flows[0] | .retransmits[-1] > 10 and
		([.arrived[:-1], .arrived[1:]] | transpose | map((.[1] - .[0]) / 1448) | all(. >= 0 and . < 43))' "$result.1"
}

@test "a path with an AQM and much random loss is as ordered, too" {
	local result=$BATS_TEST_TMPDIR/result
	cdglab path --kernel "$KERNEL" --rate 1mbit --rtt 40ms --buffer 20p --aqm fq_codel --loss 25% --duration 1s --skip 0s \
		--flows cubic --json "$result"
	jq -e '.runs[0].check.warnings == [] and .trusted' "$result"
}

@test "native CDG and ours share a queue, and the back-offs of both are counted" {
	local result=$BATS_TEST_TMPDIR/result
	run -0 --separate-stderr cdglab path --kernel "$KERNEL" --real-time --rate 5mbit --rtt 20ms --buffer 4bdp \
		--duration 8s --skip 1s --flows cdg,cdg_bpf --json "$result"
	[[ ${lines[1]} == flows*Mbit/s*backoffs/s* ]]
	jq -e '.runs[0].flows | map(.cc) == ["cdg", "cdg_bpf"] and all(.goodput_bps > 0)' "$result"
	jq -e '[.summary[0].groups[].backoffs_per_s.mean] | all(. > 0)' "$result"
	jq -e '.guest.cdg.build_id and (.guest.parameters.cdg_bpf | length > 5)' "$result"
}

@test "bursts, transfers, RTTs of their own and several instances of ours in one set" {
	local result=$BATS_TEST_TMPDIR/result
	cdglab path --kernel "$KERNEL" --rate 5mbit --rtt 20ms --buffer 4bdp --duration 8s --skip 1s \
		--ours "gentle: backoff_factor=21" --events rounds --json "$result" \
		--flows 'cdg_bpf~10ms,gentle~60ms,cubic@1+50k/3,gentle+50k%1'
	jq -e '.guest.parameters.gentle[] | select(.name == "backoff_factor") | .value == 21' "$result"
	jq -e '.runs[0].flows | map(select(.cc == "cubic")) | length == 2 and all(.completion_s > 0.02 and .completion_s < 5)' "$result"
	jq -e '.runs[0].flows[4] | .bursts >= 2 and .completion_s == null' "$result"
	# Each begins when it was ordered: no sample before, the first one a tenth of a second after.
	jq -e '.runs[0] as $run | [$run.flows | keys[] as $i | $run.series.flows[$i].t_s[0] - .[$i].start_s] |
		length == 5 and all(. >= 0 and . < 0.15)' "$result"
	# Short ones are counted from their first byte on, and all together have no more than the path.
	jq -e '.runs[0] | .utilisation > 0.8 and .utilisation < 1.01 and ([.flows[].share] | add - 1 | fabs < 0.001) and
		(.flows | map(select(.cc == "cubic")) | length == 2 and all(.bytes >= 50000 and .bytes < 50010 and .retransmits != null))' "$result"
	# Their smallest RTTs are their own, and what of the queue never drained.
	jq -e '.runs[0] as $run | [$run.flows[0, 1].port] | map(. as $port | [$run.decisions[] |
		select(.port == $port and .type == "round") | .rtt_min_us] | min) |
		.[0] >= 10000 and .[0] < 40000 and .[1] >= 60000 and .[1] < 100000' "$result"
	# Every reader ended with its run, so each decision is there once.
	jq -e '.runs[0].decisions | map([.port, .ns, .type]) | length > 10 and (unique | length) == length' "$result"
}

@test "twins: given the numbers that native CDG drew, ours backs off when native did" {
	local result=$BATS_TEST_TMPDIR/result
	cdglab path --kernel "$KERNEL" --twin --rate 5mbit --rtt 20ms --buffer 4bdp --loss 0.2% --duration 2s --skip 500ms \
		--seed 2 --flows cdg --flows cdg_bpf --json "$result"
	# Native goes first although the seed is even.
	jq -e '.twin and (.runs | map(.name) == ["cdg", "cdg_bpf"])' "$result"
	jq -e '.runs[0].draws | .coins > 10 and .rounds > .coins' "$result"
	# A microsecond more or less in an RTT parts them some time; until then nothing does. By numbers
	# of its own ours would have other back-offs from the first on.
	jq -e '[(.runs[0] | .zero_ns as $zero | [.cwr[].ns - $zero]),
		(.runs[1] | .zero_ns as $zero | [.decisions[] | select(.type == "backoff") | .ns - $zero])] |
		map(.[:3]) | (map(length) == [3, 3]) and ([transpose[] | .[0] - .[1] | fabs] | all(. < 100000))' "$result"
	jq -e '.runs | map(.series.flows[0].cwnd[:8]) | (.[0] | length == 8 and (unique | length) > 1) and .[0] == .[1]' "$result"
	# The same packets are lost in both.
	jq -e '.runs | map(.series.flows[0].retransmits) | .[0][-1] > 0 and .[0][:12] == .[1][:12]' "$result"
}

@test "a path that makes no sense is refused in a sentence, before anything boots" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		run -1 cdglab path --kernel "$KERNEL" $words
		[[ $output == *"cdglab help path"* ]] || { echo "$words: $output"; return 1; }
	done <<-END
		--flows
		--flows cdg:x
		--flows cubic --rate 20
		--flows cubic --rate 20mbyte
		--flows cubic --rtt 0ms
		--flows cubic --buffer 0.001bdp
		--flows cubic --loss 100%
		--flows cubic --aqm red
		--flows cubic --duration 5s
		--flows cubic --seeds 0
		--flows cubic --cpus 2
	END
}

@test "a congestion control that the kernel lacks is named" {
	run -2 cdglab path --kernel "$KERNEL" "${short[@]}" --real-time --flows cubic,nosuchcc
	[[ $output == *"no congestion control nosuchcc"* ]]
}
