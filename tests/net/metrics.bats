#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What is counted, and that Prometheus and its relatives read it.

load net
load metrics

setup_file() {
	bed_up
	bottleneck_up "$prefix" 50mbit 300000
	sink_up 10.9.2.1 7000
	server_up "$prefix-server" 5201
}
teardown_file() { bed_down; }
setup() { ctl -q load --no-syn --name "$cc"; }
teardown() {
	local name
	for name in serve prometheus victoria node textfile client nginx stream; do
		[[ ! -e $bed/pids/$name ]] || end $name KILL
	done
	! mountpoint -q "$bed/small" || umount "$bed/small"
	hang_up
	in_ns "$prefix-server" ip route replace default via 10.9.2.2
	[[ ! -e $pin_dir ]] || ctl -q unload
	rate 50mbit 300000
}

ended_is() { [[ $(sample "cdg_flows_ended_total{cc=\"$cc\"}") == "$1" ]]; }

@test "metrics in both forms: promtool finds nothing, the OpenMetrics parser reads all" {
	ctl metrics >"$bed/text"
	run -0 promtool check metrics <"$bed/text"
	[ -z "$output" ]
	ctl metrics --format openmetrics >"$bed/open"
	[ "$(openmetrics_valid <"$bed/open")" -eq "$(grep -vc '^#' "$bed/open")" ]
	diff <(grep -v '^#' "$bed/text" | sed 's/ .*//') <(grep -v '^#' "$bed/open" | sed 's/ .*//')
	[ "$(tail -n 1 "$bed/open")" = "# EOF" ]
}

@test "without anything loaded cdg_up is 0 and the exit code 3" {
	ctl -q unload
	run -3 --separate-stderr ctl metrics
	[[ $output == *"cdg_up 0"* && $stderr == *"cdgctl load"* ]]
	run -0 ctl -j metrics --list
	jq -se 'length > 40 and all(.name and .type and .help)' <<<"$output"
	run -1 ctl -j metrics
	jq -e .error <<<"$output"
}

@test "a flow's segments and bytes are counted once, to the byte, and its end is seen" {
	call 10.9.2.1 7000 "$cc"
	tell send 3000000
	tell drain
	flow=$(ctl -n "$prefix-client" -j flows "sport = :$port")
	[ "$(sample "cdg_flows{cc=\"$cc\",generation=\"current\"}")" -eq 1 ]
	tell close
	hang_up
	wait_until 10 ended_is 1
	[ "$(sample cdg_sent_bytes_total)" -eq "$(jq .bytes_sent <<<"$flow")" ]
	[ "$(sample cdg_sent_segments_total)" -eq "$(jq .data_segs_out <<<"$flow")" ]
	[ "$(sample cdg_retransmitted_segments_total)" -eq "$(jq .retrans_segs <<<"$flow")" ]
	[ "$(sample cdg_retransmitted_bytes_total)" -eq "$(jq .bytes_retrans <<<"$flow")" ]
	acked=$(sample cdg_acked_bytes_total)
	[[ $acked -ge 3000000 && $acked -le 3000001 ]] # the FIN
	rounds=$(($(sample cdg_rounds_total) - $(jq .rounds <<<"$flow")))
	[[ $rounds -ge 0 && $rounds -le 1 ]] # the ACK of the FIN may end one
	[ "$(sample cdg_flow_duration_seconds_count)" -eq 1 ]
	[ "$(sample cdg_flow_goodput_bytes_per_second_count)" -eq 1 ]
	[ "$(sample cdg_rtt_seconds_count)" -le "$(sample cdg_rounds_total)" ]
	[ "$(sample cdg_rtt_seconds_count)" -gt 0 ]
}

@test "a flow that is under way is counted as it goes, and from where it takes CDG" {
	call 10.9.2.1 7000 reno
	tell send 1000000
	tell drain
	[ "$(sample cdg_sent_bytes_total)" -eq 0 ]
	hang_up
	call 10.9.2.1 7000 "$cc"
	tell send 1000000
	tell drain
	sent=$(sample cdg_sent_bytes_total)
	[[ $sent -ge 500000 && $sent -le 1100000 ]]
	tell send 1000000
	tell drain
	[ "$(sample cdg_sent_bytes_total)" -ge $((sent + 500000)) ]
}

series() { ctl metrics | sed '/^#/d; s/ [^ ]*$//'; }

@test "a thousand flows have the series of one" {
	local hold
	hold=$(built hold)
	for count in 1 1000; do
		# Both ends are in one process: what accepts has the congestion control.
		spawn -n "$prefix-client" client "$hold" $count "$cc" "$bed/held" 100
		wait_until 20 test -e "$bed/held"
		[ "$(sample "cdg_flows{cc=\"$cc\",generation=\"current\"}")" -eq $count ]
		series >"$bed/series-$count"
		end client
		rm "$bed/held"
	done
	echo "$(wc -l <"$bed/series-1") series"
	[ "$(wc -l <"$bed/series-1")" -gt 200 ]
	cmp "$bed/series-1" "$bed/series-1000"
}

@test "decisions are counted as the stream tells them" {
	stream_up stream --events decisions,flow
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -t 3
	ended client 30
	wait_until 10 ended_is 2
	stream_down stream
	backoffs=$(count_of stream '.type == "backoff"')
	[ "$backoffs" -gt 3 ]
	[ "$(ctl metrics | awk '/^cdg_backoffs_total/ { n += $NF } END { print n }')" -eq "$backoffs" ]
	[ "$(sample 'cdg_backoffs_total{reason="gradient_min"}')" -eq \
		"$(count_of stream '.type == "backoff" and .sum_min_us > 0')" ]
	[ "$(sample cdg_backoff_cwnd_segments_count)" -eq "$backoffs" ]
	[ "$(sample cdg_backoff_cwnd_segments_sum)" -eq \
		"$(jq -s '[.[] | select(.type == "backoff").cwnd_prior] | add' "$bed/stream.out")" ]
	[ "$(ctl metrics | awk '/^cdg_backoffs_suppressed_total/ { n += $NF } END { print n }')" -eq \
		"$(count_of stream '.type == "suppressed"')" ]
	for cause in loss rto ecn local tlp; do
		[ "$(sample "cdg_cuts_total{cause=\"$cause\"}")" -eq \
			"$(count_of stream ".type == \"cut\" and .cause == \"$cause\"")" ]
	done
	for reason in ack_train delay backoff cut; do
		[ "$(sample "cdg_slow_start_exits_total{reason=\"$reason\"}")" -eq \
			"$(count_of stream ".type == \"slow_start_exit\" and .reason == \"$reason\"")" ]
	done
	[ "$(sample cdg_undos_total)" -eq "$(count_of stream '.type == "undo"')" ]
	[ "$(sample cdg_rounds_total)" -eq \
		"$(jq -s '[.[] | select(.type == "flow_end").rounds] | add' "$bed/stream.out")" ]
}

nginx_up() {
	cat >"$bed/nginx.conf" <<-END
		daemon off; master_process off; pid $bed/nginx.pid; error_log $bed/nginx.log;
		events { worker_connections 1000; }
		http { access_log off; keepalive_timeout 0; default_type text/plain;
			client_body_temp_path $bed; proxy_temp_path $bed; fastcgi_temp_path $bed;
			uwsgi_temp_path $bed; scgi_temp_path $bed;
			server { listen 8080; location / { root $bed/www; } } }
	END
	mkdir -p "$bed/www"
	head -c 300000 /dev/zero >"$bed/www/page"
	spawn -n "$prefix-server" nginx nginx -c "$bed/nginx.conf"
	wait_until 10 listens "$prefix-server" 8080
}

# While flows come and go: the iterator, Prometheus, the iterator.
agree_on_flows() {
	known=$(ctl -j status | jq .flows)
	answer=$(ask 'sum(cdg_flows)')
	[[ $known -ge 2 && $answer == "$known" && $(ctl -j status | jq .flows) == "$known" ]]
}

@test "Prometheus scrapes while iperf3 and nginx flows run, and knows what status and flows say" {
	serve_up
	prometheus_up
	in_ns "$prefix-server" ip route replace default via 10.9.2.2 congctl "$cc"
	nginx_up
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -t $((60 * patience)) -P 2
	for _ in {1..20}; do
		in_ns "$prefix-client" curl -sf http://10.9.2.1:8080/page >"$bed/page"
	done
	wait_until 10 agree_on_flows || fail "the kernel has $known flows, Prometheus $answer"
	end client INT
	quiet() { [[ $(ctl -j status | jq -c '[.flows_started, .flows_ended]') == "$seen" ]] || {
		seen=$(ctl -j status | jq -c '[.flows_started, .flows_ended]'); return 1; }; }
	seen=
	wait_until 10 quiet
	status=$(ctl -j status)
	[ "$(jq .flows_ended <<<"$status")" -gt 20 ]
	for pair in started:flows_started ended:flows_ended; do
		wait_until 5 asked_is "sum(cdg_flows_${pair%:*}_total)" "$(jq ".${pair#*:}" <<<"$status")"
	done
	wait_until 5 asked_is 'sum(cdg_flows)' "$(jq .flows <<<"$status")"
	wait_until 5 asked_is cdg_parameter_generation "$(jq .generation <<<"$status")"
	for name in window backoff_beta backoff_factor use_ineff; do
		wait_until 5 asked_is "cdg_parameter{name=\"$name\"}" \
			"$(jq ".parameters[] | select(.name == \"$name\").value" <<<"$status")"
	done
	asked_is 'cdg_up' 1
	asked_is 'sum(cdg_degraded)' 0
	for counter in cdg_sent_bytes_total cdg_retransmitted_segments_total cdg_rounds_total cdg_rtt_seconds_count; do
		wait_until 5 asked_is "$counter" "$(sample $counter)"
	done
	[[ $(ask 'histogram_quantile(0.5, cdg_rtt_seconds_bucket)') == 0.* ]]
}

@test "the same series reach Prometheus as text and as OpenMetrics" {
	serve_up
	get "$url/metrics" | grep -v '^#' | sed 's/ .*//' | sort >"$bed/text"
	get -H 'Accept: application/openmetrics-text; version=1.0.0' "$url/metrics" >"$bed/open"
	grep -v '^#' "$bed/open" | sed 's/ .*//' | sort | diff - "$bed/text"
	[ "$(openmetrics_valid <"$bed/open")" -eq "$(wc -l <"$bed/text")" ]
	[[ $(get -o /dev/null -w '%{content_type}' "$url/metrics") == "text/plain; version=0.0.4; charset=utf-8" ]]
	[[ $(get -H 'Accept: application/openmetrics-text' -o /dev/null -w '%{content_type}' "$url/metrics") == \
		"application/openmetrics-text; version=1.0.0; charset=utf-8" ]]
}

@test "VictoriaMetrics takes the scrape" {
	command -v victoria-metrics >/dev/null || skip "victoria-metrics is not installed, and this system has no package of it"
	serve_up
	port=$(free_port)
	printf 'scrape_configs:\n- job_name: cdg\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\n  static_configs:\n  - targets: ["%s"]\n' \
		"${url#http://}" >"$bed/victoria.yml"
	spawn victoria victoria-metrics -promscrape.config="$bed/victoria.yml" -storageDataPath="$bed/victoria-data" \
		-httpListenAddr="127.0.0.1:$port" -search.latencyOffset=0s -memory.allowedPercent=5
	wait_until 30 asked_is 'cdg_up' 1 "http://127.0.0.1:$port" || fail "$(tail -n 5 "$bed/victoria.err")"
	wait_until 10 asked_is "sum(cdg_parameter{name=\"backoff_beta\"})" 724 "http://127.0.0.1:$port"
	[ "$(ask 'count({__name__=~"cdg_.*"})' "http://127.0.0.1:$port")" -ge 300 ]
}

@test "node_exporter serves the text file, which is replaced at once and readable to all" {
	mkdir -p "$bed/collect"
	(umask 077; ctl -q metrics --textfile "$bed/collect/cdg.prom")
	[ "$(stat -c %a "$bed/collect/cdg.prom")" -eq 644 ]
	[ "$(ls "$bed/collect")" = cdg.prom ]
	run -0 promtool check metrics <"$bed/collect/cdg.prom"
	port=$(free_port)
	spawn node prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$bed/collect" --web.listen-address="127.0.0.1:$port"
	wait_until 10 get -f -o /dev/null "http://127.0.0.1:$port/metrics"
	get "http://127.0.0.1:$port/metrics" >"$bed/node"
	grep -qx 'cdg_up 1' "$bed/node"
	grep -qx 'node_textfile_scrape_error 0' "$bed/node"
	grep -q '^cdg_rtt_seconds_bucket' "$bed/node"
}

@test "a text file with an interval follows load and unload" {
	says() { grep -qx "cdg_up $1" "$bed/cdg.prom"; }
	spawn textfile "$cdgctl" --pin-dir "$pin_dir" metrics --textfile "$bed/cdg.prom" --interval 100ms \
		--ready-file "$bed/textfile.ready"
	wait_until 10 test -e "$bed/textfile.ready"
	says 1
	ctl -q unload
	wait_until 5 says 0
	ctl -q load --no-syn --name "$cc"
	wait_until 5 says 1
	kill "$(pid_of textfile)"
	ended textfile
}

@test "a text file on a full disk: the old one stays, and it goes on later" {
	mkdir -p "$bed/small"
	mount -t tmpfs -o size=64k tmpfs "$bed/small"
	ctl -q metrics --textfile "$bed/small/cdg.prom"
	dd if=/dev/zero of="$bed/small/fill" bs=1k count=60 2>/dev/null || true
	before=$(md5sum <"$bed/small/cdg.prom")
	run -2 ctl metrics --textfile "$bed/small/cdg.prom"
	[[ $output == *"cannot write"* ]]
	[ "$(md5sum <"$bed/small/cdg.prom")" = "$before" ]
	[ "$(ls "$bed/small" | wc -l)" -eq 2 ]
	rm "$bed/small/fill"
	ctl -q metrics --textfile "$bed/small/cdg.prom"
}

@test "counters go on over load --replace, and flows on the replaced programs are told apart" {
	call 10.9.2.1 7000 "$cc"
	tell send 500000
	tell drain
	sent=$(sample cdg_sent_bytes_total)
	loaded=$(sample cdg_load_time_seconds)
	ctl -q load --no-syn --name "$cc" --replace
	[ "$(sample cdg_sent_bytes_total)" -ge "$sent" ]
	[[ $(sample cdg_load_time_seconds) == "${loaded%???}"* ]]
	[ "$(sample "cdg_flows{cc=\"$cc\",generation=\"current\"}")" -eq 0 ]
	[ "$(sample "cdg_flows{cc=\"$cc\",generation=\"replaced\"}")" -eq 1 ]
	tell close
	hang_up
	wait_until 10 ended_is 1
	[ "$(sample "cdg_flows{cc=\"$cc\",generation=\"replaced\"}")" -eq 0 ]
	sent=$(sample cdg_sent_bytes_total) again=$(sample cdg_retransmitted_bytes_total)
	echo "bytes sent $sent, of them retransmitted $again"
	[ $((sent - again)) -eq 500000 ]
}
