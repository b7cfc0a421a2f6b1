# SPDX-License-Identifier: BSD-2-Clause
# Programs as Debian ships them: how each is started and what it does. For programs and unharmed,
# which set leaktrace, work, dir, port and started.
# shellcheck shell=bash
# Variables are set and read by those who source this.
# shellcheck disable=SC2034,SC2154

depends=(redis-server redis-tools nginx-light postgresql chromium default-jdk-headless nodejs
	php-cli apache2-utils curl jq)
all=(redis nginx postgres chromium java node php)

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails after that time.
wait_for() {
	local i

	for ((i = 0; i < $1 * 10; i++)); do
		! "${@:2}" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}

# background FILE COMMAND...: what it says goes into FILE; its pid is in $main, and it will end.
background() {
	"${@:2}" >"$1" 2>&1 </dev/null &
	main=$!
	started+=("$main")
}

is_gone() {
	[[ ! -e /proc/$1 || $(ps -o stat= -p "$1") = Z* ]]
}

# end PID SIGNAL: within 30 s.
end() {
	kill "-$2" "$1" 2>/dev/null || return 0
	wait_for 30 is_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

end_started() {
	local pid

	for pid in "${started[@]}"; do
		end "$pid" TERM
	done
}

# A process and all that it has started.
tree() {
	local child

	echo "$1"
	for child in $(cat "/proc/$1"/task/*/children 2>/dev/null); do
		tree "$child"
	done
}

http_work() {
	timeout 300 ab -q -l -n "$1" -c 4 "http://127.0.0.1:$port/" >"$dir/ab" 2>&1 &&
		grep -q '^Failed requests: *0$' "$dir/ab" &&
		grep -q "^Complete requests: *$1\$" "$dir/ab" && ! grep -q '^Non-2xx' "$dir/ab"
}

# tracer_begin FILE OPTION...: leaktrace until tracer_end; what it says is in FILE.
tracer_begin() {
	local file=$1

	background "$file" "$leaktrace" --log attach -i 1h -d 20m --json "$file.json" "${@:2}"
	tracer=$main
}

tracer_end() {
	end "$tracer" INT
	wait "$tracer" || fail "leaktrace has failed: $(tail -n 20 "$1")"
}

# Those that hit --max-blocks-per-process, of the last report in FILE.
full_processes() {
	jq -rs 'last | .processes[] | . as $process | .losses[]
		| select(.id == "process-blocks-full")
		| "\($process.pid) \($process.exe) hit --max-blocks-per-process: \(.count)"' \
		"$1"
}

# --- the programs: NAME_start sets $main; NAME_work does the same each time -------------------
redis_start() {
	background "$dir/out" redis-server --port "$port" --bind 127.0.0.1 --save '' \
		--enable-debug-command local \
		--appendonly no --dir "$dir"
	wait_for 60 redis-cli -p "$port" ping
}

redis_work() {
	timeout 300 redis-benchmark -p "$port" -q -r 20000 -d 100 -n 20000 -c 10 -t set,get,lpush \
		>"$dir/bench" && [ "$(redis-cli -p "$port" dbsize)" -gt 1000 ]
}

nginx_start() {
	mkdir -p "$dir/www" "$dir/tmp"
	head -c 5000 /dev/zero | tr '\0' x >"$dir/www/index.html"
	seq 200000 >"$dir/www/numbers"
	chmod -R a+rX "$dir"
	cat >"$dir/conf" <<-CONF
		daemon off;
		worker_processes 2;
		pid $dir/pid;
		error_log $dir/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			gzip on;
			gzip_types *;
			client_body_temp_path $dir/tmp/body;
			proxy_temp_path $dir/tmp/proxy;
			fastcgi_temp_path $dir/tmp/fastcgi;
			uwsgi_temp_path $dir/tmp/uwsgi;
			scgi_temp_path $dir/tmp/scgi;
			server { listen 127.0.0.1:$port; root $dir/www; }
		}
	CONF
	background "$dir/out" nginx -e "$dir/error.log" -c "$dir/conf"
	wait_for 60 http_work 4
}

nginx_work() {
	http_work 5000
}

postgres_start() {
	local bin

	bin=$(find /usr/lib/postgresql -name bin | sort -V | tail -n 1)
	chown postgres "$dir"
	as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups env "HOME=$dir")
	"${as_postgres[@]}" "$bin/initdb" -A trust -D "$dir/data" >"$dir/initdb"
	background "$dir/out" "${as_postgres[@]}" "$bin/postgres" -D "$dir/data" -p "$port" \
		-k "$dir" -c listen_addresses=127.0.0.1
	wait_for 60 "${as_postgres[@]}" psql -h 127.0.0.1 -p "$port" -c 'select 1' postgres
}

postgres_work() {
	[ "$(timeout 300 "${as_postgres[@]}" psql -h 127.0.0.1 -p "$port" -At postgres <<-'SQL'
		\set QUIET on
		set client_min_messages = error;
		drop table if exists t;
		create table t(a int primary key, b text);
		insert into t select i, md5(i::text) from generate_series(1, 30000) i;
		create index on t(b);
		select count(distinct b) from t where a % 3 = 0;
		select sum(n) from (select count(*) n from t x join t y using (b)) z;
	SQL
	)" = $'10000\n30000' ]
}

chromium_start() {
	cat >"$dir/page.html" <<-'HTML'
		<!DOCTYPE html><title>0</title><div id=d></div><script>
		let n = 0, kept = [];
		setInterval(() => {
			d.replaceChildren(...Array.from({ length: 200 }, (_, i) => {
				const p = document.createElement('p');
				p.textContent = `line ${i} of ${n}`;
				return p;
			}));
			kept.push(new Uint8Array(1000));
			document.title = ++n;
		}, 50);
		</script>
	HTML
	background "$dir/out" chromium --headless --no-sandbox --disable-gpu --no-first-run \
		--disable-dev-shm-usage --remote-debugging-port="$port" \
		--user-data-dir="$dir/profile" "file://$dir/page.html"
	wait_for 60 chromium_title
}

# How often the page has drawn itself anew.
chromium_title() {
	curl -sf "http://127.0.0.1:$port/json/list" |
		jq -er '.[] | select(.type == "page") | .title | tonumber'
}

chromium_drawn() {
	[ "$(chromium_title)" -ge "$1" ]
}

chromium_work() {
	wait_for 300 chromium_drawn $(($(chromium_title) + 200))
}

java_start() {
	cat >"$dir/Server.java" <<-'JAVA'
		import com.sun.net.httpserver.HttpServer;
		import java.net.InetSocketAddress;
		import java.util.ArrayList;

		public class Server {
			static final ArrayList<byte[]> kept = new ArrayList<>();

			public static void main(String[] args) throws Exception {
				var address = new InetSocketAddress("127.0.0.1",
					Integer.parseInt(args[0]));
				var server = HttpServer.create(address, 0);
				server.createContext("/", exchange -> {
					var text = new StringBuilder();
					for (int i = 0; i < 100; i++)
						text.append(i).append(' ');
					synchronized (kept) {
						kept.add(new byte[1000]);
					}
					byte[] bytes = text.toString().getBytes();
					exchange.sendResponseHeaders(200, bytes.length);
					exchange.getResponseBody().write(bytes);
					exchange.close();
				});
				server.start();
			}
		}
	JAVA
	background "$dir/out" java -Xmx256m "$dir/Server.java" "$port"
	wait_for 60 http_work 4
}

java_work() {
	http_work 3000
}

node_start() {
	cat >"$dir/server.js" <<-'JS'
		const kept = [];
		require('http').createServer((request, response) => {
			kept.push(Buffer.alloc(1000, kept.length));
			response.end(JSON.stringify(kept.slice(-3)));
		}).listen(+process.argv[2], '127.0.0.1');
	JS
	background "$dir/out" node "$dir/server.js" "$port"
	wait_for 60 http_work 4
}

node_work() {
	http_work 3000
}

php_start() {
	cat >"$dir/index.php" <<-'PHP'
		<?php
		$words = [];
		for ($i = 0; $i < 2000; $i++)
			$words[] = md5((string)$i);
		sort($words);
		echo strlen(implode(' ', $words)), " ", str_repeat('x', 1000);
	PHP
	background "$dir/out" php -n -S "127.0.0.1:$port" "$dir/index.php"
	wait_for 60 http_work 4
}

php_work() {
	http_work 1000
}
