# SPDX-License-Identifier: BSD-2-Clause
# Real servers on the loopback device, and load for them. What is started ends with the test.
# shellcheck shell=bash

redis_start() {
	need redis-server redis-cli redis-benchmark
	port=$(free_port)
	redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --daemonize yes \
		--pidfile "$WORK/redis.pid" --dir "$WORK" --logfile "$WORK/redis.log" \
		>/dev/null 3>&-
	wait_for 10 redis_answers || fail "redis does not start: $(cat "$WORK/redis.log")"
	redis=$(cat "$WORK/redis.pid")
	remember "$redis"
}

redis_answers() {
	[ "$(timeout 5 redis-cli -p "$port" ping)" = PONG ]
}

redis_load() {
	timeout 50 redis-benchmark -p "$port" -q -n "$1" -c 20 -t set,get,lpush,lpop 3>&-
}

nginx_start() {
	need nginx ab
	port=$(free_port)
	mkdir -p www tmp
	head -c 5000 /dev/zero | tr '\0' 'x' >www/page.html
	chmod -R a+rX .
	cat >nginx.conf <<-CONF
		daemon on;
		worker_processes 1;
		pid $WORK/nginx.pid;
		error_log $WORK/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			client_body_temp_path $WORK/tmp/body;
			proxy_temp_path $WORK/tmp/proxy;
			fastcgi_temp_path $WORK/tmp/fastcgi;
			uwsgi_temp_path $WORK/tmp/uwsgi;
			scgi_temp_path $WORK/tmp/scgi;
			server { listen 127.0.0.1:$port; root $WORK/www; }
		}
	CONF
	nginx -e "$WORK/error.log" -c "$WORK/nginx.conf" 3>&- >"$WORK/nginx.out" 2>&1 ||
		fail "nginx does not start: $(cat "$WORK/nginx.out")"
	wait_for 10 test -s "$WORK/nginx.pid"
	nginx=$(cat "$WORK/nginx.pid")
	remember "$nginx"
	wait_for 10 nginx_load 1 || fail "nginx does not answer"
	worker=$(cat "/proc/$nginx/task/$nginx/children")
	worker=${worker%% *}
}

nginx_load() {
	timeout 50 ab -q -n "$1" -c "$(($1 < 4 ? 1 : 4))" "http://127.0.0.1:$port/page.html" \
		>"$WORK/ab" 2>&1 3>&- && grep -q '^Failed requests: *0$' "$WORK/ab" &&
		grep -q "^Complete requests: *$1\$" "$WORK/ab"
}
