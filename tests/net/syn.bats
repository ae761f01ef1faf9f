#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# SYNs of accepted connections: every kind of listener and handshake, and nothing left behind.

load net
load syn

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_fastopen=3
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_fastopen=3 net.ipv4.tcp_fastopen_blackhole_timeout_sec=0
}

teardown_file() { bed_down; }

setup() { [[ -d $cgroup ]]; }

# The namespaces stay for the whole file; processes and instances go after each test.
teardown() {
	end_all
	unload_rest
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_syncookies=1
}

burst_up() { # PORT
	burst=$(built burst)
	spawn -n "$prefix-server" burst "$bed/inside" "$burst" serve 10.9.2.1 "$1"
	wait_until 10 grep -q ready "$bed/burst.out"
}

nginx_up() {
	cat >"$bed/nginx.conf" <<-END
		daemon off; master_process off; pid $bed/nginx.pid; error_log $bed/nginx.log;
		events { worker_connections 1000; }
		http { access_log off; keepalive_timeout 0;
			client_body_temp_path $bed; proxy_temp_path $bed; fastcgi_temp_path $bed;
			uwsgi_temp_path $bed; scgi_temp_path $bed;
			server { listen 8080; listen [::]:8080; location / { return 200 "hello"; } } }
	END
	spawn -n "$prefix-server" nginx "$bed/inside" nginx -c "$bed/nginx.conf"
	wait_until 10 listens "$prefix-server" 8080
}

# The window scale that Linux offers: the largest receive buffer in units that 16 bits can count.
window_scale() {
	in_ns "$prefix-client" bash -c 'read -r _ _ most </proc/sys/net/ipv4/tcp_rmem; read -r max </proc/sys/net/core/rmem_max
		awk -v space=$((most > max ? most : max)) "BEGIN { for (; space > 65535 && scale < 14; scale++) space = int(space / 2); print scale + 0 }"'
}

@test "nginx under curl: every connection has its fingerprint, IPv4 and IPv6" {
	load_syn
	nginx_up
	[ "$(in_ns "$prefix-client" curl -s http://10.9.2.1:8080/)" = hello ]
	[ "$(in_ns "$prefix-client" curl -s "http://[fd09:2::1]:8080/")" = hello ]
	run -0 ctl -j syn -a 'sport = 8080'
	echo "$output"
	jq -se --arg scale "$(window_scale)" 'length == 2 and
		all(.status == "ok" and .class == "unix" and .mtu == 1500 and .dist == 1) and
		.[0].raw_sig == "4:63+1:0:1460:mss*44,\($scale):mss,sok,ts,nop,ws:df,id+:0" and
		.[1].family == "ipv6" and (.[1].raw_sig | startswith("6:63+1:0:1440:")) and
		all(.saddr == "10.9.2.1" or .saddr == "fd09:2::1")' <<<"$output"
	[[ $(jq -rs '.[0].cgroup' <<<"$output") == "/${cgroup##*/}" ]]
	jq -se 'all(has("sig") and has("muonfp") and has("label") and has("quality") and has("link") and
		has("quirks") and has("win") and has("kinds") and has("mss") and has("scale") and has("ttl") and
		.header == null)' <<<"$output"
}

@test "nginx under wrk: all are accounted for" {
	load_syn --syn-entries 256
	nginx_up
	in_ns "$prefix-client" wrk -t1 -c20 -d"$patience"s http://10.9.2.1:8080/ >"$bed/wrk"
	run -0 ctl -j status
	echo "$output"
	jq -e '.syn | .accepted > 256 and .accepted == .ok and .known == 256' <<<"$output"
	[ "$(ctl -j syn -a | wc -l)" -eq "$(jq .syn.known <<<"$output")" ]
	[ "$(in_ns "$prefix-server" bash -c "$cdgctl --pin-dir $pin_dir -j syn top" | jq -s 'map(.count) | add')" \
		-eq "$(jq .syn.known <<<"$output")" ]
}

@test "a listener that was there before is asked, in this namespace or with --all-netns" {
	server old 10.9.2.1 7001
	load_syn
	port=$(dial 10.9.2.1 7001)
	[ "$(record_of "$port" | jq -r .status)" = not_saved ]
	[ "$(said old save "$port")" -eq 0 ]
	ctl -q unload
	load_syn --all-netns
	port=$(dial 10.9.2.1 7001)
	[ "$(record_of "$port" | jq -r .status)" = ok ]
	[ "$(said old save "$port")" -eq 1 ]
	ctl -q unload
	in_ns "$prefix-server" "$cdgctl" --pin-dir "$pin_dir" -q load --no-cc --cgroup "$cgroup"
	port=$(dial 10.9.2.1 7001)
	[ "$(record_of "$port" | jq -r .status)" = ok ]
}

@test "servers outside the cgroup are not touched" {
	spawn -n "$prefix-server" outside python3 "$peer" serve 10.9.2.1 7002
	wait_until 10 grep -q ready "$bed/outside.out"
	load_syn --all-netns
	dial 10.9.2.1 7002
	wait_until 5 has_accepted outside 1
	[ "$(said outside save)" -eq 0 ]
	[ "$(total accepted)" -eq 0 ]
}

@test "SYN cookies: the SYN is read at the SYN-ACK, and without that the reason is told" {
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_syncookies=2
	for source in auto synack; do
		load_syn --syn-source="$source"
		server cookies :: 7003
		for address in 10.9.2.1 fd09:2::1; do
			port=$(dial "$address" 7003)
			record_of "$port" | jq -e '.status == "ok" and .source == "synack" and .by_cookie and
				(.raw_sig | test(":63[+]1:0:14[46]0:"))'
		done
		end cookies
		ctl -q unload
	done
	load_syn --syn-source=save
	server cookies :: 7003
	port=$(dial 10.9.2.1 7003)
	record_of "$port" | jq -e '.status == "syncookie" and .by_cookie and .raw_sig == null'
	cookie=$(said cookies cookie "$port")
	run -3 ctl syn get --cookie "$cookie"
	[[ $output == *syncookie* ]]
	run -3 --separate-stderr ctl -j syn get --tuple "10.9.2.1:7003-10.9.1.1:$port"
	jq -e '.code == 3 and (.error | contains("syncookie"))' <<<"$output"
	[ "$(total syncookie)" -eq 1 ]
}

@test "a handshake that is not complete is seen with --syn-source=synack" {
	load_syn --syn-source=synack
	server half 10.9.2.1 7004
	in_ns "$prefix-client" python3 "$peer" knock 10.9.1.77 10.9.2.1 7004
	wait_until 5 has_half_open
	[ -z "$(in_ns "$prefix-client" "$cdgctl" --pin-dir "$pin_dir" -j syn --half-open)" ]
	run -0 in_ns "$prefix-server" "$cdgctl" --pin-dir "$pin_dir" -j syn --half-open
	jq -se 'length == 1 and .[0].daddr == "10.9.1.77" and .[0].raw_sig == "4:63+1:0:1460:1024,0:mss:df,id+:0"' <<<"$output"
	port=$(dial 10.9.2.1 7004)
	record_of "$port" | jq -e '.status == "ok" and .source == "synack" and (.by_cookie | not)'
	[ "$(said half save "$port")" -eq 0 ]
	# Where the application saves SYNs itself the one that was read at the SYN-ACK is not needed.
	server own 10.9.2.1 7005 save
	record_of "$(dial 10.9.2.1 7005)" | jq -e '.status == "ok" and .source == "save"'
	[ "$(ctl -j syn -a --half-open | wc -l)" -eq 1 ]
}

@test "TCP Fast Open: the cookie is asked for, then data comes with the SYN of a sender not proven" {
	for source in auto save synack; do
		in_ns "$prefix-client" ip tcp_metrics flush >/dev/null
		load_syn --syn-source="$source"
		server fast 10.9.2.1 7005 fastopen
		port=$(dial 10.9.2.1 7005 fastopen)
		record_of "$port" | jq -e '.status == "ok" and .fast_open and (.unverified | not) and .payload_bytes == 0'
		port=$(dial 10.9.2.1 7005 fastopen)
		record_of "$port" | jq -e '.status == "ok" and .fast_open and .unverified and .payload_bytes == 100 and
			(.raw_sig | endswith(":+"))'
		end fast
		ctl -j status | jq -e '.syn | .accepted == 2 and .ok == 2 and .not_saved == 0'
		ctl -q unload
	done
}

@test "Multipath TCP listeners and clients" {
	in_ns "$prefix-server" sysctl -qw net.mptcp.enabled=1 || skip "this kernel has no MPTCP"
	in_ns "$prefix-client" sysctl -qw net.mptcp.enabled=1
	load_syn
	server multi 10.9.2.1 7006 mptcp
	port=$(dial 10.9.2.1 7006 mptcp)
	record_of "$port" | jq -e '.status == "ok" and .mptcp and (.kinds | contains("30"))'
	port=$(dial 10.9.2.1 7006)
	record_of "$port" | jq -e '.status == "ok" and (.mptcp | not)'
}

@test "IPv6 extension headers are part of the signature" {
	load_syn
	server six fd09:2::1 7007
	port=$(dial fd09:2::1 7007 hopopts)
	record_of "$port" | jq -e '.status == "ok" and (.raw_sig | startswith("6:63+1:8:1440:"))'
}

@test "headers that do not fit a record are counted as truncated" {
	load_syn
	server long fd09:2::1 7017
	port=$(dial fd09:2::1 7017 hopopts=64)
	record_of "$port" | jq -e '.status == "truncated" and .raw_sig == null'
	[ "$(total truncated)" -eq 1 ]
	[ "$(total accepted)" -eq 1 ]
	run -3 --separate-stderr ctl syn get --tuple "[fd09:1::1]:$port-[fd09:2::1]:7017"
	[[ $stderr == *truncated* ]]
}

@test "an application that asks for SYNs itself reads its own, before and after" {
	server own 10.9.2.1 7008 save
	load_syn --all-netns
	server own2 10.9.2.1 7009 save
	reads_own() { # NAME PORT
		port=$(dial 10.9.2.1 "$2")
		[ "$(said "$1" save "$port")" -eq 1 ]
		[ "$(said "$1" syn "$port" | wc -c)" -gt 100 ]
	}
	for listener in "own 7008" "own2 7009"; do
		reads_own $listener
		[ "$(ctl -j syn -a --header "dport = $port" | jq -r .header)" = "$(said ${listener% *} syn)" ]
	done
	[ "$(total listeners_foreign)" -eq 2 ]
	ctl -q unload
	reads_own own 7008
	reads_own own2 7009
}

@test "a Python server that knows nothing of it" {
	load_syn
	spawn -n "$prefix-server" web "$bed/inside" python3 -m http.server -d "$bed/ns" 8000
	wait_until 10 listens "$prefix-server" 8000
	in_ns "$prefix-client" curl -s -o /dev/null http://10.9.2.1:8000/
	run -0 ctl -j syn -a 'sport = 8000'
	jq -se 'length == 1 and .[0].label != null and .[0].status == "ok"' <<<"$output"
}

@test "unload leaves every listener as it was" {
	server before 10.9.2.1 7010
	server own 10.9.2.1 7011 save
	load_syn --all-netns
	server after 10.9.2.1 7012
	for port in 7010 7011 7012; do dial 10.9.2.1 $port; done
	for name in before own after; do
		wait_until 5 has_accepted $name 1
	done
	[ "$(said before save) $(said own save) $(said after save)" = "1 1 1" ]
	ctl -q unload
	nothing_left "$pin_dir"
	for port in 7010 7011 7012; do dial 10.9.2.1 $port; done
	for name in before own after; do
		wait_until 5 has_accepted $name 2
	done
	[ "$(said before save) $(said own save) $(said after save)" = "0 1 0" ]
}

@test "load --replace keeps what is known and asks nobody twice" {
	server kept 10.9.2.1 7013
	load_syn --all-netns
	first=$(dial 10.9.2.1 7013)
	record_of "$first"
	ctl -q load --no-cc --replace
	second=$(dial 10.9.2.1 7013)
	record_of "$second" | jq -e '.status == "ok"'
	record_of "$first" | jq -e '.status == "ok"'
	[ "$(total listeners)" -eq 1 ]
	[ "$(total accepted)" -eq 2 ]
	run -2 ctl load --no-cc --cgroup "$cgroup" --syn-source=save
	[[ $output == *"cdgctl unload"* ]]
	ctl -q unload
	dial 10.9.2.1 7013
	wait_until 5 has_accepted kept 3
	[ "$(said kept save)" -eq 0 ]
}

@test "two instances save SYNs of one listener: when one leaves, the other goes on" {
	load_syn
	"$cdgctl" --pin-dir "$pin_dir-two" -q load --no-cc --cgroup "$cgroup"
	server both 10.9.2.1 7019
	record_of "$(dial 10.9.2.1 7019)" | jq -e '.status == "ok"'
	ctl -q unload
	port=$(dial 10.9.2.1 7019)
	wait_until 5 has_accepted both 2
	"$cdgctl" --pin-dir "$pin_dir-two" -j syn -a "dport = $port" | jq -e '.status == "ok"'
	"$cdgctl" --pin-dir "$pin_dir-two" -q unload
	nothing_left "$pin_dir-two"
}

@test "an application's own saving is counted once, however often it listens" {
	load_syn --syn-source=save
	spawn -n "$prefix-server" own "$bed/inside" python3 -c "import socket, sys
s = socket.socket()
s.setsockopt(6, 27, 1)
s.bind(('10.9.2.1', 7071))
for _ in range(3):
    s.listen(5)
    s.shutdown(socket.SHUT_RD)
s.listen(5)
print('ready', flush=True)
sys.stdin.read()"
	wait_until 10 grep -q ready "$bed/own.out"
	ctl -j status | jq -e '.syn | .listeners == 0 and .listeners_foreign == 1'
	ctl -q load --no-cc --replace --all-netns
	ctl -j status | jq -e '.syn | .listeners_foreign == 1'
}

@test "unload that reaches no other network namespace says so" {
	server here 10.9.2.1 7072
	load_syn
	run -0 in_ns "$prefix-client" setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$cdgctl" --pin-dir "$pin_dir" unload
	[[ $output == *"only this network namespace"*"this network namespace's listeners"* ]]
}

@test "a load that was killed leaves no listener changed behind the next one" {
	server left 10.9.2.1 7014
	load_syn --all-netns
	mv "$pin_dir" "$pin_dir-staging"
	run -0 ctl unload
	nothing_left "$pin_dir"
	dial 10.9.2.1 7014
	wait_until 5 has_accepted left 1
	[ "$(said left save)" -eq 0 ]
}

@test "a connection is found by cookie and by tuple, its bytes only on request and for their owner" {
	load_syn
	server one 10.9.2.1 7015
	port=$(dial 10.9.2.1 7015)
	record_of "$port"
	cookie=$(said one cookie "$port")
	run -0 ctl -j syn get --cookie "$cookie" --raw "$bed/raw" --header
	jq -e '.cookie == $c and .sport == 7015' --argjson c "$cookie" <<<"$output"
	[ "$(od -An -v -tx1 "$bed/raw" | tr -d ' \n')" = "$(jq -r .header <<<"$output")" ]
	[ "$(stat -c %a "$bed/raw")" = 600 ]
	for tuple in "10.9.2.1:7015-10.9.1.1:$port" "10.9.1.1:$port-10.9.2.1:7015"; do
		[ "$(in_ns "$prefix-server" "$cdgctl" --pin-dir "$pin_dir" -j syn get --tuple "$tuple" | jq .cookie)" = "$cookie" ]
	done
	run -3 ctl syn get --cookie 1
	[[ $output == *unknown* ]]
	[ "$(ctl -j syn -a --anonymize=prefix | jq -rs '.[0].daddr')" = 10.9.1.0 ]
	run -1 ctl syn -a --anonymize=prefix --header
	[[ $output == *--anonymize* ]]
	find "$pin_dir" -type f ! -perm 600 | not grep .
}

@test "flows and events of CDG carry the fingerprint, and syn shows the flow" {
	ctl -q load --name "$cc" --cgroup "$cgroup"
	server cdg 10.9.2.1 7016 "cc=$cc"
	stream_up events --events flow,syn
	mkfifo "$bed/hold"
	exec {hold}<>"$bed/hold"
	spawn -n "$prefix-client" client sh -c "exec python3 '$peer' connect 10.9.2.1 7016 <'$bed/hold'"
	wait_until 10 grep -q connected "$bed/client.out"
	wait_until 5 has_accepted cdg 1
	run -0 ctl -j flows -a
	jq -e '.syn_status == "ok" and .label != null and (.raw_sig | startswith("4:63+1:")) and .sig != null' <<<"$output"
	run -0 ctl -j syn -a "cookie = $(said cdg cookie)"
	jq -e '.flow != null and .cwnd > 0 and .srtt_us > 0 and .retrans_segs == 0' <<<"$output"
	[ -n "$(ctl -j flows -a "label = \"$(jq -r .label <<<"$output")\"")" ]
	wait_until 5 arrived events 1 '.type == "flow_start" and .label != null'
	wait_until 5 arrived events 1 '.type == "syn" and .status == "ok"'
	exec {hold}>&-
	stream_down events
}

@test "who comes too late for a SYN is told that it is lost, in a stream and in a recording" {
	load_syn --syn-entries 64
	burst_up 7018
	stream_up events --events syn
	rm -f "$bed/late.cdg"
	spawn record "$cdgctl" --pin-dir "$pin_dir" record --events syn --ready-file "$bed/record.ready" "$bed/late.cdg"
	wait_until 10 test -e "$bed/record.ready" || fail "$(said record)"
	kill -STOP "$(pid_of events)" "$(pid_of record)"
	in_ns "$prefix-client" "$burst" connect 10.9.2.1 7018 1000
	wait_until 5 all_accepted 1000
	kill -CONT "$(pid_of events)" "$(pid_of record)"
	end events INT
	[ "$(count_of events '.type == "syn"')" -eq 64 ]
	jq -e 'select(.type == "bye") | .received == 64 and .lost == 936' "$bed/events.out"
	end record INT
	run -0 ctl -j stream --events syn --replay "$bed/late.cdg"
	jq -e 'select(.type == "bye") | .received == 64 and .lost == 936' <<<"$output"
}

@test "20,000 short connections at full speed: 20,000 accounted for, none unknown" {
	load_syn
	burst_up 7017
	stream_up events --events syn --buffer 65536
	before=$(opened)
	in_ns "$prefix-client" "$burst" connect 10.9.2.1 7017 20000
	wait_until 5 nearly_all_accepted $(($(opened) - before))
	count=$(total accepted)
	nearly_all "$count" 20000
	ctl -j status | jq -e --argjson count "$count" '.syn | .ok == $count and .known == $count and
		.syncookie + .not_saved + .truncated + .lost == 0'
	stream_down events
	[ "$(count_of events '.type == "syn" and .status == "ok"')" -eq "$count" ]
	[ "$(ctl -j syn -a | wc -l)" -eq "$count" ]
}

@test "a socket that listens again is neither another's nor a second listener" {
	load_syn
	spawn -n "$prefix-server" again "$bed/inside" python3 -c "import socket, sys
s = socket.socket()
s.bind(('10.9.2.1', 7070))
s.listen(5)
s.shutdown(socket.SHUT_RD)
s.listen(5)
print('ready', flush=True)
while True:
    s.accept()"
	wait_until 10 grep -q ready "$bed/again.out"
	ctl -j status | jq -e '.syn | .listeners == 1 and .listeners_foreign == 0 and .listeners_refused == 0'
	port=$(dial 10.9.2.1 7070)
	record_of "$port" | jq -e '.status == "ok"'
	# The flag for SYN-ACKs is dropped from connections as long as nobody else wants it.
	[ "$(bpftool -j map dump pinned "$pin_dir/syn_state" | jq '[.. | objects | .shared // empty][0]')" -eq 0 ]
}
