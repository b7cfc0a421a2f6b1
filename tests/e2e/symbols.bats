#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Names in stacks end to end: programs that are gone or replaced, separate and packed debug
# information, languages, generated code. What cannot be named is module and offset, never wrong.

# The commands expand their own variables; each test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031

load lib

setup() {
	home=$HOME
	common_setup
	need cc objcopy
}

teardown() {
	[ -z "${map:-}" ] || rm -f "$map"
	common_teardown
}

# leaker NAME FUNCTION [FLAGS...]: builds a program in which FUNCTION, called by main at line 11,
# leaks 77 bytes at line 6; it then waits for as many ms as its argument says.
leaker() {
	local name=$1 function=$2

	shift 2
	cat >"$name.c" <<-C
		#include <stdlib.h>
		#include <unistd.h>
		void *volatile held;
		__attribute__((noinline)) void $function(int n)
		{
			held = malloc((size_t)n);
		}
		int main(int argc, char **argv)
		{
			for (int i = 0; i < 1; i++)
				$function(77);
			usleep(argc > 1 ? (useconds_t)atoi(argv[1]) * 1000 : 0);
			return 0;
		}
	C
	cc -O1 "${@:--g}" -o "$name" "$name.c"
}

# The frames of the leak down to main, as "function file:line".
leak_frames() {
	report '[.sites[] | select(.bytes == 77) | [.stack[]
		| "\(.function) \(.file // "" | split("/") | last):\(.line)"] | .[0:2] | join(", ")]
		| unique | join("; ")'
}

# The leak is known by module and offset alone.
leak_has_no_names() {
	[ "$(report '[.sites[] | select(.bytes == 77) | .stack[0]
		| .function == null and .line == null and (.offset | test("^0x[0-9a-f]+$"))]
		| length > 0 and all')" = true ]
}

@test "symbols: an executable that is deleted while it runs" {
	leaker program leak_here
	trace --fail-on none -- sh -c './program 700 & sleep 0.3; rm program; wait'
	equal "$(leak_frames)" "leak_here program.c:6, main program.c:11" "frames"
}

@test "symbols: an executable that was deleted before the attach" {
	leaker program leak_here
	cat >loop.c <<-'C'
		#include <stdlib.h>
		#include <unistd.h>
		void *volatile held;
		__attribute__((noinline)) void leak_old(void)
		{
			held = malloc(77);
		}
		int main(void)
		{
			for (int i = 0; i < 600; i++) {
				leak_old();
				usleep(50000);
			}
			return 0;
		}
	C
	cc -g -O1 -o loop loop.c
	start loop.out ./loop
	sed 's/leak_old/leak_new/' loop.c >new.c
	wait_for 5 grep -q "$WORK/loop" "/proc/${STARTED[-1]}/maps"
	rm loop
	cc -g -O1 -o loop new.c
	trace --fail-on none -p "${STARTED[-1]}" -d 1
	[ "$(report '[.sites[].stack[0].function] | unique | join(" ")')" = leak_old ] ||
		fail "the names are not those of the program that runs"
}

@test "symbols: an executable that is replaced while it runs" {
	leaker other leak_other
	leaker program leak_here
	trace --fail-on none -- sh -c './program 900 & sleep 0.4; mv other program; wait'
	equal "$(leak_frames)" "leak_here program.c:6, main program.c:11" "frames"
}

# Nothing can be promised of a program that is there for a millisecond, but that nothing is wrong.
@test "symbols: compiled, run and deleted at once: its names, or a sentence" {
	local round named=0

	leaker other leak_other
	leaker program leak_here
	cp program keep
	for round in {1..8}; do
		trace --fail-on none -- sh -c 'cp keep program; ./program; cp other program.new;
			mv program.new program'
		! report '.sites[].stack[].function' | grep -q leak_other ||
			fail "round $round: the names of another program"
		if [ "$(leak_frames)" = "leak_here program.c:6, main program.c:11" ]; then
			named=$((named + 1))
		elif leak_has_no_names; then
			grep -q "no function names for $WORK/program: " err ||
				fail "round $round: no names, and no sentence"
		else
			[ "$(report .verdict)" = incomplete ] ||
				fail "round $round: $(leak_frames)"
		fi
	done
	echo "# named in $named of 8 rounds" >&3
}

@test "symbols: no build-id" {
	leaker program leak_here -g -Wl,--build-id=none
	trace --fail-on none -- ./program
	equal "$(leak_frames)" "leak_here program.c:6, main program.c:11" "frames"
}

@test "symbols: stripped, with the debug file beside it" {
	leaker program leak_here
	objcopy --only-keep-debug program program.debug
	strip program
	trace --fail-on none -- ./program
	leak_has_no_names || fail "names out of nothing: $(leak_frames)"
	objcopy --add-gnu-debuglink=program.debug program
	trace --fail-on none -- ./program
	equal "$(leak_frames)" "leak_here program.c:6, main program.c:11" "frames"

	# The debug file of another build is not believed.
	leaker other leak_other
	objcopy --only-keep-debug other program.debug
	trace --fail-on none -- ./program
	leak_has_no_names || fail "names of another build: $(leak_frames)"
}

@test "symbols: packed symbols (.gnu_debugdata)" {
	need xz strip
	leaker program leak_here -g0
	objcopy --only-keep-debug program mini
	xz mini
	strip program
	objcopy --add-section .gnu_debugdata=mini.xz program
	trace --fail-on none -- ./program
	equal "$(leak_frames)" "leak_here null:null, main null:null" "frames"
}

@test "symbols: a static program" {
	leaker program leak_here -g -static
	trace --fail-on none -- ./program
	equal "$(leak_frames)" "leak_here program.c:6, main program.c:11" "frames"
	equal "$(report '[.sites[] | select(.bytes == 77) | .stack[].module] | unique | length')" \
		1 "modules of the stack"
}

@test "symbols: names of C++ templates, operators and lambdas" {
	local vector

	need c++
	cat >program.cc <<-'CXX'
		#include <cstdlib>
		#include <vector>
		void *volatile held;
		namespace box {
		template <typename T, int N> struct shelf {
			__attribute__((noinline)) void fill(const std::vector<T> &from)
			{
				held = std::malloc(77 + from.size());
			}
			__attribute__((noinline)) shelf &operator+=(T value)
			{
				fill(std::vector<T>());
				held = nullptr;
				return *this;
			}
		};
		}
		int main()
		{
			auto add = [](box::shelf<unsigned, 7> &shelf) __attribute__((noinline)) {
				shelf += 1u;
				held = nullptr;
			};
			box::shelf<unsigned, 7> shelf;
			add(shelf);
			held = nullptr;
			return 0;
		}
	CXX
	c++ -g -O1 -o program program.cc
	trace --fail-on none -- ./program
	report '.sites[] | select(.bytes == 77) | .stack[].function' >frames
	vector='std::vector<unsigned int, std::allocator<unsigned int> >'
	equal "$(sed -n 1p frames)" "box::shelf<unsigned int, 7>::fill($vector const&)" "a template"
	equal "$(sed -n 2p frames)" "box::shelf<unsigned int, 7>::operator+=(unsigned int)" \
		"an operator"
	[[ $(sed -n 3p frames) = main::*lambda* ]] || fail "a lambda: $(sed -n 3p frames)"
	equal "$(sed -n 4p frames)" main "the caller"
}

@test "symbols: Rust" {
	export RUSTUP_HOME=${RUSTUP_HOME:-$home/.rustup} CARGO_HOME=${CARGO_HOME:-$home/.cargo}
	need rustc
	cat >program.rs <<-'RUST'
		mod shop {
		    pub struct Shelf<T> {
		        pub items: Vec<T>,
		    }
		    impl<T: Clone> Shelf<T> {
		        #[inline(never)]
		        pub fn stock(&mut self, value: T) {
		            self.items.reserve_exact(77);
		            self.items.push(value);
		        }
		    }
		}
		fn main() {
		    let mut shelf = shop::Shelf::<u8> { items: Vec::new() };
		    shelf.stock(1);
		    std::mem::forget(shelf);
		}
	RUST
	rustc -g -C opt-level=1 -o program program.rs
	trace --fail-on none -- ./program
	report '.sites[] | select(.bytes == 77) | .stack[]
		| "\(.function) \(.file // "" | split("/") | last):\(.line)"' >frames
	grep -q '^program::shop::Shelf<.*>::stock.* program.rs:8$' frames || fail "$(cat frames)"
	grep -q '^program::main program.rs:15$' frames || fail "$(cat frames)"
	! grep -Eq '^_(R|ZN)|17h[0-9a-f]{16}' frames || fail "mangled names: $(cat frames)"
}

@test "symbols: the chain of inlined calls" {
	cat >program.c <<-'C'
		#include <stdlib.h>
		void *volatile held;
		static inline void *inner(int n)
		{
			return malloc((size_t)n);
		}
		static inline void middle(int n)
		{
			held = inner(n + 7);
		}
		__attribute__((noinline)) void outer(int n)
		{
			middle(n);
			held = NULL;
		}
		int main(int argc, char **argv)
		{
			outer(argv[0] ? argc + 69 : 0);
			held = NULL;
			return 0;
		}
	C
	cc -g -O2 -o program program.c
	trace --fail-on none -- ./program
	equal "$(report '[.sites[] | select(.bytes == 77) | .stack[0:4][]
		| "\(.function):\(.line):\(.inlined)"] | join(" ")')" \
		"inner:5:true middle:9:true outer:13:false main:18:false" "frames"
	equal "$(report '[.sites[] | select(.bytes == 77) | .stack[0:3][].offset] | unique
		| length')" 1 "places of the inlined calls"
}

@test "symbols: the vdso, interrupted by a signal" {
	cat >program.c <<-'C'
		#define _GNU_SOURCE
		#include <elf.h>
		#include <signal.h>
		#include <stdlib.h>
		#include <sys/auxv.h>
		#include <sys/time.h>
		#include <time.h>
		#include <ucontext.h>
		static unsigned long vdso;
		static volatile sig_atomic_t hits;
		void *volatile held;
		static void handler(int number, siginfo_t *info, void *context)
		{
			mcontext_t *registers = &((ucontext_t *)context)->uc_mcontext;
			unsigned long pc = (unsigned long)registers->gregs[REG_RIP];
			(void)number;
			(void)info;
			if (pc - vdso >= 0x2000 || hits >= 5)
				return;
			held = malloc(77);
			hits++;
		}
		int main(void)
		{
			struct sigaction action = { .sa_sigaction = handler,
						    .sa_flags = SA_SIGINFO };
			struct itimerval timer = { { 0, 500 }, { 0, 500 } };
			struct timespec now;
			time_t end = time(NULL) + 10;
			vdso = getauxval(AT_SYSINFO_EHDR);
			sigaction(SIGALRM, &action, NULL);
			setitimer(ITIMER_REAL, &timer, NULL);
			while (hits < 5 && time(NULL) < end)
				clock_gettime(CLOCK_MONOTONIC, &now);
			return hits < 5 ? 77 : 0;
		}
	C
	[ "$(uname -m)" = x86_64 ] || skip "the test knows the registers of x86-64 only"
	cc -g -O1 -o program program.c
	trace --fail-on none -- ./program
	[ "$status" != 77 ] || skip "no signal came while the vdso was running"
	report '.sites[] | select(.bytes % 77 == 0 and .bytes > 0) | .stack[]
		| "\(.function) \(.module | split("/") | last)"' >frames
	grep -q ' \[vdso\]$' frames || fail "no frame in the vdso: $(cat frames)"
	! grep ' \[vdso\]$' frames | grep -Evq "^(null|(__vdso_)?(clock_gettime|time)) " ||
		fail "wrong names: $(cat frames)"
	grep -q '^handler program' frames || fail "the handler is missing: $(cat frames)"
}

# A program that writes a function at run time and runs it for some ms: jit MS [NAME [anything]].
# With NAME it writes a perf map, which with another argument belongs to another user.
jit_build() {
	cat >jit.c <<-'C'
		#define _GNU_SOURCE
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/mman.h>
		#include <unistd.h>
		/* push rbp; mov rbp, rsp; mov edi, 77; call rsi; pop rbp; ret */
		static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xbf, 77, 0, 0,
						      0, 0xff, 0xd6, 0x5d, 0xc3 };
		int main(int argc, char **argv)
		{
			unsigned char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			void *volatile held;
			int ms = atoi(argv[1]);
			char path[64];
			FILE *map;
			memcpy(at + 256, code, sizeof(code));
			mprotect(at, 4096, PROT_READ | PROT_EXEC);
			snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
			puts(path);
			fflush(stdout);
			if (argc > 2) {
				map = fopen(path, "w");
				fprintf(map, "%lx 1000 old_code\n", (unsigned long)at);
				fprintf(map, "%lx %zx %s\n", (unsigned long)at + 256, sizeof(code),
					argv[2]);
				fclose(map);
				if (argc > 3)
					chown(path, 12345, 12345);
			}
			do {
				held = ((void *(*)(int, void *))(at + 256))(0, malloc);
				(void)held;
				usleep(ms > 0 ? 50000 : 0);
			} while ((ms -= 50) > 0);
			return 0;
		}
	C
	[ "$(uname -m)" = x86_64 ] || skip "the generated code is for x86-64"
	cc -g -O1 -Wno-unused-result -o jit jit.c
}

# "function module" of the generated frame.
jit_frame() {
	report '.sites[] | select(.bytes % 77 == 0) | .stack[0]
		| select(.module | startswith("[anon:")) | "\(.function) \(.module)"'
}

@test "symbols: generated code has the names of the perf map" {
	local pid

	jit_build
	trace --fail-on none -- ./jit 0 'LazyCompile:*handle app.js:3'
	map=$(cat out)
	pid=${map//[^0-9]/}
	equal "$(jit_frame)" "LazyCompile:*handle app.js:3 [anon:$pid]" "frame"
	rm "$map"

	# And without one, the address and the process.
	trace --fail-on none -- ./jit 0
	map=$(cat out)
	equal "$(jit_frame)" "null [anon:${map//[^0-9]/}]" "frame"
}

@test "symbols: the perf map of somebody else is not believed" {
	jit_build
	trace --fail-on none -- ./jit 0 forged theirs
	map=$(cat out)
	equal "$(jit_frame)" "null [anon:${map//[^0-9]/}]" "frame"
	grep -q 'no names for generated code of process .* belongs to another user' err ||
		fail "nothing is said"
}

@test "symbols: generated code of a process in a root and pid namespace of its own" {
	local pid

	need unshare pgrep
	unshare --pid --fork true 2>/dev/null || skip "pid namespaces cannot be made here"
	jit_build
	mkdir -p root/tmp root/bin
	cc -g -O1 -static -Wno-unused-result -o root/bin/jit jit.c
	start inside unshare --pid --fork --kill-child chroot root /bin/jit 30000 inside
	wait_for 5 grep -q map inside || fail "the program does not start"
	equal "$(cat inside)" /tmp/perf-1.map "where it writes its map"
	pid=$(pgrep -P "${STARTED[-1]}")
	remember "$pid"
	trace --fail-on none -p "$pid" -d 1
	equal "$(jit_frame)" "inside [anon:$pid]" "frame"
}

@test "symbols: JavaScript functions of node" {
	need node
	cat >leak.js <<-'JS'
		const held = [];
		function leakyHandler() { held.push(Buffer.allocUnsafeSlow(7777)); }
		for (let i = 0; i < 3000; i++) leakyHandler();
		console.log('/tmp/perf-' + process.pid + '.map');
		process.kill(process.pid, 'SIGKILL');
	JS
	trace --fail-on none --unwind fp -- node --perf-basic-prof leak.js
	map=$(cat out)
	report '.sites[].stack[] | select(.module | startswith("[anon:")) | .function' >frames
	grep -q 'leakyHandler .*leak.js' frames || fail "$(sort -u frames | head -20)"
}
