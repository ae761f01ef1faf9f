# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of net.bash
# What the tests of SYNs share beside net.bash: servers in the bed's cgroup.

peer=$BATS_TEST_DIRNAME/peer.py

load_syn() { ctl -q load --no-cc --cgroup "$cgroup" "$@"; }

# A server in the cgroup, in network namespace $prefix-server.
server() { # NAME ADDRESS PORT [WORD...]
	local name=$1
	shift
	spawn -n "$prefix-server" "$name" "$bed/inside" python3 "$peer" serve "$@"
	wait_until 10 grep -q ready "$bed/$name.out" || fail "$(cat "$bed/$name.err")"
}

# Connects from $prefix-client, waits for the connection, ends it; says the client's port.
dial() { # ADDRESS PORT [WORD...]
	local out
	out=$(in_ns "$prefix-client" python3 "$peer" connect "$@" </dev/null) || return 1
	printf '%s\n' "${out#connected }"
}

# One record of a connection by the client's port, as JSON; waits for it.
record_of() { # PORT [FILTER]
	# In a pipe the status is lost; jq takes no input at all for true.
	wait_until 5 has_record "$1" || { echo '{}'; fail "no record of port $1: $(ctl -j syn -a)"; return 1; }
	ctl -j syn -a "dport = $1"
}

has_record() { [[ -n $(ctl -j syn -a "dport = $1") ]]; }

total() { ctl -j status | jq ".syn.$1"; }

# What a server has said about the latest connection, or about that of a client's port, for which it waits.
said() { # NAME FIELD [PORT]
	[[ -z ${3:-} ]] || wait_until 5 grep -q "\"port\": $3," "$bed/$1.out" || return 1
	grep "${3:+\"port\": $3,}" "$bed/$1.out" | grep -v ready | tail -n 1 | jq -r ".$2"
}

has_accepted() { # NAME COUNT
	[[ $(grep -c cookie "$bed/$1.out") -ge $2 ]]
}

all_accepted() { # COUNT
	local accepted
	accepted=$(total accepted)
	[[ $accepted -eq $1 ]] || fail "$accepted were accepted, not $1"
}

# Connections to the server so far, as the kernel counts them.
opened() { in_ns "$prefix-server" nstat -asz TcpPassiveOpens | awk '/PassiveOpens/ { print $2 }'; }

# All of them; on emulated processors within ten: there Linux 6.1 was seen to reset one in some ten thousand,
# some before they were established and some after, and the client tries again.
nearly_all() { # COUNT WANTED
	local off=$(($1 - $2))
	[[ $off -eq 0 || (-n ${CDGLAB:-} && ${off#-} -le 10) ]] || fail "$1 connections, not $2"
}

nearly_all_accepted() { nearly_all "$(total accepted)" "$1"; } # COUNT

has_half_open() { [[ -n $(ctl -j syn -a --half-open) ]]; }
