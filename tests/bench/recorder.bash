# SPDX-License-Identifier: BSD-2-Clause
# The cost of the flight recorder, interleaved: what it adds to a new page, to a mapping, and to
# system calls that it does not look at; and what it takes for itself. Prints a section of the
# report.
# shellcheck shell=bash

RECORDER_WORKS=(touch map call)
RECORDER_COUNTS=(200000 100000 1000000)

# recorder_ns WORK COUNT: nanoseconds of CPU time each.
recorder_ns() {
	machine_wait
	limited "$programs/faults" "$1" "$2" 2>/dev/null |
		awk 'NF == 4 { printf "%.1f\n", $2 / $1 }'
}

# recorder_works STATE: writes a "WORK STATE ns" line for each.
recorder_works() {
	local i ns

	for i in "${!RECORDER_WORKS[@]}"; do
		ns=$(recorder_ns "${RECORDER_WORKS[i]}" "${RECORDER_COUNTS[i]}")
		[ -z "$ns" ] || echo "${RECORDER_WORKS[i]} $1 $ns"
	done
}

# recorder_ticks PID: its CPU time in hundredths of a second.
recorder_ticks() {
	awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 100 / hz) }' "/proc/$1/stat"
}

# recorder_beside: the same with a recorder, and its own part of a core, which has then settled.
recorder_beside() {
	local pid i before began

	"$leaktrace" oom --state-dir "$dir/kept" >/dev/null 2>"$dir/recorder" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		grep -q '^leaktrace: recording' "$dir/recorder" && break
		sleep 0.05
	done
	recorder_works unmeasured >/dev/null
	before=$(recorder_ticks "$pid") began=$(date +%s%N)
	recorder_works beside
	echo "share beside $(recorder_share "$pid" "$before" "$began")"
	before=$(recorder_ticks "$pid") began=$(date +%s%N)
	sleep 5
	echo "share alone $(recorder_share "$pid" "$before" "$began")"
	kill -INT "$pid"
	wait "$pid"
}

# recorder_share PID TICKS TIME: per cent of a core since then.
recorder_share() {
	echo "$(recorder_ticks "$1") $2 $(date +%s%N) $3" |
		awk '{ printf "%.2f\n", ($1 - $2) * 1e9 / ($3 - $4) }'
}

recorder_run() {
	local round

	for ((round = 0; round < $1; round++)); do
		recorder_works untraced
		recorder_beside
	done
}

recorder_report() {
	echo
	echo "## The cost of the flight recorder"
	echo
	echo "Nanoseconds of CPU time as medians, without \`leaktrace oom\` and while it records"
	echo "the whole machine. It looks at each page fault; as it asks for mmap and brk that"
	echo "fail, system calls go through the kernel's tracepoints, all of them."
	echo
	echo "| | without | while it records | ratio |"
	echo "|---|--:|--:|--:|"
	sort -k1,1 -k2,2 -k3,3n | awk '
		function median(key) { return values[key, int((n[key] + 1) / 2)] }
		function row(work, what, a, b) {
			a = median(work " untraced"); b = median(work " beside")
			if (a)
				printf "| %s | %.0f | %.0f | %.2f |\n", what, a, b, b / a
		}
		{ key = $1 " " $2; values[key, ++n[key]] = $3 }
		END {
			row("touch", "a new page of memory")
			row("map", "mmap and munmap")
			row("call", "getppid, the least of system calls")
			printf "\nIts own CPU time was %.2f %% of a core beside these loops, ",
			       median("share beside")
			printf "and %.2f %% afterwards.\n", median("share alone")
		}'
}
