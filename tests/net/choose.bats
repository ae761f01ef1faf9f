#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Under its real name: who may choose cdg how, and that it then drives the connection.

load net

setup_file() {
	bed_up
	names_hold
	bottleneck_up "$prefix" none 0
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_congestion_control=reno
	ctl -q load --no-syn
	sink_up 10.9.2.1 7000
	sink_up fd09:2::1 7001
	server_up "$prefix-server" 5201
}
teardown_file() { bed_down; }
teardown() {
	local name
	for name in stream client nginx; do
		[[ ! -e $bed/pids/$name ]] || end $name KILL
	done
	hang_up
	in_ns "$prefix-client" ip route del 10.9.2.1/32 2>/dev/null || true
	in_ns "$prefix-client" ip -6 route del fd09:2::1/128 2>/dev/null || true
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_congestion_control=reno
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control=reno
}

# ss and cdgctl say that cdg, or NAME, drives the client's connection.
is_driven() { # filter [NAME]
	[[ $(ss_of "$prefix-client" "$1") == *" ${2:-cdg} "* ]] || return 1
	ctl -n "$prefix-client" -j flows "$1" | jq -se --arg name "${2:-cdg}" \
		'length == 1 and .[0].cc == $name and .[0].bytes_acked > 0' >/dev/null
}

# The same of a connection that obeys, after some data.
proved() { # [NAME]
	tell send 100000
	tell drain
	is_driven "sport = :$port" "$@" || fail "$(ss_of "$prefix-client" "sport = :$port")" || return 1
	hang_up
}

@test "a route with congctl cdg chooses it, over IPv4 and IPv6" {
	in_ns "$prefix-client" ip route add 10.9.2.1/32 via 10.9.1.2 congctl cdg
	call 10.9.2.1 7000
	proved
	in_ns "$prefix-client" ip route del 10.9.2.1/32
	in_ns "$prefix-client" ip -6 route add fd09:2::1/128 via fd09:1::2 congctl cdg
	call fd09:2::1 7001
	proved
	in_ns "$prefix-client" ip -6 route del fd09:2::1/128
	# Without the route it is not chosen.
	call 10.9.2.1 7000
	tell send 1000
	tell drain
	[[ $(ss_of "$prefix-client" "sport = :$port") == *" reno "* ]]
}

@test "the sysctl of a network namespace chooses it, over IPv4 and IPv6" {
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_congestion_control=cdg
	call 10.9.2.1 7000
	proved
	call fd09:2::1 7001
	proved
	ctl -j status | jq -e --arg ns "$prefix-client" '[.defaults[] | select(.ours) | .netns_name] == [$ns]'
}

@test "iperf3 -C cdg chooses it, over IPv4 and IPv6" {
	for address in 10.9.2.1 [fd09:2::1]; do
		spawn -n "$prefix-client" client iperf3 -c "${address//[][]/}" -C cdg -t 30
		wait_until 10 is_driven "dport = :5201 and dst $address"
		end client
		wait_until 10 eval '[[ -z $(in_ns "$prefix-server" ss -Htn state established "sport = :5201") ]]'
	done
}

@test "setsockopt of an unprivileged process chooses it, over IPv4 and IPv6" {
	chmod 755 "$bed"
	call 10.9.2.1 7000 cdg 65534
	proved
	call fd09:2::1 7001 cdg 65534
	proved
	call 10.9.2.1 7000 cdg_bpf 65534
	proved cdg_bpf
}

accepts() { in_ns "$prefix-client" curl -s http://10.9.2.1:8081/ | awk '/^ [0-9]/ { print $1 }'; }

nginx_up() {
	mkdir -p "$bed/www"
	head -c 50000 /dev/zero >"$bed/www/file"
	cat >"$bed/nginx.conf" <<-CONF
		user root;
		daemon off;
		master_process off;
		pid $bed/nginx.pid;
		error_log $bed/nginx.log;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path $bed/tmp;
			proxy_temp_path $bed/tmp;
			fastcgi_temp_path $bed/tmp;
			uwsgi_temp_path $bed/tmp;
			scgi_temp_path $bed/tmp;
			server {
				listen 10.9.2.1:8080 backlog=1024;
				listen [fd09:2::1]:8080 backlog=1024;
				root $bed/www;
			}
			server {
				listen 10.9.2.1:8081;
				location / { stub_status; }
			}
		}
	CONF
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control=cdg
	spawn -n "$prefix-server" nginx nginx -p "$bed" -c "$bed/nginx.conf" -e "$bed/nginx.log"
	wait_until 10 listens "$prefix-server" 8080
}

nginx_down() { end nginx QUIT; }

@test "nginx answers curl on cdg by default, and each connection is told from start to end" {
	nginx_up
	stream_up stream --events flow --port 8080
	for n in 1 2 3 4 5; do
		in_ns "$prefix-client" curl -sf -o /dev/null "http://10.9.2.1:8080/file?$n"
		in_ns "$prefix-client" curl -sf -o /dev/null "http://[fd09:2::1]:8080/file?$n"
	done
	wait_until 10 arrived stream 10 '.type == "flow_end"'
	stream_down stream
	nginx_down
	jq -se '(map(select(.type == "flow_start").flow) | sort) == (map(select(.type == "flow_end").flow) | sort) and
		([.[] | select(.type == "flow_end")] | length == 10 and all(.cc == "cdg" and .sport == 8080 and
			.bytes_acked > 50000 and .bytes_acked < 52000) and (group_by(.family) | map(length) == [5, 5]))' "$bed/stream.out"
}

@test "every connection of wrk to nginx is accounted for" {
	nginx_up
	stream_up stream --events flow --port 8080 --buffer 65536
	before=$(accepts)
	run -0 in_ns "$prefix-client" wrk -t 1 -c 10 -d $((2 * patience))s -H "Connection: close" http://10.9.2.1:8080/file
	requests=$(sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' <<<"$output")
	after=$(accepts)
	connections=$((after - before - 1)) # one was ours
	echo "$requests requests, $connections connections"
	[ "$requests" -gt 100 ]
	[ "$connections" -ge "$requests" ]
	all_ended() { [[ $(grep -c '"type":"flow_end"' "$bed/stream.out") -ge $connections ]]; }
	wait_until 20 all_ended
	stream_down stream
	nginx_down
	[ "$(count_of stream '.type == "flow_start"')" -eq "$connections" ]
	[ "$(count_of stream '.type == "flow_end"')" -eq "$connections" ]
	jq -se '(map(select(.type == "flow_start").flow) | sort) == (map(select(.type == "flow_end").flow) | sort)' "$bed/stream.out"
}

@test "connections that wrk keeps open are all in flows" {
	nginx_up
	spawn -n "$prefix-client" client wrk -t 1 -c 20 -d 30s http://10.9.2.1:8080/file
	all_there() { [[ $(ctl -n "$prefix-server" -j flows 'sport = :8080 and state = established and rounds > 0' | wc -l) -eq 20 ]]; }
	wait_until 10 all_there
	[ "$(in_ns "$prefix-server" ss -Htin state established 'sport = :8080' | grep -c ' cdg ')" -eq 20 ]
	end client
	nginx_down
}
