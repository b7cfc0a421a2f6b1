# SPDX-License-Identifier: BSD-2-Clause
# Servers under load: requests a second before, while leaktrace is attached, and after.
# servers_run ROUND writes lines of the bench's raw numbers:
# server NAME ROUND BEFORE FLOOR DURING AFTER
# where FLOOR is with probes that do nothing in the place of leaktrace's.
# shellcheck shell=bash

# SET on a fixed set of keys: what is alive does not grow. The arguments go before the client.
redis_requests() {
	timeout "$RUN_SECONDS" "$@" redis-benchmark -p "$server_port" -t set -r 10000 -d 64 -c 10 \
		-n "$((server_n * 10))" --csv 2>/dev/null |
		awk -F'"' '/^"SET"/ { printf "%d", $4 }'
}

redis_start() {
	exec redis-server --port "$server_port" --bind 127.0.0.1 --save '' --appendonly no \
		--dir "$dir"
}

# A file of one page, each over a connection of its own: that is all about descriptors.
nginx_requests() {
	timeout "$RUN_SECONDS" ab -q -c 10 -n "$server_n" "http://127.0.0.1:$server_port/page" \
		2>/dev/null | awk '/^Requests per second/ { printf "%d", $4 }'
}

nginx_start() {
	head -c 4096 /dev/zero >"$dir/page"
	cat >"$dir/nginx.conf" <<-CONF
		daemon off; master_process off; user root; pid $dir/nginx.pid;
		error_log $dir/nginx.log;
		events { worker_connections 256; }
		http { access_log off; server { listen 127.0.0.1:$server_port; root $dir; } }
	CONF
	exec nginx -c "$dir/nginx.conf" -e "$dir/nginx.log"
}

# server_floor NAME PID OPTION: what no tracer of allocations can be faster than; none where only
# calls of the kernel are traced.
server_floor() {
	local file

	[ "$1" = redis ] && [ "$3" != --kinds ] || {
		echo -
		return
	}
	file=$(awk '$NF ~ /jemalloc/ { print $NF; exit }' "/proc/$2/maps")
	redis_requests "$programs/floor" empty -p "$2" "${file:-$libc}"
}

# server_measure NAME PID OPTION...: prints the four numbers.
server_measure() {
	local name=$1 pid=$2 before floor during after tool i ready=

	shift 2
	"${name}_requests" >/dev/null
	before=$("${name}_requests")
	floor=$(server_floor "$name" "$pid" "${1-}")
	timeout "$RUN_SECONDS" "$leaktrace" -p "$pid" --fail-on none -q -v --log attach "$@" \
		>/dev/null 2>"$dir/attached" </dev/null &
	tool=$!
	for ((i = 0; i < 200; i++)); do
		if grep -q "is traced from here on" "$dir/attached"; then
			ready=1
			break
		fi
		sleep 0.05
	done
	during=$("${name}_requests")
	# timeout passes it on.
	kill -INT "$tool" 2>/dev/null
	wait "$tool"
	after=$("${name}_requests")
	[ "$ready" ] && [ -n "$before" ] && [ -n "$during" ] && [ -n "$after" ] &&
		printf '%s\t%s\t%s\t%s\n' "$before" "${floor:--}" "$during" "$after"
}

# server_run ROUND LABEL NAME PROGRAM CLIENT OPTION...
server_run() {
	local round=$1 label=$2 name=$3 pid i numbers
	local server_port=$((20000 + RANDOM % 10000)) server_n=2000

	[ -n "$(command -v "$4")" ] && [ -n "$(command -v "$5")" ] || return 0
	shift 5
	[ "$quick" ] || server_n=10000
	"${name}_start" >"$dir/server" 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		(: <"/dev/tcp/127.0.0.1/$server_port") 2>/dev/null && break
		sleep 0.1
	done
	if numbers=$(server_measure "$name" "$pid" "$@"); then
		printf 'server\t%s\t%s\t%s\n' "$label" "$round" "$numbers"
	else
		echo "bench: no result of $label: $(tail -n 1 "$dir/attached")" >&2
		n_failed=$((n_failed + 1))
	fi
	kill -TERM "$pid"
	wait "$pid" 2>/dev/null
}

servers_run() {
	server_run "$1" redis redis redis-server redis-benchmark
	server_run "$1" redis-fd redis redis-server redis-benchmark --kinds fd
	server_run "$1" nginx nginx nginx ab --kinds fd
}
