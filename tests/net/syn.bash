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
	wait_until 5 has_record "$1" || fail "no record of port $1: $(ctl -j syn -a)" || return 1
	ctl -j syn -a "dport = $1"
}

has_record() { [[ -n $(ctl -j syn -a "dport = $1") ]]; }

total() { ctl -j status | jq ".syn.$1"; }

# What a server has said about the latest connection.
said() { grep -v ready "$bed/$1.out" | tail -n 1 | jq -r ".$2"; }

has_accepted() { # NAME COUNT
	[[ $(grep -c cookie "$bed/$1.out") -ge $2 ]]
}

all_accepted() { # COUNT
	local accepted
	accepted=$(total accepted)
	[[ $accepted -eq $1 ]] || fail "$accepted were accepted, not $1"
}

# Connections to the server so far, as the kernel counts them. A client may think more of it: on emulated
# processors Linux 6.1 was seen to reset one in some ten thousand before it was established.
established() { # says their number
	in_ns "$prefix-server" nstat -asz TcpPassiveOpens TcpAttemptFails |
		awk '/PassiveOpens/ { opened = $2 } /AttemptFails/ { failed = $2 } END { print opened - failed }'
}

# All of them; on emulated processors up to ten fewer.
nearly_all() { # COUNT WANTED
	[[ $1 -eq $2 || (-n ${CDGLAB:-} && $1 -lt $2 && $1 -ge $(($2 - 10))) ]] || fail "$1 connections, not $2"
}

has_half_open() { [[ -n $(ctl -j syn --half-open) ]]; }
