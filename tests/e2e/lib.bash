# SPDX-License-Identifier: BSD-2-Clause
# What the end-to-end tests share: where things are, running leaktrace with a bound on time,
# comparing its report with the truth, waiting, and ending what was started.
# shellcheck shell=bash

E2E_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=${LEAKTRACE_TEST_BUILD:-$E2E_DIR/../../build}
BUILD=$(cd "$BUILD" && pwd)
LT=$BUILD/leaktrace
LEAKERS=$BUILD/tests/leakers
export SCALE=${LEAKTRACE_TEST_SCALE:-1}

# How many times as long things may take as on a machine of one's own: for emulated ones.
SLOWNESS=${LEAKTRACE_TEST_SLOWNESS:-1}

# Every wait that has no bound of its own ends after this many seconds.
PATIENCE=$((60 * SLOWNESS))

# Nothing that the caller has set may change what leaktrace does.
unset LEAKTRACE LEAKTRACE_OPTIONS CMOCKA_MESSAGE_OUTPUT SUDO_UID SUDO_GID SUDO_USER SUDO_COMMAND
export LC_ALL=C

# Most tests are about memory, and count it to the byte; those about something else say so.
export LEAKTRACE_OPTIONS=--kinds=memory
((SLOWNESS == 1)) || LEAKTRACE_OPTIONS+=" --scan-timeout=$((10 * SLOWNESS))s"

# To be called by setup(): an empty working directory, no configuration file, nothing started yet.
common_setup() {
	[ -x "$LT" ] || {
		echo "$LT is not built"
		return 1
	}
	[ "$(id -u)" = 0 ] || skip "tracing needs root"
	WORK=$(mktemp -d)
	chmod 755 "$WORK"
	cd "$WORK" || return 1
	export XDG_CONFIG_HOME=$WORK HOME=$WORK
	STARTED=()
}

# To be called by teardown(): ends what start() and remember() know of, and nothing else.
common_teardown() {
	local pid

	for pid in "${STARTED[@]}"; do
		end_process "$pid"
	done
	cd /
	[ -z "$WORK" ] || rm -rf "$WORK"
}

need() {
	local name

	for name; do
		[ -n "$(command -v "$name")" ] || skip "$name is not installed"
	done
}

# leaktrace with the bound on time that every test needs. Its child is not in a group of its own.
leaktrace() {
	timeout --foreground --kill-after=5 "$PATIENCE" "$LT" "$@" 3>&-
}

# Runs leaktrace with the arguments and remembers: status, file out, file err, file json.
trace() {
	status=0
	leaktrace --json "$WORK/json" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	[ "$status" != 124 ] || fail "leaktrace did not end within $PATIENCE s"
}

# Runs a leaker under leaktrace. Its own status, which is the first argument, must be kept.
trace_leaker() {
	local expected=$1

	shift
	trace --fail-on none -- "$@"
	[ "$status" = "$expected" ] || fail "exit status $status instead of $expected"
	check_truth "$WORK/json" "$WORK/out"
}

# Says why the test fails, with all that leaktrace said.
fail() {
	echo "FAILED: $*"
	local file

	for file in err out; do
		[ -f "$WORK/$file" ] || continue
		echo "--- $file"
		head -c 6000 "$WORK/$file"
	done
	return 1
}

# equal GOT WANTED WHAT
equal() {
	[ "$1" = "$2" ] || fail "$3: got '$1' instead of '$2'"
}

# at_least GOT LEAST WHAT
at_least() {
	[[ $1 =~ ^[0-9]+$ && $1 -ge $2 ]] || fail "$3: got '$1', wanted $2 or more"
}

# Reads the last report of a file, which has several when attached with an interval.
report() {
	jq -rs "last | $1" "${2:-$WORK/json}"
}

# How many things the filter gives.
count() {
	report "[$1] | length"
}

# check_truth JSON STDOUT: the report must say exactly what the leakers said.
check_truth() {
	local differences

	[ -s "$1" ] || fail "there is no JSON report" || return 1
	jq -s last "$1" >"$WORK/last.json" || fail "the report is not JSON" || return 1
	differences=$(jq -r --rawfile truth "$2" -f "$E2E_DIR/truth.jq" "$WORK/last.json") ||
		fail "the report could not be compared" || return 1
	[ -z "$differences" ] || {
		echo "$differences"
		jq -c '.sites[] | {pid, class, blocks, bytes,
			stack: [.stack[] | .function // .module]}' "$WORK/last.json" | head -40
		fail "the report is not the truth"
	}
}

# check_sums KIND: where stacks cannot be trusted (musl has no unwind tables), the report must still
# have as many descriptors or threads of each class as the leakers said.
check_sums() {
	[ -s "$WORK/out" ] || fail "the leaker did not say anything" || return 1
	awk -v kind="$1" '$1 == kind { n[$3] += $4 } END { for (c in n) print c, n[c] }' \
		"$WORK/out" | sort >"$WORK/truth"
	report "[.sites[] | select(.kind == \"$1\")] | group_by(.class)[]
		| \"\(.[0].class) \([.[].blocks] | add)\"" | sort >"$WORK/sums"
	diff -u "$WORK/truth" "$WORK/sums" || fail "other sums than expected"
}

# The report must not name any way in which data was lost.
check_complete() {
	equal "$(count '.losses[] | select(.count > 0)')" 0 "ways in which data was lost"
	[ "$(report .verdict)" != incomplete ] || fail "the verdict is incomplete"
}

now_ms() {
	date +%s%3N
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails after that time (or SLOWNESS times
# as much).
wait_for() {
	local end=$(($(now_ms) + $1 * 1000 * SLOWNESS))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Starts a command in the background, with its output in FILE: start FILE COMMAND...; pid in $!.
start() {
	local file=$1

	shift
	"$@" >"$file" 2>"$file.err" </dev/null 3>&- &
	STARTED+=($!)
}

# A process that was started otherwise (by a pidfile) and must end with the test.
remember() {
	STARTED+=("$1")
}

process_is_gone() {
	local state

	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

end_process() {
	process_is_gone "$1" && return 0
	kill -TERM "$1" 2>/dev/null
	wait_for 3 process_is_gone "$1" || kill -KILL "$1" 2>/dev/null
	return 0
}

# Waits, as wait_for() does, for a child of this shell and sets status: wait_child SECONDS PID.
wait_child() {
	wait_for "$1" process_is_gone "$2" || fail "process $2 did not end within $1 s" || return 1
	status=0
	wait "$2" || status=$?
}

# An unused port of the loopback interface.
free_port() {
	local port

	for _ in {1..50}; do
		port=$((20000 + RANDOM % 10000))
		(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
			echo "$port"
			return 0
		}
	done
	return 1
}

# A grower (tests/leakers/grower.c) with its pid in $grower and what it says in file grower. It has
# a C library of its own, of which nobody else's probes can change the code.
grower_start() {
	local libc

	libc=$(ldd "$LEAKERS/grower" | sed -n 's/.*libc\.so\.6 => \([^ ]*\).*/\1/p')
	mkdir -p "$WORK/lib"
	[ -e "$WORK/lib/libc.so.6" ] || cp "$libc" "$WORK/lib/libc.so.6" || return 1
	start "$WORK/grower" env LD_LIBRARY_PATH="$WORK/lib" "$LEAKERS/grower"
	grower=$!
	wait_for 5 grep -q '^ready' "$WORK/grower" || fail "the grower does not start"
}

# grower_tell SIGNAL KEY: sends the signal, waits for the line KEY it answers with, prints that.
grower_tell() {
	local before

	before=$(grep -c "^$2 " "$WORK/grower" || true)
	kill -"$1" "$grower" || return 1
	wait_for 10 grower_answered "$2" "$before" || return 1
	sed -n "s/^$2 //p" "$WORK/grower" | tail -n 1
}

grower_answered() {
	[ "$(grep -c "^$1 " "$WORK/grower")" -gt "$2" ]
}

# Ends the grower, which must still be as it was: it answers, and tells the truth.
grower_end() {
	kill -TERM "$grower" || fail "the grower is gone" || return 1
	wait_child 10 "$grower" || return 1
	equal "$status" 0 "exit status of the grower"
}

# No probe is left in the code of the grower; the kernel may need a moment after a SIGKILL.
grower_is_unprobed() {
	[ "$(grower_tell HUP changed)" = 0 ]
}

# The leaktrace that was started with file FILE and "--log attach" traces process PID:
# wait_attached FILE PID.
wait_attached() {
	wait_for 20 grep -q "process $2 is traced" "$1.err" ||
		fail "leaktrace did not attach to $2: $(cat "$1.err")"
}
