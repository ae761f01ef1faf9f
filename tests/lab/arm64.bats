#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab
# Machines of another processor: their own user space, toolkit and channels.

load lab

setup_file() {
	local log=$BATS_FILE_TMPDIR/log
	export REFUSAL=
	command -v qemu-system-aarch64 aarch64-linux-gnu-gcc >/dev/null || REFUSAL="no QEMU or no compiler for arm64 here: run 'scripts/deps lab'"
	[[ -z $REFUSAL ]] || return 0
	if ! cdglab fetch --arch arm64 6.12 >"$log" 2>&1; then
		REFUSAL="arm64 cannot be fetched: $(grep -v '^cdglab: \(reading\|fetching\)' "$log" | tail -n 1)"
		return 0
	fi
	make -s -C "$ROOT" arm64 >"$log" 2>&1 || { cat "$log"; return 1; }
}

@test "arm64: output, errors, exit status and a shared folder come back; cdgctl loads and a flow runs" {
	local share=$BATS_TEST_TMPDIR/share
	mkdir "$share"
	cat >"$share/flow" <<-'END'
		set -e
		trap 'cdgctl unload >&2' EXIT
		cdgctl -q load --no-syn --name other
		iperf3 -s -D
		iperf3 -c 127.0.0.1 -C other -n 1M -J >/share/iperf3
		cdgctl -j status >/share/status
	END
	run -7 --separate-stderr cdglab run --arch arm64 --kernel 6.12 --share "$share" -- \
		bash -c 'uname -m; bash /share/flow; echo oh >&2; exit 7'
	[ "$output" = aarch64 ]
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *"unregistered other"*oh* ]]
	jq -e '.loaded and .flows_started >= 1' "$share/status"
	jq -e '.end.sender_tcp_congestion == "other"' "$share/iperf3"
}

needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux'; }

@test "arm64: programs need the libraries that they need here, and have none of them within" {
	for program in cdgctl cdgtop; do
		diff <(needed "$ROOT/build/$program") <(needed "$ROOT/build/arm64/$program")
	done
}

@test "arm64: what it is built against is looked for where cdglab has put it" {
	unset ARM64_ROOT
	CDGLAB_CACHE=$BATS_TEST_TMPDIR/own XDG_CACHE_HOME=/nowhere run ! make -s -C "$ROOT" arm64
	[[ $output == *"$BATS_TEST_TMPDIR/own/roots/arm64 is missing"* ]]
	CDGLAB_CACHE='' XDG_CACHE_HOME=$BATS_TEST_TMPDIR/xdg run ! make -s -C "$ROOT" arm64
	[[ $output == *"$BATS_TEST_TMPDIR/xdg/cdglab/roots/arm64 is missing"* ]]
	CDGLAB_CACHE='' XDG_CACHE_HOME='' HOME=$BATS_TEST_TMPDIR/home run ! make -s -C "$ROOT" arm64
	[[ $output == *"$BATS_TEST_TMPDIR/home/.cache/cdglab/roots/arm64 is missing"* ]]
}

@test "arm64: what is for amd64 only, and a processor that nobody knows, are refused" {
	run -125 cdglab run --arch arm64 --kernel 6.12 --exact -- true
	[[ $output == *"amd64 only"* ]]
	run -125 cdglab run --arch sparc --kernel 6.12 -- true
	[[ $output == *"amd64 arm64"* ]]
	run -125 cdglab run --arch arm64 --kernel 9.99 -- true
	[[ $output == *"cdglab fetch --arch arm64 9.99"* ]]
}
