#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

setup_file() {
	make -s -C "$ROOT" B="$BUILD" records man
}

MAN=$BUILD/man
PAGES="cdgctl.8 cdgtop.8 cdg.conf.5 cdg-json.5"

# A page as one long line per paragraph.
page() { mandoc -Tutf8 -Owidth=1000 "$MAN/$1" | sed 's/.\x08//g'; }

# Lines of a page's part: from the heading $2 to the next one.
part() { page "$1" | awk -v from="$2" '/^ ? ? ?[^ ]/ { in_it = $0 ~ "^ *" from "$" } in_it'; }

needs_mandoc() { command -v mandoc >/dev/null || skip "mandoc is not installed"; }

# Each line of standard input stands in the text $1.
all_in() {
	local line
	while IFS= read -r line; do
		grep -qF -- "$line" <<<"$1" || { echo "missing: $line"; return 1; }
	done
}

@test "man: the pages pass mandoc's lint and man's warnings" {
	needs_mandoc
	for page in $PAGES; do
		[ -z "$(mandoc -Tlint -Wwarning "$MAN/$page" | grep -v 'outdated mandoc.db')" ]
		[ -z "$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -l "$MAN/$page" 2>&1 >/dev/null)" ]
	done
}

@test "man: cdg-json(5) has every field of every record with type, unit and meaning" {
	needs_mandoc
	events=$(part cdg-json.5 "Every event" | tr -s ' ')
	[[ $events == *" seq "* ]]
	for record in $(cdgctl -j fields | jq -r .record | sort -u); do
		text=$(part cdg-json.5 "Record $record" | tr -s ' ')
		[[ $text == *"members of every event"* ]] && text+=$events
		cdgctl -j fields "$record" | jq -r 'select(.json) | " \(.name) (\([.type, .unit, .metric] |
			map(select(.)) | join(", "))) \(.help)"' | tr -s ' ' | all_in "$(tr '\n' ' ' <<<"$text" | tr -s ' ')"
	done
}

@test "man: cdg-json(5) has the names under --schema=ecs and otel" {
	needs_mandoc
	text=$(part cdg-json.5 "OTHER NAMES" | tr '\n' ' ' | tr -s ' ')
	for name in ecs otel; do
		cdgctl -j fields | jq -r --arg to "$name" 'select(.json)[$to] // empty' | grep -v '^cdg\.' | sort -u |
			all_in "$text"
	done
	cdgctl -j fields | jq -r 'select(.json and .ecs and (.ecs | startswith("cdg.") | not)) | " \(.name) ECS "' |
		all_in "$text"
}

@test "man: cdg.conf(5) has every key of cdgctl config" {
	needs_mandoc
	text=$(part cdg.conf.5 KEYS | tr '\n' ' ' | tr -s ' ')
	cdgctl -j config | jq -r '" \(.key) (\(if .unit then "in \(.unit); " else "" end)\(.values)"' | all_in "$text"
}

@test "man: cdgctl(8) has every command, option and metric" {
	needs_mandoc
	text=$(page cdgctl.8 | tr '\n' ' ' | tr -s ' ')
	for command in $(cdgctl -j help | jq -r '.commands[].name'); do
		part cdgctl.8 "$command" | grep -q "cdgctl \[OPTIONS\] $command"
		cdgctl -j help "$command" | jq -r '.options[] | "--\(.name)\(if .type == "maybe" then "=" else " " end)\(.argument // "")"' |
			sed 's/ $//' | all_in "$(part cdgctl.8 "$command")"
	done
	cdgctl -j metrics --list | jq -r '" \(.name) (\(.type)"' | all_in "$text"
}

@test "man: cdgtop(8) has every option and every key" {
	needs_mandoc
	"$BUILD/cdgtop" -j --help | jq -r '.options[] | "--\(.name)"' | all_in "$(part cdgtop.8 OPTIONS)"
	"$BUILD/cdgtop" -j --help | jq -r '.keys[].help | ascii_downcase' >"$BATS_TEST_TMPDIR/keys"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/keys")" -ge 20 ]
	all_in "$(part cdgtop.8 KEYS | sed 's/./\L&/g')" <"$BATS_TEST_TMPDIR/keys"
}

@test "man: the examples on recordings run" {
	needs_mandoc
	cd "$DATA"
	PATH=$BUILD:$PATH
	for page in $PAGES; do part "$page" EXAMPLES | grep -E 'story.cdg|config -$' || true; done |
		sed 's/^ *//' >"$BATS_TEST_TMPDIR/examples"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/examples")" -ge 9 ]
	while IFS= read -r example; do
		bash -c "set -o pipefail; $example" >"$BATS_TEST_TMPDIR/out" </dev/null
		[ -s "$BATS_TEST_TMPDIR/out" ]
	done <"$BATS_TEST_TMPDIR/examples"
}

@test "man: first aid types what there is" {
	needs_mandoc
	part cdgctl.8 "FIRST AID" | grep -oE '^ +cdgctl [a-z].*' | sed 's/^ *cdgctl //' >"$BATS_TEST_TMPDIR/typed"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/typed")" -ge 5 ]
	while read -r command words; do
		case $command in
		tune) cdgctl replay "$DATA/story.cdg" --set $words ;;
		explain) cdgctl explain --replay "$DATA/story.cdg" 2 ;;
		flows) cdgctl flows $words --replay "$DATA/story.cdg" ;;
		*) cdgctl help "$command" ;;
		esac >/dev/null
	done <"$BATS_TEST_TMPDIR/typed"
}
