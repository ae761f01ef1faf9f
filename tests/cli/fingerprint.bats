#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# cdgctl fingerprint, and its agreement with the real p0f.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	cdgctl=${CDGCTL:-build/cdgctl}
	captures=tests/fuzz/corpus/pcap
	linux=4500003c123440004006000029000201c0000202
	linux+=9c4000500102030400000000a002faf000000000020405b40402080a0000000900000000010303
}

vectors() { jq -r ".vectors[] | $1" tests/data/syn.json; }

@test "every vector that p0f decodes has its raw_sig, muonfp and quirks" {
	vectors 'select(.p0f and .p0f_known_bug == null) | .hex' >"$BATS_TEST_TMPDIR/hex"
	vectors 'select(.p0f and .p0f_known_bug == null) |
		[.p0f.raw_sig, .muonfp, .p0f.quirks, .p0f.raw_mtu // null, .p0f.link // null] | tojson' \
		>"$BATS_TEST_TMPDIR/want"
	"$cdgctl" -j fingerprint - <"$BATS_TEST_TMPDIR/hex" |
		jq -c '[.raw_sig, .muonfp, .quirks, .mtu, .link]' >"$BATS_TEST_TMPDIR/have"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/want")" -eq 80 ]
	if [ ! -e /etc/p0f/p0f.fp ]; then # it names the links
		sed -i 's/,[^,]*]$/]/' "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"
	fi
	diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"
}

@test "what is no SYN is refused with its reason and exit code 1" {
	for name in mal-doff-long:tcp-header-length mal-ihl15:ip-header-length \
		mal-totlen-short:ip-length mal-totlen-long:ip-length mal-fragoff:fragment \
		mal-1byte:short; do
		run "$cdgctl" -j fingerprint "$(vectors "select(.name == \"${name%:*}\").hex")"
		[ "$status" -eq 1 ]
		[ "$(jq -r .status <<<"$output")" = "malformed:${name#*:}" ]
		[ "$(jq -r .raw_sig <<<"$output")" = null ]
	done
}

@test "a record has every name that scripts rely on" {
	run "$cdgctl" -j fingerprint "${linux}07"
	[ "$status" -eq 0 ]
	for key in status raw_sig sig muonfp label class quality dist mtu link quirks win kinds mss \
		scale ttl; do
		jq -e "has(\"$key\")" <<<"$output"
	done
	[ "$(jq -c '[.status, .label, .class, .quality, .win, .kinds, .mss, .scale, .ttl]' <<<"$output")" = \
		'["ok","Linux 4.20 or newer","unix","exact",64240,"2-4-8-1-3",1460,7,64]' ]
}

@test "pcap and pcapng, both byte orders, micro- and nanoseconds, from file and stdin" {
	for file in eth-us-le eth-us-be eth-ns-be eth-ns-le raw sll sll2 null-le loop ng-le ng-be; do
		"$cdgctl" -q -j fingerprint $captures/$file >"$BATS_TEST_TMPDIR/file"
		"$cdgctl" -q -j fingerprint - <$captures/$file >"$BATS_TEST_TMPDIR/stdin"
		jq -se 'map(select(.status == "ok" and .raw_sig)) | length > 0' "$BATS_TEST_TMPDIR/file"
		cmp "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/stdin"
	done
	run "$cdgctl" -q -j fingerprint $captures/eth-ns-be
	[ "$(jq -r .time <<<"${lines[0]}")" = 2023-11-14T22:13:20.000123Z ]
}

@test "saved headers whose data is not there need --saved" {
	local hex
	hex=$(vectors 'select(.name == "linux-tfo-data").hex[0:144]')
	run "$cdgctl" -j fingerprint "$hex"
	[ "$(jq -r .status <<<"$output")" = malformed:ip-length ]
	run "$cdgctl" -j fingerprint --saved "$hex"
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.status, .payload_bytes, .fast_open]' <<<"$output")" = '["ok",5,true]' ]
}

@test "a broken capture shows what was whole, then says where it broke" {
	run "$cdgctl" fingerprint $captures/cut
	[ "$status" -eq 2 ]
	[[ $output == *"4:47+17:0:1460:mss*4,7"* ]]
	[[ $output == *"broken after frame 1"* ]]
	run "$cdgctl" fingerprint $captures/wifi
	[ "$status" -eq 2 ]
	[[ $output == *"IEEE802_11"* ]]
	run "$cdgctl" fingerprint LICENSE
	[ "$status" -eq 1 ]
	[[ $output == *"LICENSE:1: not an even number of hex digits"* ]]
	# An empty line begins like a pcapng capture.
	printf '\n\r\n%s\n' "${linux}07" >"$BATS_TEST_TMPDIR/hex"
	run "$cdgctl" -j fingerprint "$BATS_TEST_TMPDIR/hex"
	[ "$status" -eq 0 ]
	[ "$(jq -r .raw_sig <<<"$output" | wc -l)" -eq 1 ]
}

@test "addresses can be anonymised, by prefix and by a hash with a key" {
	run "$cdgctl" -q -j fingerprint --anonymize=prefix $captures/raw
	[ "$(jq -r '.daddr' <<<"$output" | tr '\n' ' ')" = "198.51.100.0 2001:db8:: " ]
	printf 0123456789abcdef >"$BATS_TEST_TMPDIR/key"
	run "$cdgctl" -q -j fingerprint --anonymize=hash --anonymize-key="$BATS_TEST_TMPDIR/key" $captures/raw
	first=$output
	[[ $(jq -r '.daddr' <<<"${lines[0]}") =~ ^2[45][0-9]\. ]]
	[[ $(jq -r '.daddr' <<<"${lines[1]}") == 100::* ]]
	[[ $output != *198.51.100* && $output != *2001:db8* ]]
	run "$cdgctl" -q -j fingerprint --anonymize=hash --anonymize-key="$BATS_TEST_TMPDIR/key" $captures/raw
	[ "$output" = "$first" ]
	run "$cdgctl" -q -j fingerprint --anonymize=hash $captures/raw
	[ "$output" != "$first" ]
	run "$cdgctl" fingerprint --anonymize=rot13 $captures/raw
	[ "$status" -eq 1 ]
}

@test "a signature file of one's own goes first; a broken one names its line" {
	printf 'classes = x\n[tcp:request]\nlabel = s:x:Mine:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n' \
		>"$BATS_TEST_TMPDIR/my.fp"
	run "$cdgctl" -j fingerprint --db "$BATS_TEST_TMPDIR/my.fp" "${linux}07"
	[ "$(jq -r '.label + "/" + .class' <<<"$output")" = Mine/x ]
	echo 'sig = 4:64' >>"$BATS_TEST_TMPDIR/my.fp"
	run "$cdgctl" fingerprint --db "$BATS_TEST_TMPDIR/my.fp" "${linux}07"
	[ "$status" -eq 1 ]
	[[ $output == *"my.fp:5: a signature has eight fields"* ]]
}

oracle=${B:-build}/tests/p0f_oracle

as_p0f_says() { # COUNT DB
	command -v p0f >/dev/null || skip "p0f is not installed"
	make -s $oracle
	$oracle write "$1" "$2" "$BATS_TEST_TMPDIR/syns.pcap"
	p0f -f "$2" -r "$BATS_TEST_TMPDIR/syns.pcap" -o "$BATS_TEST_TMPDIR/log" >/dev/null
	run $oracle compare "$1" "$2" "$BATS_TEST_TMPDIR/log"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "120,000 generated SYNs: the same from p0f, but for its known bugs" { as_p0f_says 120000 /etc/p0f/p0f.fp; }

@test "signatures with a random TTL: 20,000 SYNs the same from p0f" { as_p0f_says 20000 tests/data/odd.fp; }

@test "hidden SYNs keep their fingerprints, hostile ones too, unless their options are broken" {
	make -s $oracle
	$oracle write 20000 share/cdg-syn.fp "$BATS_TEST_TMPDIR/syns.pcap"
	fingerprints() {
		"$cdgctl" -q -j fingerprint "$@" "$BATS_TEST_TMPDIR/syns.pcap" |
			jq -r 'select(.raw_sig) | [.raw_sig, .muonfp, .sig] | join(" ")'
	}
	fingerprints >"$BATS_TEST_TMPDIR/shown"
	fingerprints --anonymize=hash >"$BATS_TEST_TMPDIR/hidden"
	paste -d'\t' "$BATS_TEST_TMPDIR/shown" "$BATS_TEST_TMPDIR/hidden" | awk -F'\t' '
		$1 !~ /bad/ { whole++; if ($1 != $2) { print; differ = 1 } }
		END { print whole " whole ones"; exit differ || whole < 5000 }'
}
