# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion for cdgctl, cdgtop and cdglab. Commands, options, fields, keys and presets come from the
# programs' own help, so that new ones are offered without a change here. Needs bash-completion.

# Runs the program that is being completed; sbin is not in everybody's PATH.
_cdg_ask() { PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin timeout 2 "$@" 2>/dev/null </dev/null; }

# Help text -> "--option ARGUMENT" per line, the argument empty for a flag.
_cdg_options() {
	sed -nE 'h; s/^  (-[a-zA-Z], )?(--[a-z][a-z.-]*)(( |\[=)([^] ]+))?\]?( .*|$)/\2 \5/p
		g; s/^  (-[a-zA-Z]), --[a-z][a-z.-]* ([^ ]+) .*/\1 \2/p'
}

# The argument of option $1 in the help on standard input; fails if it takes none.
_cdg_argument() {
	local option argument
	while read -r option argument; do
		[[ $option == "$1" ]] || continue
		[[ -n $argument ]] && printf '%s\n' "$argument"
		return
	done < <(_cdg_options)
	return 1
}

_cdg_commands() { sed -nE '/^Commands/,/^$/s/^  ([a-z]+) .*/\1/p'; }
_cdg_keys() { _cdg_ask "$1" config | awk 'NR > 1 { print $1 }'; }
_cdg_parameters() { _cdg_keys "$1" | sed '1,/^preset$/d'; }
_cdg_presets() { _cdg_ask "$1" config | sed -nE 's/^preset +[a-z]+ +[a-z]+ +(([a-z]+, )*[a-z]+).*/\1/p' | tr -d ,; }
_cdg_records() { _cdg_ask "$1" fields | awk 'NR > 1 { print $1 }' | uniq; }
_cdg_fields() { _cdg_ask "$1" fields "$2" | awk 'NR > 3 { print $2 }'; }

_cdg_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }

# Words of a list with commas: what stands before the last comma stays.
_cdg_list() {
	local before=
	[[ $cur == *,* ]] && before=${cur%,*},
	[[ -z $before && $cur == +* ]] && before=+
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur#"$before"}")
	compopt -o nospace
}

# key=value, where only the key is known.
_cdg_assignments() {
	_cdg_words "$1"
	[[ ${#COMPREPLY[@]} -eq 0 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}

_cdg_kinds="round backoff suppressed cut undo slow_start_exit restart flow_start flow_end syn decisions flow all"

# Record whose fields a command shows.
_cdg_record_of() {
	case $1 in
	syn | fingerprint) echo syn ;;
	*) echo flow ;;
	esac
}

# Value of an option: $1 program that knows fields, $2 command, $3 option, $4 its argument's name.
_cdg_value() {
	case $3:$4 in
	--events:* | -e:*) _cdg_list "$_cdg_kinds" ;;
	*:*\|*) _cdg_words "${4//|/ }" ;;
	--columns:* | -c:LIST) _cdg_list "$(_cdg_fields "$1" "$(_cdg_record_of "$2")")" ;;
	--netns:*) _cdg_words "$(_cdg_ask ls /run/netns)" ;;
	*:FIELD) _cdg_words "$(_cdg_fields "$1" flow | sed 'p; s/^/-/')" ;;
	*:PRESET) _cdg_words "$(_cdg_presets "$1")" ;;
	*:GROUP) _cdg_words "$(getent group | cut -d: -f1)" ;;
	*:SOURCE) _cdg_words "save synack auto" ;;
	*:WHEN) _cdg_words "always auto never" ;;
	*:VIEW) _cdg_words "flows destinations fingerprints totals" ;;
	--cgroup:* | *:DIR) _filedir -d ;;
	*:FILE* | *:PATH) _filedir ;;
	esac
}

# Completes the value of the option in front of the cursor, if it takes one. $1 program that knows
# fields, $2 command; help on standard input.
_cdg_option_value() {
	local argument
	[[ $prev == -* ]] || return
	argument=$(_cdg_argument "$prev") || return
	_cdg_value "$1" "$2" "$prev" "$argument"
}

_cdgctl_positional() {
	case $2 in
	load | tune) _cdg_assignments "$(_cdg_presets "$1") $(_cdg_parameters "$1" | sed 's/$/=/')" ;;
	help) _cdg_words "$(_cdg_ask "$1" help | _cdg_commands)" ;;
	fields) _cdg_words "$(_cdg_records "$1")" ;;
	syn) _cdg_words "get top $(_cdg_fields "$1" syn)" ;;
	flows | stream | run) _cdg_words "$(_cdg_fields "$1" flow)" ;;
	config | fingerprint | record | replay) _filedir ;;
	esac
}

# The command among the words: the first that is no option and no value of a global one.
_cdgctl_command() {
	local i global
	global=$(_cdg_ask "$1" help)
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-*)
			_cdg_argument "${words[i]}" <<<"$global" >/dev/null &&
				[[ ${words[i]} != --color && ${words[i]} != -c ]] && ((i++))
			;;
		*)
			echo "${words[i]}"
			return
			;;
		esac
	done
}

_cdgctl() {
	local cur prev words cword command help
	_init_completion -n =: || return
	command=$(_cdgctl_command "$1")
	help=$(_cdg_ask "$1" help ${command:+"$command"})
	if [[ $cur == --*=* ]]; then
		prev=${cur%%=*} cur=${cur#*=}
		_cdg_option_value "$1" "$command" <<<"$help"
		return
	fi
	_cdg_option_value "$1" "$command" <<<"$help" && return
	if [[ $cur == -* ]]; then
		_cdg_words "$(_cdg_options <<<"$help" | cut -d' ' -f1 | grep ^--)"
	elif [[ -z $command ]]; then
		_cdg_words "$(_cdg_commands <<<"$help")"
	else
		_cdgctl_positional "$1" "$command"
	fi
} && complete -F _cdgctl cdgctl

_cdgtop() {
	local cur prev words cword help ctl
	_init_completion -n =: || return
	help=$(_cdg_ask "$1" --help)
	ctl=${1%cdgtop}cdgctl
	_cdg_option_value "$ctl" flows <<<"$help" && return
	if [[ $cur == -* ]]; then
		_cdg_words "$(_cdg_options <<<"$help" | cut -d' ' -f1 | grep ^--)"
	else
		_cdg_words "$(_cdg_fields "$ctl" flow)"
	fi
} && complete -F _cdgtop cdgtop

_cdglab() {
	local cur prev words cword help command="" i
	_init_completion -n =: || return
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--cache) ((i++)) ;;
		-*) ;;
		*)
			command=${words[i]}
			break
			;;
		esac
	done
	help=$(_cdg_ask "$1" ${command:+"$command"} help)
	if [[ $prev == --kernel || $prev == --kernels || $command == fetch && $cur != -* ]]; then
		_cdg_words "$(_cdg_ask "$1" list | cut -d' ' -f1)"
		[[ $prev != --kernel || ${#COMPREPLY[@]} -gt 0 ]] || _filedir
	elif _cdg_option_value cdgctl "" <<<"$help"; then
		:
	elif [[ $cur == -* ]]; then
		_cdg_words "--cache $(grep -oE -- '--[a-z][a-z-]*' <<<"$help" | sort -u)"
	elif [[ -z $command ]]; then
		_cdg_words "$(sed -nE 's/^  ([a-z]+) .*/\1/p' <<<"$help")"
	else
		_filedir
	fi
} && complete -F _cdglab cdglab
