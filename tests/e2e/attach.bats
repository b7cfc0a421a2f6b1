#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Attaching to processes that run: what they do from then on is known exactly, what was before is
# not guessed, and they are as before when leaktrace ends, however it ends.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load lib
load servers

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# Attaches in the background, with the report in file json; returns when the probes are in place.
attach_grower() {
	start "$WORK/lt" "$LT" --log attach --json "$WORK/json" -p "$grower" "$@"
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
}

@test "attach: exact numbers between attach and the end of the process" {
	grower_start
	grower_tell USR2 freed
	attach_grower -d 50s
	grower_tell USR1 step
	grower_tell USR1 step
	grower_tell USR1 step
	grower_end
	wait_child 20 "$tracer"
	equal "$status" 0 "exit status"
	# The first ten early blocks were freed before the attach.
	sed 's/^unknown_frees 10/unknown_frees 0/' "$WORK/grower" >"$WORK/truth"
	check_truth "$WORK/json" "$WORK/truth"
}

@test "attach: frees of blocks from before are counted apart" {
	grower_start
	attach_grower -d 50s
	grower_tell USR2 freed
	grower_tell USR1 step
	grower_tell USR2 freed
	grower_end
	wait_child 20 "$tracer"
	check_truth "$WORK/json" "$WORK/grower"
	equal "$(report '.processes[0].unknown_frees')" 20 "unknown frees"
}

@test "attach: --duration ends it, and the process goes on" {
	local begin

	grower_start
	begin=$(now_ms)
	attach_grower -d 2s
	! grep -E ' r-xp .*/(libc[.]|ld-linux)' "/proc/$tracer/maps" ||
		fail "leaktrace runs into its own probes"
	grower_tell USR1 step
	wait_child 20 "$tracer"
	equal "$status" 0 "exit status"
	at_least "$(($(now_ms) - begin))" 1900 "milliseconds"
	wait_for 10 grower_is_unprobed || fail "probes are left in the process"
	equal "$(report '[.sites[] | .blocks] | add')" 100 "blocks"
	equal "$(report '.processes[0].end')" running "state of the process"
	grower_tell USR1 step
	grower_end
	grep -q '^site leak_step 200 12800$' "$WORK/grower" || fail "the process was harmed"
}

@test "attach: what Python keeps to itself is said once, and not where it does not" {
	local i pids=()

	need /usr/bin/python3
	for i in pymalloc pymalloc malloc; do
		start "python${#pids[@]}" env "PYTHONMALLOC=$i" /usr/bin/python3 -c \
			'import time; print("ready", flush=True); time.sleep(600)'
		wait_for 20 grep -q ready "python${#pids[@]}" || fail "Python does not start"
		pids+=("$!")
	done
	trace -d 500ms -p "$(IFS=, && echo "${pids[*]}")"
	equal "$(report '.notes[] | select(test("hides")) | sub(":.*"; "")')" \
		"process ${pids[0]} (python3) and 1 more" "note"
}

@test "attach: what a running process holds is no failure" {
	grower_start
	attach_grower -d 3s --strict
	grower_tell USR1 step
	wait_child 20 "$tracer"
	equal "$status" 0 "exit status"
	equal "$(report '[.sites[] | .blocks] | add')" 100 "blocks"
	check_complete
	grower_end
}

@test "attach: incomplete data is a failure with --strict, and only then" {
	local wanted

	grower_start
	for wanted in 0 23; do
		# A table of the smallest size has no room for 400,000 blocks.
		if [ "$wanted" = 0 ]; then
			attach_grower -d 4s --max-blocks 1
		else
			attach_grower -d 4s --max-blocks 1 --strict
		fi
		grower_tell ALRM flood
		wait_child 30 "$tracer"
		equal "$status" "$wanted" "exit status"
		equal "$(report .verdict)" incomplete "verdict"
		equal "$(report '.losses[] | select(.count > 0) | .id')" blocks-full \
			"ways in which data was lost"
	done
	grower_end
}

# starter ARG...: attaches to a shell that runs a leaker once it is traced, until both have ended.
starter() {
	[ -p gate ] || mkfifo gate
	start "$WORK/out" sh -c 'echo ready; read -r _ <gate; "$1" all; exit $?' sh \
		"$LEAKERS/allocators"
	local starter=$! tracer
	wait_for 10 grep -q ready "$WORK/out" || fail "the shell does not start"
	start "$WORK/lt" "$LT" --log attach --json "$WORK/json" -d 50s -p "$starter" "$@"
	tracer=$!
	wait_attached "$WORK/lt" "$starter"
	timeout 20 sh -c 'echo >gate' || fail "the shell does not read"
	wait_child 30 "$starter"
	equal "$status" 0 "exit status of what it started"
	wait_child 30 "$tracer"
}

@test "attach: what a process starts is told, and with --follow-forks traced" {
	local note="started 1 process since the attach, not traced: --follow-forks"

	starter
	equal "$(report '.processes | length')" 1 "processes"
	equal "$(count ".notes[] | select(contains(\"$note\"))")" 1 "note"
	starter --follow-forks
	check_truth "$WORK/json" "$WORK/out"
	check_complete
	equal "$(count '.notes[] | select(contains("not traced"))')" 0 "note"
}

@test "attach: growth from report to report" {
	grower_start
	attach_grower -i 1s -d 5s
	for _ in 1 2 3 4; do
		grower_tell USR1 step
		sleep 0.9
	done
	wait_child 20 "$tracer"
	equal "$(count '.sites[] | select(.stack[0].function == "leak_step")')" 1 "sites"
	equal "$(report '.sites[] | select(.stack[0].function == "leak_step") | .growth
		| . == sort')" true "growth never falls"
	equal "$(report '.sites[] | select(.stack[0].function == "leak_step") | .growth[-1]')" \
		25600 "bytes at the last report"
	at_least "$(report '.sites[] | select(.stack[0].function == "leak_step") | .growth
		| unique | length')" 3 "different amounts"
	# Each report has its own notes, and none of an earlier one.
	at_least "$(grep -c '^leaktrace: report ' "$WORK/lt")" 4 "reports"
	awk '/^leaktrace: report / { split("", seen) }
		/^note: / && seen[$0]++ { bad = 1 }
		END { exit bad }' "$WORK/lt" || fail "notes are repeated: $(cat "$WORK/lt")"
	grep -q 'leak_step' "$WORK/lt" || fail "the report is not on standard output"
	grower_end
}

@test "attach: that a process does not allocate is said" {
	start "$WORK/idle" sleep 600
	local idle=$!

	start "$WORK/lt" "$LT" --log attach -p "$idle" -d 1s
	tracer=$!
	wait_child 60 "$tracer"
	grep -q "process $idle (sleep) has not called its allocator (glibc)" "$WORK/lt" ||
		fail "nothing is said: $(cat "$WORK/lt")"
}

@test "attach: SIGINT ends it with a report" {
	grower_start
	start "$WORK/lt" env --default-signal=INT "$LT" --log attach --json "$WORK/json" \
		-p "$grower"
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	kill -INT "$tracer"
	wait_child 20 "$tracer"
	equal "$(report '[.sites[] | .blocks] | add')" 100 "blocks"
	wait_for 10 grower_is_unprobed || fail "probes are left in the process"
	grower_end
}

@test "attach: SIGKILL leaves nothing behind" {
	grower_start
	for _ in 1 2 3; do
		attach_grower
		grower_tell USR1 step
		kill -KILL "$tracer"
		wait_child 10 "$tracer"
		wait_for 10 grower_is_unprobed || fail "probes are left in the process"
		equal "$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$grower/status")" 0 "tracer"
	done
	grower_end
	grep -q '^site leak_step 300 19200$' "$WORK/grower" || fail "the process was harmed"
}

@test "attach: several processes at once" {
	local first

	grower_start
	first=$grower
	mv "$WORK/grower" "$WORK/grower1"
	grower_start
	start "$WORK/lt" "$LT" --log attach --json "$WORK/json" -p "$first,$grower" -d 50s
	tracer=$!
	wait_attached "$WORK/lt" "$first"
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	kill -USR1 "$first"
	wait_for 10 grep -q '^step 1' "$WORK/grower1" || fail "the first process does not answer"
	kill -TERM "$first"
	wait_child 10 "$first"
	grower_end
	wait_child 20 "$tracer"
	cat "$WORK/grower" "$WORK/grower1" >"$WORK/truth"
	check_truth "$WORK/json" "$WORK/truth"
}

@test "attach: two leaktraces at the same process" {
	grower_start
	start "$WORK/lt2" "$LT" --log attach --json "$WORK/json2" -p "$grower" -d 50s
	local second=$!
	attach_grower -d 50s
	wait_attached "$WORK/lt2" "$grower"
	grower_tell USR1 step
	grower_end
	wait_child 20 "$tracer"
	wait_child 20 "$second"
	check_truth "$WORK/json" "$WORK/grower"
	check_truth "$WORK/json2" "$WORK/grower"
}

@test "attach: redis and its jemalloc under load" {
	redis_start
	start "$WORK/lt" "$LT" --log attach --json "$WORK/json" -p "$redis" -d 55s
	tracer=$!
	wait_attached "$WORK/lt" "$redis"
	redis_load 10000 >"$WORK/out" || fail "the load has failed"
	redis-cli -p "$port" eval "for i = 1, 10000 do
		redis.call('set', 'key' .. i, string.rep('x', 1000)) end" 0 >/dev/null
	at_least "$(redis-cli -p "$port" dbsize)" 10000 "keys"
	kill -TERM "$tracer"
	wait_child 30 "$tracer"
	equal "$status" 0 "exit status"
	check_complete
	equal "$(report '.processes[0].allocator')" jemalloc "allocator"
	at_least "$(report .totals.allocations)" 40000 "allocations"
	at_least "$(report .totals.outstanding_blocks)" 10000 "blocks"
	at_least "$(report .totals.outstanding_bytes)" 10000000 "bytes"
	redis_answers || fail "redis was harmed"
	equal "$(redis-cli -p "$port" dbsize)" \
		"$(redis-cli -p "$port" info keyspace | sed -n 's/.*keys=\([0-9]*\).*/\1/p')" "keys"
}

@test "attach: redis serves on after a SIGKILL of leaktrace" {
	redis_start
	for pause in 0.05 0.4 1.5; do
		start "$WORK/lt" "$LT" -p "$redis"
		tracer=$!
		start "$WORK/load" redis_load 3000
		load=$!
		sleep "$pause"
		kill -KILL "$tracer"
		wait_child 10 "$tracer"
		wait_child 50 "$load"
		equal "$status" 0 "status of the load"
		redis_answers || fail "redis was harmed"
	done
	equal "$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$redis/status")" 0 "tracer"
}

@test "attach: nginx under load" {
	nginx_start
	start "$WORK/lt" "$LT" --log attach --json "$WORK/json" -p "$worker" -d 55s
	tracer=$!
	wait_attached "$WORK/lt" "$worker"
	nginx_load 2000 || fail "the load has failed: $(cat "$WORK/ab")"
	kill -TERM "$tracer"
	wait_child 30 "$tracer"
	equal "$status" 0 "exit status"
	check_complete
	at_least "$(report .totals.allocations)" 2000 "allocations"
	# A server that is idle again holds next to nothing of 2,000 requests.
	[ "$(report .totals.outstanding_blocks)" -lt 100 ] ||
		fail "$(report .totals.outstanding_blocks) blocks are outstanding"
	nginx_load 100 || fail "nginx was harmed"
	equal "$(cat "/proc/$nginx/task/$nginx/children")" "$worker " "worker"
}

@test "attach: nginx serves on after a SIGKILL of leaktrace" {
	nginx_start
	for pause in 0.1 0.7; do
		start "$WORK/lt" "$LT" -p "$worker"
		tracer=$!
		start "$WORK/load" nginx_load 1000
		load=$!
		sleep "$pause"
		kill -KILL "$tracer"
		wait_child 10 "$tracer"
		wait_child 50 "$load"
		equal "$status" 0 "status of the load"
	done
	nginx_load 100 || fail "nginx was harmed"
	equal "$(cat "/proc/$nginx/task/$nginx/children")" "$worker " "worker"
}
