#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The exporter: what it answers, to whom, and what it survives.

load net
load metrics

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean || true; }

load_ours() { ctl -q load --no-syn --name "$cc" "$@"; }

hostile() { timeout $((60 * patience)) /usr/bin/python3 "$root/tests/net/hostile.py" "$1" "${url##*:}"; }

@test "the exporter answers its pages, HEAD, and says no to the rest" {
	load_ours
	serve_up
	[[ $(get "$url/") == *'href="/metrics"'* ]]
	[ "$(get "$url/-/healthy")" = healthy ]
	[ "$(get "$url/-/ready")" = ready ]
	[ "$(code_of -I "$url/metrics")" -eq 200 ]
	[[ $(get -I "$url/metrics") =~ Content-Length:\ [0-9]{5} ]]
	[ "$(code_of "$url/metric")" -eq 404 ]
	[ "$(code_of -X POST -d x=y "$url/metrics")" -eq 405 ]
	[ "$(code_of -X DELETE "$url/metrics")" -eq 405 ]
	[ "$(get "$url/metrics" | awk '/^cdg_exporter_requests_total{code="405"}/ { print $2 }')" -eq 2 ]
	run -0 promtool check metrics <<<"$(get "$url/metrics")"
	[ -z "$output" ]
	kill "$(pid_of serve)"
	ended serve
}

up_is() { get "$url/metrics" | grep -qx "cdg_up $1"; }

@test "the exporter goes on without an instance and notices load, replacement and unload" {
	serve_up
	up_is 0
	[ "$(code_of "$url/-/ready")" -eq 503 ]
	[[ $(get "$url/-/ready") == *"cdgctl load"* ]]
	[ "$(code_of "$url/-/healthy")" -eq 200 ]
	load_ours
	up_is 1
	[ "$(code_of "$url/-/ready")" -eq 200 ]
	ctl -q load --no-syn --name "$cc" --replace scavenger
	get "$url/metrics" | grep -qx 'cdg_parameter_generation 2'
	rm "$pin_dir/metrics"
	up_is 0
	[ "$(code_of "$url/-/ready")" -eq 503 ]
	ctl -q load --no-syn --name "$cc"
	up_is 1
	ctl -q unload
	up_is 0
	grep -q 'not loaded' "$bed/serve.err"
}

@test "degraded states are seen: a staging folder, a lost registration" {
	degraded() { [[ $(get "$url/metrics" | awk -v s="cdg_degraded{state=\"$1\"}" '$1 == s { print $2 }') == "$2" ]]; }
	load_ours
	serve_up
	degraded staging 0
	degraded names 0
	mkdir "$pin_dir-staging"
	degraded staging 1
	rmdir "$pin_dir-staging"
	unregister
	degraded names 1
}

@test "slow, half-open, silent, oversized and malformed clients do not stop it" {
	load_ours
	serve_up
	for way in malformed oversized pipelined aborted halfopen; do
		hostile $way || fail "$way: $(tail -n 3 "$bed/serve.err")"
		up_is 1
	done
	spawn crowd /usr/bin/python3 "$root/tests/net/hostile.py" crowd "${url##*:}"
	wait_until 10 grep -q crowded "$bed/crowd.out"
	for _ in {1..5}; do
		up_is 1
	done
	runs serve
	[ "$(get "$url/metrics" | awk '/^cdg_exporter_connections/ { print $2 }')" -le 64 ]
	end crowd KILL
	spawn drip /usr/bin/python3 "$root/tests/net/hostile.py" drip "${url##*:}"
	wait_until 30 grep -q 'hung up' "$bed/drip.out" || fail "a client that never ends its request is kept"
	up_is 1
	kill "$(pid_of serve)"
	ended serve
}

keys_up() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$bed/key.pem" -out "$bed/cert.pem" 2>/dev/null
}

# bcrypt of a password, as htpasswd would print it.
bcrypt() {
	/usr/bin/perl -e 'print crypt($ARGV[0], q($2b$06$) . q(abcdefghijklmnopqrstuu))' "$1"
}

@test "web config: TLS and passwords" {
	load_ours
	keys_up
	printf 'tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\nbasic_auth_users:\n  prom: %s\n' \
		"$(bcrypt 'open sesame')" >"$bed/web.yml"
	serve_up --web-config "$bed/web.yml"
	[[ $url == https://* ]]
	[ "$(code_of --cacert "$bed/cert.pem" "$url/metrics")" -eq 401 ]
	[ "$(code_of --cacert "$bed/cert.pem" -u prom:wrong "$url/metrics")" -eq 401 ]
	[ "$(code_of --cacert "$bed/cert.pem" -u nobody:open "$url/-/healthy")" -eq 401 ]
	get --cacert "$bed/cert.pem" -u 'prom:open sesame' "$url/metrics" | grep -qx 'cdg_up 1'
	not get "http://${url#https://}/metrics" 2>/dev/null
	get --cacert "$bed/cert.pem" -u 'prom:open sesame' "$url/metrics" |
		grep -qx 'cdg_exporter_requests_total{code="401"} 3'
}

@test "web config: what is not obeyed is refused, with the line" {
	printf 'http_server_config:\n  http2: true\n' >"$bed/web.yml"
	run -1 ctl serve --listen 127.0.0.1:0 --web-config "$bed/web.yml"
	[[ $output == *"line 1: http_server_config is not supported"* ]]
	run -2 ctl serve --listen 127.0.0.1:0 --web-config "$bed/nosuch.yml"
	[[ $output == *nosuch.yml* ]]
	printf 'tls_server_config:\n  cert_file: web.yml\n  key_file: web.yml\n' >"$bed/web.yml"
	run -2 ctl serve --listen 127.0.0.1:0 --web-config "$bed/web.yml"
	[[ $output == *"certificate and key"* ]]
	run -1 ctl serve --listen nonsense
	run -1 ctl serve --listen 127.0.0.1:99999
	[[ $output == *"HOST:PORT"* ]]
	run -1 ctl serve --listen ::1:9000
	serve_up
	run -2 ctl serve --listen "${url#http://}"
	[[ $output == *"--listen"*"in use"* ]]
}

@test "a service manager passes the socket, is told of readiness and kept awake" {
	load_ours
	spawn manager /usr/bin/python3 "$root/tests/net/manager.py" "$cdgctl" --pin-dir "$pin_dir" serve
	wait_until 20 grep -q '^ready' "$bed/manager.out" || fail "$(cat "$bed/manager.err")"
	url=$(awk '/^listening/ { print $2 }' "$bed/manager.out")
	up_is 1
	wait_until 10 grep -q '^watchdog' "$bed/manager.out"
	wait_until 10 grep -q '^status .*cdg is loaded' "$bed/manager.out"
	kill "$(pid_of manager)"
	ended manager || true
	grep -q '^stopping' "$bed/manager.out"
	grep -q '^exit 0' "$bed/manager.out"
}

@test "a process with no more than CAP_BPF that may read the pins can export them" {
	load_ours
	chmod 755 "$bpffs" "$pin_dir"
	chmod 644 "$pin_dir"/{control,stats,metrics,generation}
	chmod o+x "$bed" "$bed/.." "$bed/../.."
	cp "$cdgctl" "$bed/cdgctl"
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups --ambient-caps +bpf --inh-caps +bpf \
		--bounding-set -all,+bpf "$bed/cdgctl" --pin-dir "$pin_dir" metrics
	[[ $output == *"cdg_up 1"* && $output == *'cdg_degraded{state="names"} 0'* ]]
	chmod 600 "$pin_dir/stats"
	run -2 setpriv --reuid 65534 --regid 65534 --clear-groups --ambient-caps +bpf --inh-caps +bpf \
		--bounding-set -all,+bpf "$bed/cdgctl" --pin-dir "$pin_dir" metrics
	[[ $output == *"cdg_up 0"*"permission to read"* ]]
}

label_is() { [[ $(get "$url/metrics" | awk -v s="cdg_syn_labels_total{label=\"$1\"}" 'index($0, s) == 1 { print $NF }') == "$2" ]]; }

all_have_labels() { # COUNT
	local seen
	seen=$(get "$url/metrics" | awk '/^cdg_syn_labels_total\{/ { sum += $NF } /^cdg_syn_labels_missed_total/ { sum += $NF } END { print sum + 0 }')
	[[ $seen -eq $1 ]]
}

@test "an exporter that was there first counts the first SYN of an instance by its label" {
	load syn
	cgroup_up
	bottleneck_up "$prefix" none 0
	serve_up
	up_is 0
	load_syn
	server first 10.9.2.1 9000
	for _ in {1..3}; do dial 10.9.2.1 9000; done
	wait_until 5 all_accepted 3
	wait_until 5 all_have_labels 3
	bed_clean || true
}

@test "SYNs are counted by outcome and, as they come, by label" {
	load syn
	cgroup_up
	bottleneck_up "$prefix" none 0
	load_syn
	server before 10.9.2.1 9000
	dial 10.9.2.1 9000
	serve_up
	for _ in {1..3}; do dial 10.9.2.1 9000; done
	wait_until 5 all_accepted 4 || fail "$(ctl -j status | jq -c .syn)"
	label=$(ctl -j syn -a 'sport = 9000' | jq -rs '.[0].label')
	[[ $label != null ]] || label=unknown
	wait_until 5 label_is "$label" 3
	label_is other 0
	get "$url/metrics" | grep -qx 'cdg_syns_total{outcome="ok"} 4'
	get "$url/metrics" | grep -qx 'cdg_map_entries{map="syns"} 4'
	not grep -q '^cdg_rounds' <(get "$url/metrics")
	run -0 promtool check metrics < <(get "$url/metrics")
	[ -z "$output" ]
	bed_clean || true
}

@test "beyond 62 labels SYNs are counted as other" {
	load syn
	[[ -e /etc/p0f/p0f.fp ]] || skip "no /etc/p0f/p0f.fp, in whose place signatures could be put"
	cgroup_up
	bottleneck_up "$prefix" none 0
	# Seventy systems, which differ in their MSS, in the place of p0f's file, for the exporter alone.
	{
		printf 'classes = unix\n[tcp:request]\n'
		for mss in {1000..1069}; do
			printf 'label = s:unix:System:%s\nsig = 4:64:0:%s:*,*:mss,sok,ts,nop,ws:df,id+:0\n' $mss $mss
		done
	} >"$bed/labels.fp"
	cat >"$bed/labelling" <<-END
		#!/bin/sh
		exec unshare --mount --propagation private sh -c 'mount --bind "$bed/labels.fp" /etc/p0f/p0f.fp && exec "\$0" "\$@"' "$cdgctl" "\$@"
	END
	chmod +x "$bed/labelling"
	load_syn
	server many 10.9.2.1 9000
	cdgctl=$bed/labelling serve_up
	get "$url/metrics" | grep -vc '^#' >"$bed/series"
	in_ns "$prefix-client" python3 "$peer" sizes 10.9.2.1 9000 1000 70
	wait_until 5 all_accepted 70
	wait_until 5 all_have_labels 70 || fail "$(get "$url/metrics" | grep labels)"
	label_is "System 1000" 1
	label_is "System 1061" 1
	label_is "System 1062" ""
	label_is other 8
	label_is unknown 0
	[ "$(get "$url/metrics" | grep -vc '^#')" -eq $(($(<"$bed/series") + 62)) ]
	bed_clean || true
}
