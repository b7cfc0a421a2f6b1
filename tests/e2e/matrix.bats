#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# One leaker with each allocator in each way of linking: bytes, blocks, callers and classes are the
# same whoever gives the memory, what releases all is clean, and no allocator's own mapping is taken
# for the program's.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2154

load lib

LIBRARIES=/usr/lib/$(uname -m)-linux-gnu
SOURCES=$E2E_DIR/../leakers

# Debian's; newer ones give functions other names, and can be tried by hand.
RUSTC=${LEAKTRACE_TEST_RUSTC:-/usr/bin/rustc}

setup() {
	common_setup
	: >commands
	: >expected
}

teardown() {
	common_teardown
}

# build NAME ALLOCATOR COMPILER ARGUMENT...: ./NAME, whose memory comes from that allocator.
build() {
	local name=$1 allocator=$2

	shift 2
	need "$1"
	[[ $1 = *rustc ]] || set -- "$@" -w -D_GNU_SOURCE -O2
	"$@" -g -o "$name" >log 2>&1 || fail "$name cannot be built: $(cat log)" || return 1
	printf '%s\n' "./$name $allocator leaks" "./$name clean $allocator clean" >>expected
}

# Compares the last trace with the truth; $ends, if set, is then the end of each stack. Callers
# count from the leaker's own functions on: what stands between them and the allocator are
# libraries; what has none of them is a library's own.
check_trace() {
	jq -s --arg ends "${ends:-}" 'last | .sites |= map(
		.stack[].function |= (. // "" | sub("^rust_allocators::"; "")) |
		if $ends != "" then .stack_end = $ends else . end
		| .kind as $kind | .stack |= (. as $all | [range(length)
		| select($all[.].function // "" | test("^(make|leak|zero|release|fail)_"))]
		| if length > 0 then $all[.[0]:] elif $kind == "memory" then
			$all | .[0].function |= "__libc_" + (. // "") else $all end))' json >callers
	check_truth callers out || return 1
	equal "$(report '.totals.unknown_frees')" 0 "releases of unknown blocks" || return 1
	report '.processes[] | select(.end == "exit" and (.command[0] | startswith("./")))
		| "\(.command | join(" ")) \(.allocator) \(.verdict)"' >found
	diff -u expected found || fail "other processes than expected" || return 1
	: >expected
}

# cell NAME ALLOCATOR COMPILER ARGUMENT...: to be run together with others, by check_cells.
cell() {
	build "$@"
	printf '%s\n' "./$1" "./$1 clean" >>commands
}

# The dynamic program of that name, with another allocator: preloaded NAME ALLOCATOR LIBRARY.
preloaded() {
	cell "$1" "$2" gcc "$SOURCES/matrix.c"
	sed -i "s|^\\./$1|LD_PRELOAD=$3 &|" commands
}

check_cells() {
	trace "$@" -- sh -eu commands
	equal "$status" 23 "exit status"
	check_trace
}

# A static program is run by itself: no loader tells of one that another program starts, so that
# its beginning could be missed.
check_static() {
	build "$@"
	sed -i '/ clean$/d' expected
	trace --kinds memory -- "./$1"
	equal "$status" 23 "exit status of $1"
	check_trace
}

@test "matrix: glibc, dynamic, static and static at any address" {
	cell dynamic glibc gcc "$SOURCES/matrix.c"
	check_cells --kinds memory,mapping
	check_static static glibc gcc "$SOURCES/matrix.c"
	check_static static-pie glibc gcc "$SOURCES/matrix.c" -static-pie
}

# It has no unwind tables: stacks end early, behind what is compared.
@test "matrix: musl, dynamic and static" {
	local ends=complete

	cell dynamic musl musl-gcc "$SOURCES/matrix.c"
	check_cells
	check_static static musl musl-gcc "$SOURCES/matrix.c" -static
}

@test "matrix: jemalloc, preloaded, linked, inside the program, with a prefix" {
	local library=$LIBRARIES/libjemalloc.a
	local flags=("-DSIZED_FREE(block, bytes)=sdallocx(block, bytes, 0)" -pthread -ldl -lm)

	preloaded preloaded jemalloc "$LIBRARIES/libjemalloc.so.2"
	cell linked jemalloc gcc "$SOURCES/matrix.c" "$LIBRARIES/libjemalloc.so.2" "${flags[@]}"
	cell inside jemalloc gcc "$SOURCES/matrix.c" "$library" "${flags[@]}"
	nm -g --defined-only "$library" 2>/dev/null |
		awk 'NF == 3 && $2 ~ /[TW]/ && $3 !~ /^(_Z|je_)/ { print $3, "je_" $3 }' |
		sort -u >renamed
	objcopy --redefine-syms=renamed "$library" je.a
	cell prefix jemalloc gcc "$SOURCES/matrix.c" je.a -DPREFIX=je_ -pthread -ldl -lm
	check_cells --kinds memory,mapping
	check_static static jemalloc gcc "$SOURCES/matrix.c" "$library" -static "${flags[@]}"
}

@test "matrix: tcmalloc, preloaded and linked, whole and minimal" {
	local name

	for name in tcmalloc tcmalloc_minimal; do
		preloaded "$name-preloaded" tcmalloc "$LIBRARIES/lib$name.so.4"
		cell "$name-linked" tcmalloc gcc "$SOURCES/matrix.c" "$LIBRARIES/lib$name.so.4" \
			-Wl,--no-as-needed "-DSIZED_FREE(block, bytes)=tc_free_sized(block, bytes)"
	done
	cell prefix tcmalloc gcc "$SOURCES/matrix.c" "$LIBRARIES/libtcmalloc_minimal.so.4" \
		-DPREFIX=tc_
	check_cells --kinds memory,mapping
}

@test "matrix: tcmalloc inside the program" {
	local library=$LIBRARIES/libtcmalloc_minimal.a

	[ -e "$library" ] ||
		skip "libgoogle-perftools-dev is not installed: it excludes libc++-dev"
	cell inside tcmalloc gcc "$SOURCES/matrix.c" "$library" -lstdc++ -lm -pthread
	check_cells --kinds memory,mapping
	# The heap lies behind the program. In the lowest megabytes tcmalloc's own counts of bytes
	# would look like addresses in large blocks, now and then.
	check_static static tcmalloc gcc "$SOURCES/matrix.c" "$library" -static -lstdc++ \
		-lm -pthread -Wl,-Ttext-segment=0x40000000
}

@test "matrix: mimalloc, preloaded, linked and with its prefix" {
	local library=$LIBRARIES/libmimalloc.so.2

	preloaded preloaded mimalloc "$library"
	cell linked mimalloc gcc "$SOURCES/matrix.c" "$library" \
		"-DSIZED_FREE(block, bytes)=mi_free_size(block, bytes)"
	cell prefix mimalloc gcc "$SOURCES/matrix.c" "$library" -DPREFIX=mi_
	check_cells --kinds memory,mapping
}

@test "matrix: AddressSanitizer and LeakSanitizer" {
	# Older kernels have no quick way to tell what of its map of all memory is in use.
	[ "$(printf '%s\n' 6.7 "$(uname -r)" | sort -V | head -n 1)" = 6.7 ] ||
		skip "Linux $(uname -r) cannot tell quickly which memory is in use"
	export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
	export LSAN_OPTIONS=$ASAN_OPTIONS
	cell gcc-asan AddressSanitizer gcc "$SOURCES/matrix.c" -fsanitize=address
	cell gcc-lsan LeakSanitizer gcc "$SOURCES/matrix.c" -fsanitize=leak
	check_cells
}

@test "matrix: operators new and delete of the program" {
	local how

	for how in PLAIN HEADER CHUNKS MAPPED ARENA; do
		cell "$how" glibc g++ "$SOURCES/operators.cc" "-D$how"
	done
	check_cells --kinds memory,mapping
	check_static static glibc g++ "$SOURCES/operators.cc" -DHEADER -static
}

@test "matrix: Rust, with the system's allocator and with its own" {
	local rustc=("$RUSTC" --edition 2021 -O "$SOURCES/rust_allocators.rs")

	cell system glibc "${rustc[@]}"
	cell counting glibc "${rustc[@]}" --cfg counting
	cell arena glibc "${rustc[@]}" --cfg arena
	check_cells --kinds memory,mapping
}
