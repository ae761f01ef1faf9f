#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab
# Debian's lists and packages, with an apt that is none: what it was asked stands in the file asked.

bats_require_minimum_version 1.5.0
load wait

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

cdglab() { "$ROOT/lab/cdglab" "$@"; }

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/work CDGLAB_CACHE=$BATS_TEST_TMPDIR/cache STATE=$BATS_TEST_TMPDIR
	mkdir "$TMPDIR" "$BATS_TEST_TMPDIR/bin"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	# An update holds a lock, as apt's does, and takes until there is a file go.
	cat >"$BATS_TEST_TMPDIR/bin/apt-get" <<-'END'
		#!/bin/bash
		echo "$@" >>"$STATE/asked"
		case " $* " in
		*" indextargets "*) echo "Debian Debian http://nowhere.invalid/debian" ;;
		*" update "*)
			mkdir "$STATE/lock" || exit 100
			for ((i = 0; i < 600; i++)); do
				[[ ! -e $STATE/go ]] || break
				read -rt 0.05 <> <(:)
			done
			touch "$STATE/read"
			rmdir "$STATE/lock"
			;;
		*" download "*) [ -f "$2" ] ;;
		*) exit 100 ;;
		esac
	END
	cat >"$BATS_TEST_TMPDIR/bin/apt-cache" <<-'END'
		#!/bin/bash
		[[ ! -e $STATE/read ]] || printf '%s\n' linux-image-6.1.0-1-cloud-{amd64,arm64}
	END
	chmod +x "$BATS_TEST_TMPDIR"/bin/*
	cd "$BATS_TEST_TMPDIR"
}

teardown() { [[ -z $(ls -A "$TMPDIR") ]] || { echo "left: $(ls -A "$TMPDIR")"; return 1; }; }

waits_or_ended() { grep -q 'waiting for it' second.err || ! kill -0 "$1" 2>/dev/null; }

@test "two that need the lists at once: one reads them, the other waits for it" {
	local first second
	cdglab list --all >first 3>&- &
	first=$!
	wait_until 30 test -d lock
	cdglab list --all >second 2>second.err 3>&- &
	second=$!
	wait_until 30 waits_or_ended $second
	touch go
	wait $first
	wait $second
	cmp first second
	grep -q '^6.1.0-1-cloud-amd64.*available' first
	[ "$(grep -c ' update$' asked)" -eq 1 ]
}

@test "the architecture in a release's name is that of the lists" {
	touch go
	run -2 cdglab fetch 6.1.0-1-cloud-arm64
	[[ $output == *"user space for arm64"* ]]
	[[ -d cache/apt-arm64 && ! -e cache/apt-amd64 ]]
}

@test "a cache may be named by a relative path" {
	touch go
	CDGLAB_CACHE=cache run -2 cdglab fetch 6.1
	[[ $output == *"cannot keep 6.1.0-1-cloud-amd64"* ]] # the packages are empty
	grep -q ' download ' asked
}
