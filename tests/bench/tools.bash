# SPDX-License-Identifier: BSD-2-Clause
# How each tool runs $command: tool_NAME leaves $dir/outer (the tool with all that it started) and,
# where the command is a process of its own, $dir/inner (the command alone), both by "measure".
# shellcheck shell=bash

tools_choose() {
	local tool

	peers=()
	# Probes that do nothing, a tracer as most are made, LeakSanitizer: built by the bench.
	for tool in floor memleak lsan; do
		[ -x "$programs/${tool/lsan/pairs-lsan}" ] && peers+=("$tool")
	done
	for tool in valgrind heaptrack bpftrace; do
		if command -v "$tool" >/dev/null; then
			peers+=("$tool")
		else
			echo "bench: $tool is not installed: not compared" >&2
		fi
	done
	# Debian's valgrind is a script that sets variables, for which programs allocate memory.
	valgrind=$(command -v valgrind.bin || command -v valgrind)
	libc=$(ldd "$programs/pairs" | awk '$1 ~ /^libc\.so/ { print $3 }')
}

limited() {
	timeout --kill-after=5 "$RUN_SECONDS" "$@"
}

# A tracer that comes and goes while this runs would spoil all ratios of the round.
tool_untraced() {
	local status=0 watch

	while sleep 0.2; do
		[ "$(canary)" -le "$canary_limit" ] || echo traced >"$dir/spoilt"
	done &
	watch=$!
	limited "$measure" "$dir/inner" "${command[@]}" || status=$?
	kill "$watch"
	wait "$watch" 2>/dev/null
	return "$status"
}

# Whether TOOL can do WORK.
tool_possible() {
	case $1/$2 in
	# It looks at processes by name, and there is none to see in these.
	bpftrace/true | bpftrace/ctest) return 1 ;;
	# It is built into our own loops.
	lsan/pairs-*-fp) return 1 ;;
	lsan/pairs-* | lsan/live-*) return 0 ;;
	lsan/*) return 1 ;;
	# Of so many blocks the only question is how long it takes to find what is lost.
	*/live-5000000) [[ $1 = untraced || $1 = leaktrace ]] || return 1 ;;
	# They see one process.
	memleak/git-gc | memleak/gcc | memleak/ctest) return 1 ;;
	heaptrack/ctest) return 1 ;;
	esac
}

# What no tracer by uprobes can be cheaper than: the same probes, with programs that do nothing.
tool_floor() {
	limited "$measure" "$dir/outer" "$programs/floor" empty "$measure" "$dir/inner" \
		"${command[@]}"
}

tool_memleak() {
	limited "$measure" -p "$dir/outer" "$programs/memleak" "$programs/memleak.bpf.o" \
		"$dir/inner" "${command[@]}"
}

# It fails when it has found a leak.
tool_lsan() {
	LSAN_OPTIONS=exitcode=0 limited "$measure" "$dir/outer" "${command[0]}-lsan" \
		"${command[@]:1}"
}

tool_leaktrace() {
	local inner=("$measure" "$dir/inner") status=0 watch=

	# The smallest work is to be the command alone.
	[ "$1" != true ] || inner=()
	if [[ $1 = live-* ]]; then
		kernel_watch &
		watch=$!
	fi
	limited "$measure" -p "$dir/outer" "$leaktrace" --fail-on none -q --json "$dir/json" -- \
		"${inner[@]}" "${command[@]}" || status=$?
	if [ "$watch" ]; then
		kill "$watch"
		wait "$watch" 2>/dev/null
	fi
	return "$status"
}

# Kernel memory of the maps and programs that a process holds, in KiB.
kernel_memory() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null |
		awk '/^memlock:/ { n += $2 } END { printf "%d\n", n / 1024 }'
}

# Writes into $dir/kernel the most that the leaktrace has held which runs below this shell.
kernel_watch() {
	local pid='' most=0 now

	while sleep 0.1; do
		[ "$pid" ] ||
			pid=$(pgrep -P "$(pgrep -P "$(pgrep -n -P $$ -x timeout)")" -x leaktrace)
		now=$(kernel_memory "${pid:-none}")
		[ "$now" -le "$most" ] || echo "$((most = now))" >"$dir/kernel"
	done 2>/dev/null
}

# The command is not traced, but leaktrace traces another process at the time.
tool_bystander() {
	local status=0 pid i

	rm -f "$dir/fifo"
	mkfifo "$dir/fifo" || return 1
	# Opened for both, it waits for nobody, and what is written stays until it is read.
	exec 9<>"$dir/fifo"
	timeout --kill-after=5 "$RUN_SECONDS" "$leaktrace" --fail-on none -q -- \
		head -c 1 "$dir/fifo" >"$dir/bystander.out" 2>&1 9>&- &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[ "$(canary)" -le "$canary_limit" ] || break
		sleep 0.1
	done
	limited "$measure" "$dir/inner" "${command[@]}" || status=$?
	printf x >&9
	wait "$pid" || status=$?
	exec 9>&-
	return "$status"
}

# Blocks that the C library frees for valgrind's sake are left alone: they are alive for others.
tool_valgrind() {
	rm -f "$dir"/valgrind.*
	if [ "$1" = ctest ]; then
		# Its own way to do this, with a part of the tests.
		n=$((N_TESTS / 20))
		limited "$measure" "$dir/outer" "${command[@]}" -T memcheck -I "1,$n"
		return
	fi
	limited "$measure" "$dir/outer" "$valgrind" --leak-check=full --trace-children=yes \
		--run-libc-freeres=no --run-cxx-freeres=no --log-file="$dir/valgrind.%p" \
		"${command[@]}"
}

tool_heaptrack() {
	rm -f "$dir"/heaptrack*
	limited "$measure" "$dir/outer" heaptrack -o "$dir/heaptrack" "${command[@]}"
}

# Its probes slow down every process, which tells when they are there. Its wall time means nothing.
tool_bpftrace() {
	local status=0 pid child='' i n_files before=''

	sed -e "s|LIBC:|$libc:|g" -e "s|\"COMM\"|\"$comm\"|" "$here/memleak.bt" >"$dir/script.bt"
	BPFTRACE_MAP_KEYS_MAX=$((live * 2 + 1000)) timeout --kill-after=5 "$RUN_SECONDS" \
		"$measure" -p "$dir/outer" bpftrace "$dir/script.bt" >"$dir/bpftrace.out" 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[ "$(canary)" -le "$canary_limit" ] || break
		sleep 0.1
	done
	# timeout started measure, and that bpftrace. All probes are there when it opens no more.
	child=$(pgrep -P "$(pgrep -P "$pid" | head -n 1)" | head -n 1)
	for ((i = 0; i < 20; i++)); do
		n_files=$(find "/proc/$child/fd" 2>/dev/null | wc -l)
		[ "$n_files" != "$before" ] || break
		before=$n_files
		sleep 0.7
	done
	limited "$measure" "$dir/inner" "${command[@]}" || status=$?
	# It can miss a signal, and die of one while it ends; what it counted is there all the same.
	for ((i = 0; i < 40; i++)); do
		[ -n "$child" ] && kill -INT "$child" 2>/dev/null || break
		sleep 1
	done
	[ "$i" -lt 40 ] || kill -KILL "$child"
	wait "$pid"
	grep -q '^@n:' "$dir/bpftrace.out" || status=1
	return "$status"
}

# What leaktrace said: allocations, blocks alive, processes that ran "true", verdict,
# what was lost.
leaktrace_answer() {
	tr -d ' \n' <"$dir/json" | awk '
		function member(name, text) {
			text = $0
			if (!sub(".*\"" name "\":", "", text))
				return "-"
			sub(/[,}].*/, "", text)
			gsub(/"/, "", text)
			return text
		}
		function losses_read(text, ids) {
			while (match(text, /"id":"[^"]*"/)) {
				ids = ids (ids == "" ? "" : ",")
				ids = ids substr(text, RSTART + 6, RLENGTH - 7)
				text = substr(text, RSTART + RLENGTH)
			}
			return ids == "" ? "-" : ids
		}
		{
			processes = gsub(/"exe":"[^"]*\/true"/, "&")
			verdict = losses = "-"
			if (match($0, /"verdict":"[a-z]*"/))
				verdict = substr($0, RSTART + 11, RLENGTH - 12)
			if (match($0, /"losses":\[[^]]*/))
				losses = losses_read(substr($0, RSTART, RLENGTH))
			$0 = match($0, /"totals":\{[^}]*\}/) ? substr($0, RSTART, RLENGTH) : ""
			print member("allocations"), member("outstanding_blocks"), processes,
				verdict, losses
		}'
}

# What valgrind said, in the same form; of all processes.
valgrind_answer() {
	# None where ctest has started it.
	cat "$dir"/valgrind.* 2>/dev/null | awk '
		{ gsub(/,/, "") }
		/in use at exit:/ { live += $(NF - 1); processes++ }
		/total heap usage:/ { for (i = 1; i < NF; i++) if ($(i + 1) == "allocs") n += $i }
		END { if (processes) print n, live, processes, "- -"; else print "- - - - -" }'
}

floor_answer() {
	echo "- - - - -"
}

memleak_answer() {
	awk '$1 == "memleak" { n = $2; live = $3 }
		END { if (n != "") print n, live, "- - -"; else print "- - - - -" }' "$dir/errors"
}

# Only what nothing points to.
lsan_answer() {
	awk '/^SUMMARY: LeakSanitizer/ { live = $(NF - 1) }
		END { print "-", live + 0, "- - -" }' "$dir/errors"
}

heaptrack_answer() {
	awk '/allocations:/ && !/leaked|temporary/ { n = $NF }
		/leaked allocations:/ { live = $NF }
		END { if (n != "") print n, live, "- - -"; else print "- - - - -" }' "$dir/said"
}

bpftrace_answer() {
	awk '$1 == "@n:" { n = $2 } END { print n == "" ? "-" : n, "- - - -" }' \
		"$dir/bpftrace.out"
}
