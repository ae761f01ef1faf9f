#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

COMMANDS="probe load unload run status tune stream record replay flows explain syn fingerprint metrics serve config fields version help"

@test "help goes to stdout with exit code 0, for all and for each command" {
	run --separate-stderr -0 cdgctl help
	[ -z "$stderr" ]
	for command in $COMMANDS; do
		[[ $output =~ "  $command " ]]
	done
	cmp <(cdgctl help) <(cdgctl --help)
	for command in $COMMANDS; do
		cdgctl "help" "$command" | grep -q "^Usage: cdgctl \[OPTIONS\] $command"
		! cdgctl "help" "$command" | grep -F '(null)' || return 1
		[ "$command" = help ] || cmp <(cdgctl help "$command") <(cdgctl "$command" help)
		cmp <(cdgctl help "$command") <(cdgctl "$command" --help)
	done
}

@test "help as JSON names every command and every option" {
	cdgctl -j help | jq -e --arg all "$COMMANDS" '
		([.commands[].name] | sort) == ($all | split(" ") | sort) and
		any(.options[]; .name == "netns" and .letter == "n" and .argument == "NAME")'
	for command in $COMMANDS; do
		cdgctl -j help "$command" | jq -e --arg name "$command" '
			.name == $name and .help and (.options | type) == "array"'
	done
}

@test "version, also as -V, with what it was built from" {
	cmp <(cdgctl version) <(cdgctl -V)
	cmp <(cdgctl -j version) <(cdgctl -j --version)
	cdgctl -jV | jq -e '.version and (.build_id | test("^[0-9a-f]{40}$")) and
		(.libbpf_version | test("^[0-9]+\\.[0-9]+"))'
}

@test "unambiguous prefixes of commands and options will do" {
	cmp <(cdgctl vers) <(cdgctl version)
	cmp <(cdgctl -j str --ev round --rep "$DATA/story.cdg") \
		<(cdgctl --json stream --events=round --replay="$DATA/story.cdg")
	fails 1 "'s' is ambiguous: status or stream" s
	fails 1 "'re' is ambiguous: record or replay" re
	fails 1 "'--r' is ambiguous: --" stream --r "$DATA/story.cdg"
}

@test "options may stand before, between and behind arguments, letters together" {
	cmp <(cdgctl -jq flows -c flow,cwnd --replay "$DATA/story.cdg" flow = 2) \
		<(cdgctl -q --json flows flow = --columns=flow,cwnd 2 --replay "$DATA/story.cdg")
	cmp <(cdgctl -j stream -n2 --replay "$DATA/story.cdg") \
		<(cdgctl -j stream --count 2 --replay "$DATA/story.cdg")
	cdgctl -j flows --replay "$DATA/story.cdg" -- last_grad_us '>' -5 | jq -se 'length > 0 and all(.flow)'
	cdgctl -j flows --replay "$DATA/story.cdg" last_grad_us '>' -5 | jq -se 'length > 0 and all(.flow)'
}

@test "wrong usage: exit code 1 and a hint" {
	fails 1 "no command is given; 'cdgctl help'"
	fails 1 "unknown command 'strem'" strem
	fails 1 "unknown command ''" ""
	fails 1 "unknown option '--nosuch'.*try 'cdgctl help stream'" stream --nosuch
	fails 1 "unknown option '--replai', did you mean '--replay'" stream --replai x
	fails 1 "unknown option '-Z'" stream -Z
	fails 1 "unknown option '-Z'" -Z
	fails 1 "--replay needs a value: FILE" stream --replay
	fails 1 "--count needs a whole number, not 'x'" stream --count x
	fails 1 "--count needs a whole number" stream --count -1
	fails 1 "--duration needs a time such as" stream --duration 5y
	fails 1 "--port needs a port" stream --port 70000
	fails 1 "--sample needs a number" stream --sample 4294967296
	fails 1 "--speed needs --replay" stream --speed 2
	for speed in 0 x inf 0x10 -1 2xx 1e3 1.2.3; do
		fails 1 "--speed needs a factor .* not '$speed'" stream --replay /dev/null --speed=$speed
	done
	fails 1 "expected the name of one file" record
	fails 1 "unknown kind of event" record --events rounds /dev/null
	fails 1 "--buffer needs a number" stream --buffer 1
	fails 1 "--color knows always, auto and never, not 'pink'" --color=pink version
	fails 1 "unknown kind of event 'rounds', did you mean 'round'" stream --events rounds
	fails 1 "unknown kind of event 'flows', did you mean 'flow'" stream --events round,flows
	fails 1 "unknown kind of event ''" stream --events round,
	fails 1 "no record 'flwo', did you mean 'flow'" fields flwo
	fails 1 "expected one command" help stream flows
	fails 1 "takes no arguments" version 2
	fails 1 "--columns goes with the list alone" syn top --columns +cwnd
	fails 1 "go with 'syn get'" syn top --cookie 3
	fails 1 "--count does not go with it" syn get --cookie 3 --count 3
	fails 1 "--no-cc has no parameters" run --no-cc --preset scavenger
}

@test "what cannot be read or listened on ends with 2, and says why" {
	fails 2 "signature file /nowhere" stream --db /nowhere
	fails 2 "too many addresses" serve $(printf -- '--listen 127.0.0.1:0 %.0s' {1..17})
}

@test "a network namespace that is not there" {
	fails 2 "no network namespace 'nosuch'; 'ip netns list'" -n nosuch version
}

@test "errors under -p are pretty, and still one object" {
	run --separate-stderr -1 cdgctl -p nosuch
	[ "${#lines[@]}" -gt 2 ]
	jq -e '.code == 1' <<<"$output"
	run --separate-stderr -1 cdgctl nosuch -j
	[ -z "$output" ]
}

@test "colour only where it is wanted" {
	plain=$(cdgctl stream --replay "$DATA/story.cdg")
	[[ $plain != *$'\033'* ]]
	[[ $(cdgctl --color stream --replay "$DATA/story.cdg") == *$'\033[33mbackoff'* ]]
	[[ $(NO_COLOR=1 cdgctl --color=always stream --replay "$DATA/story.cdg") == *$'\033'* ]]
	[ "$(cdgctl --color=never stream --replay "$DATA/story.cdg")" = "$plain" ]
	[[ $(cdgctl --color -j stream --replay "$DATA/story.cdg") != *$'\033'* ]]
	sed 's/\x1b\[[0-9;]*m//g' <(cdgctl -c stream --replay "$DATA/story.cdg") | diff - <(echo "$plain")
}

@test "colour on a terminal, unless NO_COLOR or TERM=dumb" {
	command -v script >/dev/null || skip "script(1) is not installed"
	tty() { script -qec "$1 '$CDGCTL' flows --replay '$DATA/story.cdg'" /dev/null </dev/null; }
	[[ $(tty TERM=xterm) == *$'\033[1m'* ]]
	[[ $(tty "NO_COLOR=1 TERM=xterm") != *$'\033'* ]]
	[[ $(tty TERM=dumb) != *$'\033'* ]]
}

@test "fields: every field of every record has a name, a type and a sentence" {
	cdgctl -j fields | jq -e -s 'length > 300 and all(.[];
		(.record | length) > 0 and (.name | test("^[a-z][a-z0-9_]*$")) and .type and
		(.help | length) > 8 and (.help | endswith(".")))'
}

@test "fields: names are unique within a record" {
	cdgctl -j fields | jq -e -s 'group_by(.record) | all(.[]; length == (map(.name) | unique | length))'
}

@test "fields: a unit in the name is the unit in the table" {
	cdgctl -j fields | jq -e -s 'all(.[];
		(.unit == "microseconds") == (.name | endswith("_us")) and
		(.unit == "bytes per second") == (.name | endswith("_bytes_per_second")))'
}

@test "fields: JSON has exactly the keys that the table promises, in its order" {
	cdgctl -j stream -e all --replay "$DATA/story.cdg" >"$BATS_TEST_TMPDIR/all"
	cdgctl -j flows --replay "$DATA/story.cdg" >>"$BATS_TEST_TMPDIR/all"
	for type in $(jq -r .type "$BATS_TEST_TMPDIR/all" | sort -u); do
		diff <(jq -c --arg t "$type" 'select(.type == $t) | keys_unsorted - ["schema", "type"]' \
			"$BATS_TEST_TMPDIR/all" | sort -u) \
			<(cdgctl -j fields "$type" | jq -s -c 'map(select(.json).name)')
	done
	[ "$(jq -r .type "$BATS_TEST_TMPDIR/all" | sort -u | wc -l)" -eq 13 ]
}

@test "fields: of one record as text, with its own sentence" {
	run -0 cdgctl fields cut
	[[ ${lines[0]} =~ ^cut:\ The\ stack ]]
	[[ $output =~ "Why the stack reduces." ]]
}
