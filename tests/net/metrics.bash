# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of net.bash
# What the tests of metrics share beside net.bash: exporters, scrapers, questions to them.

# A sample's value in what `cdgctl metrics` prints: one series, all labels given.
sample() { # SERIES
	ctl metrics | awk -v series="$1" 'index($0, series " ") == 1 { print $NF; found = 1 } END { exit !found }'
}

# Serves in the initial network namespace on a port of the kernel's choice: sets $url.
serve_up() { # [OPTIONS of serve...]
	rm -f "$bed/serve.ready"
	spawn serve "$cdgctl" --pin-dir "$pin_dir" serve --listen 127.0.0.1:0 --ready-file "$bed/serve.ready" "$@"
	wait_until 10 test -e "$bed/serve.ready" || fail "$(cat "$bed/serve.err")" || return 1
	url=$(grep -oE 'https?://[^/ ]*' "$bed/serve.err" | head -n 1)
}

get() { curl -sS --max-time 10 "$@"; }

code_of() { get -o /dev/null -w '%{http_code}' "$@"; }

# A free port of loopback, as some programs do not tell which one they took.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

openmetrics_valid() {
	/usr/bin/python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families as families
print(sum(len(f.samples) for f in families(sys.stdin)))'
}

# Prometheus scrapes what $url serves each 200 ms: sets $prometheus.
prometheus_up() {
	local port
	port=$(free_port)
	prometheus=http://127.0.0.1:$port
	cat >"$bed/prometheus.yml" <<-END
		global: { scrape_interval: $((200 * patience))ms, scrape_timeout: $((200 * patience))ms }
		scrape_configs:
		  - job_name: cdg
		    static_configs: [ { targets: [ "${url#http://}" ] } ]
	END
	spawn prometheus prometheus --config.file="$bed/prometheus.yml" --storage.tsdb.path="$bed/tsdb" \
		--web.listen-address="127.0.0.1:$port"
	wait_until 20 get -o /dev/null -f "$prometheus/-/ready" || fail "$(tail -n 5 "$bed/prometheus.err")"
}

# The value that an expression has now; nothing if it has none.
ask() { # EXPRESSION [SERVER]
	get -G --data-urlencode "query=$1" "${2:-$prometheus}/api/v1/query" | jq -r '.data.result[0].value[1] // empty'
}

asked_is() { # EXPRESSION VALUE [SERVER]
	local answer
	answer=$(ask "$1" "${3:-}")
	[[ $answer == "$2" ]] || fail "$1 is $answer, not $2"
}
