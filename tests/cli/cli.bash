# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the cli tests: they need no root and no kernel support, everything is replayed.
bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${B:-$ROOT/build}
[[ $BUILD == /* ]] || BUILD=$ROOT/$BUILD
CDGCTL=$BUILD/cdgctl
DATA=$BUILD/data
unset NO_COLOR

setup_file() {
	make -s -C "$ROOT" B="$BUILD" records
}

cdgctl() { "$CDGCTL" "$@"; }

# golden NAME ARGUMENT...: the output is that of golden/NAME. CDG_GOLDEN=write renews the file.
golden() {
	local file=$BATS_TEST_DIRNAME/golden/$1
	shift
	if [[ ${CDG_GOLDEN:-} == write ]]; then
		cdgctl "$@" >"$file"
	fi
	diff -u "$file" <(cdgctl "$@")
}

# fails CODE PATTERN ARGUMENT...: exits with CODE, prints nothing on stdout and a line that matches
# PATTERN on stderr; under -j the same as one object on stdout, and stderr stays empty.
fails() {
	local code=$1 pattern=$2
	shift 2
	run --separate-stderr -"$code" cdgctl "$@"
	[[ -z $output ]] || { echo "stdout: $output"; return 1; }
	# shellcheck disable=SC2154 # set by run
	[[ $stderr =~ $pattern ]] || { echo "stderr: $stderr"; return 1; }
	run --separate-stderr -"$code" cdgctl -j "$@"
	[[ -z $stderr ]] || { echo "stderr under -j: $stderr"; return 1; }
	[[ $(jq -s length <<<"$output") -eq 1 ]]
	[[ $(jq -r .error <<<"$output") =~ $pattern ]] || { echo "error: $output"; return 1; }
	[[ $(jq .code <<<"$output") -eq $code ]]
}
