#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Debug files from servers: only with --debuginfod, only the right ones, and never for long.

# Each test is a subshell.
# shellcheck disable=SC2030,SC2031

load lib

setup() {
	common_setup
	# Of each call site all that it holds, whatever still points to it.
	LEAKTRACE_OPTIONS+=' --no-scan'
	need python3 cc objcopy strip
	unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
	export DEBUGINFOD_CACHE_PATH=$WORK/cache DEBUGINFOD_TIMEOUT=1
	program_build
}

teardown() {
	common_teardown
}

# A program without names, with its debug file where a server offers it.
program_build() {
	cat >program.c <<-'C'
		#include <stdlib.h>
		void *volatile held;
		__attribute__((noinline)) static void leak(size_t n)
		{
			held = malloc(n);
		}
		int main(int argc, char **argv)
		{
			for (int i = 0; argv[0] && i < 3 * argc; i++)
				leak(1111);
			return 0;
		}
	C
	cc -g -O2 -Wl,--build-id=0xabcdef0123456789abcdef0123456789abcdef01 -o program program.c
	offer=served/buildid/abcdef0123456789abcdef0123456789abcdef01
	mkdir -p "$offer"
	objcopy --only-keep-debug program "$offer/debuginfo"
	strip program
}

# Serves the folder "served"; what is asked for is in requests.err.
server_start() {
	port=$(free_port)
	start "$WORK/requests" python3 -m http.server --bind 127.0.0.1 -d served "$port"
	export DEBUGINFOD_URLS=http://127.0.0.1:$port/
	wait_for 10 server_answers || fail "the server does not start"
	: >requests.err
}

server_answers() {
	(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# A server that takes calls and never says a word.
server_start_silent() {
	port=$(free_port)
	start "$WORK/silent" python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
time.sleep(300)' "$port"
	export DEBUGINFOD_URLS=http://127.0.0.1:$port/
	wait_for 10 server_answers || fail "the server does not start"
}

# The first frame of the leak, as "function file:line" or what is known instead.
leak_frame() {
	report '.sites[] | select(.bytes == 3333) | .stack[0]
		| "\(.function) \(.file):\(.line) \(.module | split("/") | last)"'
}

@test "debuginfod: names and lines come from the server" {
	server_start
	trace --debuginfod --fail-on none -- ./program
	equal "$status" 0 "exit status"
	equal "$(leak_frame)" "leak program.c:5 program" "frame"
	grep -q "GET /buildid/${offer##*/}/debuginfo" requests.err ||
		fail "the server was not asked: $(cat requests.err)"
	! grep -q 'cannot be fetched' err || fail "a failure is reported"

	# Kept for the next time, with no server at all.
	end_process "${STARTED[-1]}"
	trace --debuginfod --fail-on none -- ./program
	equal "$(leak_frame)" "leak program.c:5 program" "frame from the cache"
}

@test "debuginfod: what is fetched belongs to who called sudo" {
	local folder owner

	server_start
	export SUDO_UID=65534 SUDO_GID=65534
	chown 65534 .
	mkdir theirs ours
	chown 65534:65534 theirs
	for folder in theirs ours; do
		owner=$(stat -c %u "$folder")
		DEBUGINFOD_CACHE_PATH=$WORK/$folder/cache trace --debuginfod --fail-on none \
			-- ./program
		equal "$(leak_frame)" "leak program.c:5 program" "frame with a cache in $folder"
		[ -s "$folder/cache/${offer##*/}/debuginfo" ] || fail "nothing is in $folder"
		equal "$(find "$folder" -not -uid "$owner")" "" "what is not of $owner in $folder"
	done
}

@test "debuginfod: without the option nobody is asked" {
	server_start
	trace --fail-on none -- ./program
	equal "$(leak_frame)" "null null:null program" "frame"
	[ ! -s requests.err ] || fail "the server was asked: $(cat requests.err)"
	[ ! -e cache ] || fail "there is a cache"
}

@test "debuginfod: the debug file of another build is not used" {
	sed -i '1i #include <stdio.h>' program.c
	cc -g -O2 -Wl,--build-id=0x1111111111111111111111111111111111111111 -o other program.c
	objcopy --only-keep-debug other "$offer/debuginfo"
	server_start
	trace --debuginfod --fail-on none -- ./program
	equal "$(leak_frame)" "null null:null program" "frame"
	grep -q 'GET /buildid' requests.err || fail "the server was not asked"

	rm -rf cache
	head -c 100000 /dev/urandom >"$offer/debuginfo"
	trace --debuginfod --fail-on none -- ./program
	equal "$(leak_frame)" "null null:null program" "frame"
}

@test "debuginfod: a file that the server has not is no failure" {
	rm -r "$offer"
	server_start
	trace --debuginfod --fail-on none -- ./program
	equal "$(leak_frame)" "null null:null program" "frame"
	grep -q 'GET /buildid' requests.err || fail "the server was not asked"
	! grep -q 'cannot be fetched' err || fail "a failure is reported"
}

@test "debuginfod: a server that never answers is asked once" {
	local begin took

	cp program program2
	objcopy --update-section .note.gnu.build-id=<(
		printf '\4\0\0\0\24\0\0\0\3\0\0\0GNU\0aaaaaaaaaaaaaaaaaaaa'
	) program2 2>/dev/null || fail "the build-id cannot be changed"
	server_start_silent
	begin=$(now_ms)
	trace --debuginfod --fail-on none -- sh -c './program; ./program2'
	took=$(($(now_ms) - begin))
	equal "$status" 0 "exit status"
	equal "$(leak_frame | sort -u)" "$(printf 'null null:null program%s\n' '' 2)" "frames"
	grep -q 'debug files cannot be fetched from DEBUGINFOD_URLS: .*; no more are asked' err ||
		fail "nothing is said"
	[ "$took" -lt 12000 ] || fail "it took $took ms"

	# Nor is the silence taken for an answer, to be remembered.
	end_process "${STARTED[-1]}"
	server_start
	trace --debuginfod --fail-on none -- ./program
	equal "$(leak_frame)" "leak program.c:5 program" "frame"
}

@test "debuginfod: nobody listens" {
	DEBUGINFOD_URLS=http://127.0.0.1:$(free_port)/
	export DEBUGINFOD_URLS
	trace --debuginfod --fail-on none -- ./program
	equal "$status" 0 "exit status"
	equal "$(leak_frame)" "null null:null program" "frame"
	equal "$(grep -c 'debug files cannot be fetched' err)" 1 "sentences about it"
}

@test "debuginfod: no server is named" {
	unset DEBUGINFOD_URLS
	trace --debuginfod --fail-on none -- ./program
	equal "$status" 0 "exit status"
	equal "$(leak_frame)" "null null:null program" "frame"
	grep -q 'no server is asked for debug files: DEBUGINFOD_URLS is not set' err ||
		fail "nothing is said"
}

@test "debuginfod: the command's environment stays as it is" {
	server_start
	unset DEBUGINFOD_TIMEOUT
	leaktrace --debuginfod --fail-on none -- env >out 2>err
	! grep -q '^DEBUGINFOD_TIMEOUT' out || fail "a variable was added"
	grep -qx "DEBUGINFOD_URLS=$DEBUGINFOD_URLS" out || fail "a variable is missing"
}

@test "debuginfod: progress is shown on a terminal, erased at the end, and nowhere else" {
	need script
	server_start_silent
	export DEBUGINFOD_TIMEOUT=4
	trace --debuginfod --fail-on none -- ./program
	! grep -q 'symbols:' err || fail "progress in a pipe"

	script -qec "'$LT' --debuginfod --fail-on none -- ./program" typescript \
		>/dev/null </dev/null 3>&-
	grep -q $'\r\033\\[Kleaktrace: symbols: .*program' typescript || fail "no progress"
	sed 's/.*\r\x1b\[K//' typescript >screen
	! grep -q 'symbols:' screen || fail "it was not erased"
	grep -q '3.3 KiB' screen || fail "the report is missing: $(cat screen)"

	script -qec "'$LT' -q --debuginfod --fail-on none -- ./program" typescript \
		>/dev/null </dev/null 3>&-
	! grep -q 'symbols:' typescript || fail "progress with --quiet"
}
