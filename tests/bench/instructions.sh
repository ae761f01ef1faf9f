#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inside a machine that counts instructions as time, for scripts/bench.d/instructions: transfers by
# each congestion control over two paths, lines "PATH CC ACKS INSTRUCTIONS".
#
#   instructions.sh FOLDER-OF-PROGRAMS TURNS
set -euo pipefail
cd /cdg
. scripts/bottleneck
tools=$1 turns=$2

modprobe tcp_cdg
modprobe tcp_cubic 2>/dev/null || true
echo 0 >/sys/module/tcp_cdg/parameters/backoff_factor
echo 0 >/sys/module/tcp_cdg/parameters/hystart_detect
build/cdgctl -q load --no-syn --name ours backoff_factor=0 hystart_detect=0 >&2
bpftool struct_ops register "$tools/empty_cc.bpf.o" >&2
bpftool struct_ops register "$tools/reno_cc.bpf.o" >&2
bottleneck_up w none 0
for side in client server; do
	in_ns "w-$side" ethtool -K "$side" tso off gso off gro off >/dev/null
	in_ns w-router ethtool -K "to-$side" tso off gso off gro off >/dev/null
done
in_ns w-server ip route replace 10.9.1.0/24 via 10.9.2.2 quickack 1
# Long enough for the application to be done with writing before the first ACK: what comes while it
# writes is put together into fewer ACKs.
in_ns w-router tc qdisc add dev to-client root netem delay 20ms limit 10000
nsenter --net=/run/netns/w-server "$tools/acked" sink 10.9.2.1 7000 &
sink=$!
until in_ns w-server ss -Hltn 'sport = :7000' | grep -q .; do :; done

transfers() { # path, window, bytes. The window is the path's: all of them send the same.
	in_ns w-client ip route replace 10.9.2.0/24 via 10.9.1.2 cwnd lock "$2"
	in_ns w-client "$tools/acked" send 10.9.2.1 7000 "$3" "$turns" "$tools/ack_time.bpf.o" \
		reno cubic cdg ours cdg_empty cdg_plain | sed "s/^/$1 /"
}
transfers one 1 150000
transfers many 64 3000000
kill $sink
