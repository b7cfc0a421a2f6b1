# SPDX-License-Identifier: BSD-2-Clause
# A server under load: SET requests a second before, while leaktrace is attached, and after.
# redis_run ROUND writes a line of the bench's raw numbers: redis ROUND BEFORE DURING AFTER.
# shellcheck shell=bash

# Keys and values of a fixed set: what is alive does not grow.
redis_requests() {
	timeout "$RUN_SECONDS" redis-benchmark -p "$redis_port" -t set -r 10000 -d 64 -c 10 \
		-n "${redis_n:-20000}" --csv 2>/dev/null | awk -F'"' '/^"SET"/ { printf "%d", $4 }'
}

redis_measure() {
	local before during after tool i ready=

	redis_requests >/dev/null
	before=$(redis_requests)
	timeout "$RUN_SECONDS" "$leaktrace" -p "$1" --fail-on none -q -v --log attach \
		>/dev/null 2>"$dir/attached" </dev/null &
	tool=$!
	for ((i = 0; i < 100; i++)); do
		if grep -q "is traced from here on" "$dir/attached"; then
			ready=1
			break
		fi
		sleep 0.05
	done
	during=$(redis_requests)
	# timeout passes it on.
	kill -INT "$tool" 2>/dev/null
	wait "$tool"
	after=$(redis_requests)
	[ "$ready" ] && [ -n "$before" ] && [ -n "$during" ] && [ -n "$after" ] &&
		printf 'redis\t%s\t%s\t%s\t%s\n' "$2" "$before" "$during" "$after"
}

redis_run() {
	local server i redis_port=$((20000 + RANDOM % 10000)) redis_n=20000

	command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null || return 0
	[ "$quick" ] || redis_n=100000
	redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no \
		--dir "$dir" >"$dir/redis" 2>&1 &
	server=$!
	for ((i = 0; i < 100; i++)); do
		timeout 5 redis-cli -p "$redis_port" ping >/dev/null 2>&1 && break
		sleep 0.1
	done
	redis_measure "$server" "$1" || {
		echo "bench: no result of redis-server: $(tail -n 1 "$dir/attached")" >&2
		n_failed=$((n_failed + 1))
	}
	kill -TERM "$server"
	wait "$server" 2>/dev/null
}
