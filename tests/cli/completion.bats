#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The completion functions are driven as bash drives them: words, cursor, function, COMPREPLY.
load cli

setup() {
	[[ -r /usr/share/bash-completion/bash_completion ]] || skip "bash-completion is not installed"
	# They are written for interactive shells, where unset names and failures are nothing special.
	set +eu
	. /usr/share/bash-completion/bash_completion
	. "$ROOT/dist/completion/cdg.bash"
	set -e # by nothing else does bats know a failure
	compopt() { :; }
	PATH=$BUILD:$ROOT/lab:$PATH
}

# What is offered for a line whose cursor is at its end, one word per line; bash splits at '=' and ':'.
offered() { # line
	COMP_LINE=$1
	COMP_POINT=${#1}
	mapfile -t COMP_WORDS < <(grep -oE '[=:]+|[^ =:]+' <<<"$1")
	[[ $1 != *[\ =] ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	set +e
	"_${COMP_WORDS[0]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	set -e
	printf '%s\n' "${COMPREPLY[@]}"
}

offers() { # line word...
	local line=$1 word all
	shift
	all=$(offered "$line")
	for word; do
		grep -qxF -- "$word" <<<"$all" || { echo "'$line' offers not '$word' but: $all"; return 1; }
	done
}

offers_not() { # line word...
	local line=$1 word
	shift
	for word; do
		! offers "$line" "$word" >/dev/null || { echo "'$line' offers $word"; return 1; }
	done
}

@test "completion: every command of cdgctl, and of cdglab" {
	offers "cdgctl " $("$CDGCTL" -j help | jq -r '.commands[].name')
	offers "cdgctl help " load fields
	offers "cdgctl -n blue --pin-dir /x lo" load
	offers_not "cdgctl lo" unload
	offers "cdglab " run shell path matrix list fetch help
}

@test "completion: every option, of all commands" {
	offers "cdgctl --" $("$CDGCTL" -j help | jq -r '.options[] | "--" + .name')
	for command in $("$CDGCTL" -j help | jq -r '.commands[].name'); do
		options=$("$CDGCTL" -j help "$command" | jq -r '.options[] | "--" + .name')
		[[ -z $options ]] || offers "cdgctl -j $command --" $options
	done
	offers "cdgtop --" $("$BUILD/cdgtop" -j --help | jq -r '.options[] | "--" + .name')
	offers "cdglab path --" --rate --buffer --flows --kernel
}

@test "completion: presets and parameters, which are those of the program" {
	keys=$("$CDGCTL" -j fields parameters | jq -r .name | sed '1,/^generation$/d; s/$/=/')
	offers "cdgctl tune " default scavenger freebsd $keys
	offers "cdgctl load " scavenger window=
	[[ $(offered "cdgctl tune backoff_f") == backoff_factor= ]]
	offers_not "cdgctl tune " name= preset=
}

@test "completion: fields for filters, columns and sorting" {
	offers "cdgctl flows " srtt_us backoffs dport
	offers "cdgctl flows --columns " srtt_us
	offers "cdgctl flows -c cwnd,sr" cwnd,srtt_us
	offers "cdgctl flows -c +sr" +srtt_us
	offers "cdgctl syn --columns raw" raw_sig
	offers "cdgtop --sort -sr" -srtt_us
	offers "cdgctl fields " $("$CDGCTL" -j fields | jq -r .record | sort -u)
}

@test "completion: values of options, behind a blank and behind =" {
	offers "cdgctl stream --events " backoff all
	offers "cdgctl stream -e backoff,ro" backoff,round
	offers "cdgctl load --syn-source " save synack auto
	offers "cdgctl load --syn-source=s" save synack
	offers "cdgctl syn --anonymize " prefix hash
	offers "cdgctl load --group ro" root
	offers "cdgctl --color=n" never
	cd "$BATS_TEST_TMPDIR" && mkdir dir && touch file
	offers "cdgctl load --config " file dir
	offers "cdgctl config fi" file
	offers "cdgctl --pin-dir " dir
	offers_not "cdgctl --pin-dir " file
}

@test "completion: the functions pass shellcheck" {
	command -v shellcheck >/dev/null || skip "shellcheck is not installed"
	shellcheck -x -s bash -S warning "$ROOT/dist/completion/cdg.bash"
}

@test "completion: each kind of event that is offered is known" {
	for kind in $_cdg_kinds; do
		"$CDGCTL" -q stream -e "$kind" --replay "$DATA/story.cdg" >/dev/null
	done
}
