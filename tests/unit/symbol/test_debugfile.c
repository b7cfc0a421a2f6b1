// SPDX-License-Identifier: BSD-2-Clause
/* Debug information that is not in the program: next to it, by build-id, packed, shared. */
#include "fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>

#include "base/debuglink.h"
#include "symbol/binary.h"
#include "symbol/debugfile.h"
#include "symbol/debugserver.h"

static const char frames_outer[] =
	"inner src/prog.c:5 < middle src/prog.c:11 < outer src/prog.c:16";

/* Frames of the program at OFFSET, with debug files below "root" of the test's folder. */
static void assert_resolves(const char *program, uint64_t offset, const char *expected)
{
	_cleanup_(frames_done) struct frames frames = { 0 };
	_cleanup_(binary_closep) struct binary *binary = NULL;
	_cleanup_free_ char *path = path_of(program);
	_cleanup_free_ char *root = path_of("root");
	struct place place = { 0 };
	struct symbols symbols;
	struct stat stat_buffer;
	int fd = debuglink_open_file(path, &stat_buffer);

	assert_true(fd >= 0);
	assert_int_equal(binary_open(fd, path, root, &binary), 0);
	assert_int_equal(binary_add_frames(binary, offset, &frames), 0);
	if (!frames.list.n)
		assert_int_equal(frames_add(&frames, &(struct frame){ 0 }), 0);
	symbols_init(&symbols);
	assert_int_equal(symbols_add(&symbols, &place, frames.list.items, frames.list.n), 0);
	assert_frames(symbols_find(&symbols, &place), expected);
	symbols_done(&symbols);
}

/* Builds PROGRAM and moves its debug information to PROGRAM.debug. */
static void build_split(const char *program, const char *flags)
{
	build_c(program, flags);
	assert_int_equal(shell("objcopy --only-keep-debug %s %s.debug && strip %s &&"
			       "objcopy --add-gnu-debuglink=%s.debug %s",
			       program, program, program, program, program),
			 0);
}

static void test_debuglink(void **state)
{
	static const char *const flags[] = { "-g", "-g -Wl,--build-id=none" };

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint64_t offsets[FIXTURE_MAX_IDS];

		build_split("link", flags[i]);
		run_program("link", offsets);
		assert_resolves("link", offsets[1], frames_outer);

		assert_int_equal(shell("mkdir -p .debug && mv link.debug .debug/"), 0);
		assert_resolves("link", offsets[1], frames_outer);

		assert_int_equal(shell("mkdir -p root%s && mv .debug/link.debug root%s", dir, dir),
				 0);
		assert_resolves("link", offsets[1], frames_outer);

		assert_int_equal(shell("mv root%s/link.debug root/", dir), 0);
		assert_resolves("link", offsets[1], frames_outer);

		assert_int_equal(shell("rm root/link.debug"), 0);
		assert_resolves("link", offsets[1], "?");
	}
}

/* The debug file of another build has lines, but not those of this program. */
static void test_wrong_debug_file(void **state)
{
	static const char *const flags[] = { "-g", "-g -Wl,--build-id=none" };

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint64_t offsets[FIXTURE_MAX_IDS];

		build_split("wrong", flags[i]);
		run_program("wrong", offsets);
		assert_int_equal(shell("cc -O1 %s -DOTHER -o other src/prog.c where.c &&"
				       "objcopy --only-keep-debug other wrong.debug",
				       flags[i]),
				 0);
		assert_resolves("wrong", offsets[1], "?");
		assert_int_equal(shell("rm wrong.debug && mkfifo wrong.debug"), 0);
		assert_resolves("wrong", offsets[1], "?");
		assert_int_equal(shell("rm wrong.debug"), 0);
	}
}

static void test_build_id(void **state)
{
	uint64_t offsets[FIXTURE_MAX_IDS];

	(void)state;
	build_split("byid", "-g -Wl,--build-id=0xabcdef0123456789");
	assert_int_equal(shell("mkdir -p root/.build-id/ab &&"
			       "mv byid.debug root/.build-id/ab/cdef0123456789.debug"),
			 0);
	run_program("byid", offsets);
	assert_resolves("byid", offsets[1], frames_outer);
}

/* Fedora leaves the names of a program's own functions in it, packed. */
static void test_packed_symbols(void **state)
{
	uint64_t offsets[FIXTURE_MAX_IDS];

	(void)state;
	if (system("command -v xz >/dev/null") != 0) {
		print_message("xz is not installed\n");
		skip();
	}
	build_c("mini", "");
	assert_int_equal(shell("objcopy --only-keep-debug mini mini.sym && xz mini.sym &&"
			       "strip mini &&"
			       "objcopy --add-section .gnu_debugdata=mini.sym.xz mini"),
			 0);
	run_program("mini", offsets);
	assert_resolves("mini", offsets[1], "outer");
}

/* Debian's packages share what their programs have in common. */
static void test_shared_debug_information(void **state)
{
	uint64_t offsets[FIXTURE_MAX_IDS];

	(void)state;
	if (system("command -v dwz >/dev/null") != 0) {
		print_message("dwz is not installed\n");
		skip();
	}
	for (size_t i = 0; i < 2; i++) {
		build_c("dwz1", "-g -gdwarf-4");
		build_c("dwz2", "-g -gdwarf-4 -DOTHER");
		assert_int_equal(shell("rm -f common.debug; dwz -m common.debug %s dwz1 dwz2 &&"
				       "test -s common.debug",
				       i ? "-r" : ""),
				 0);
		run_program("dwz1", offsets);
		assert_resolves("dwz1", offsets[1], frames_outer);

		/* Without it the names that were moved are lost, and nobody waits for a pipe. */
		assert_int_equal(shell("rm common.debug && mkfifo common.debug"), 0);
		assert_resolves("dwz1", offsets[1], "outer");
	}
}

/* The same for the other half of a split unit. */
static void test_split_unit_is_a_pipe(void **state)
{
	uint64_t offsets[FIXTURE_MAX_IDS];

	(void)state;
	assert_int_equal(shell("cc -O2 -g -gsplit-dwarf -c src/prog.c && cc -O2 -g -c where.c &&"
			       "cc -o pipe prog.o where.o && rm prog.dwo && mkfifo prog.dwo"),
			 0);
	run_program("pipe", offsets);
	assert_resolves("pipe", offsets[1], "outer src/prog.c:5");
}

/* A server that is listening, and will take calls without ever saying a word. */
static int listener_open(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t n = sizeof(address);
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int listener = socket(AF_INET, type, 0);
	char url[64];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 5), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &n), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
	setenv("DEBUGINFOD_URLS", url, 1);
	setenv("DEBUGINFOD_TIMEOUT", "1", 1);
	setenv("DEBUGINFOD_CACHE_PATH", dir, 1);
	unsetenv("http_proxy");
	return listener;
}

static int listener_calls(int listener)
{
	int n = 0;

	for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; n++)
		close(fd);
	assert_int_equal(errno, EAGAIN);
	return n;
}

/* A server is listening where debug information is offered, and nobody calls. */
static void test_no_server_is_asked(void **state)
{
	_cleanup_close_ int listener = listener_open();
	uint64_t offsets[FIXTURE_MAX_IDS];

	(void)state;
	build_split("alone", "-g -Wl,--build-id=0xabcdef9999999999");
	assert_int_equal(shell("rm alone.debug"), 0);
	run_program("alone", offsets);
	assert_resolves("alone", offsets[1], "?");
	assert_int_equal(listener_calls(listener), 0);
	unsetenv("DEBUGINFOD_URLS");
}

/* What is kept is ours. */
static int use_servers(struct lookup *lookup)
{
	return symbolizer_use_servers(lookup->symbolizer, &(struct debugserver_user){ 0 },
				      &lookup->diag);
}

/* Where it is wanted it is asked, but not for long, nor a second time when it does not answer. */
static void test_server_is_silent(void **state)
{
	_cleanup_close_ int listener = listener_open();
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;
	_cleanup_free_ char *second = path_of("silent2");
	time_t begin = time(NULL);

	(void)state;
	build_split("silent", "-g -Wl,--build-id=0xabcdef8888888888");
	build_split("silent2", "-g -Wl,--build-id=0xabcdef7777777777");
	assert_int_equal(shell("rm silent.debug silent2.debug"), 0);
	run_program("silent", offsets);
	lookup_program(&lookup, "silent");
	if (use_servers(&lookup) < 0) {
		print_message("%s\n", lookup.diag.lines.items[0].text);
		lookup_done(&lookup);
		skip();
	}
	assert_frames(lookup_at(&lookup, offsets[1]), "?");
	assert_int_equal(lookup.diag.lines.n, 1);
	assert_int_equal(lookup.diag.lines.items[0].code, -ETIMEDOUT);
	/* The library tries again by itself, twice at most. */
	assert_in_range(listener_calls(listener), 1, 3);
	free(lookup.module.path);
	lookup.module.path = TAKE_PTR(second);
	lookup.module.id = 1;
	assert_frames(lookup_at(&lookup, offsets[1]), "?");
	assert_int_equal(lookup.diag.lines.n, 1);
	assert_int_equal(listener_calls(listener), 0);
	assert_true(time(NULL) - begin < 20);
	lookup_done(&lookup);
	unsetenv("DEBUGINFOD_URLS");
}

static void test_no_server_is_named(void **state)
{
	static const char *const urls[] = { NULL, "", " \n" };

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct lookup lookup;

		unsetenv("DEBUGINFOD_URLS");
		if (urls[i])
			setenv("DEBUGINFOD_URLS", urls[i], 1);
		lookup_init(&lookup, MODULE_FILE, "/proc/self/exe");
		assert_int_equal(use_servers(&lookup), -ENOENT);
		assert_int_equal(lookup.diag.lines.n, 1);
		lookup_done(&lookup);
	}
	unsetenv("DEBUGINFOD_URLS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debuglink),
		cmocka_unit_test(test_wrong_debug_file),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_packed_symbols),
		cmocka_unit_test(test_shared_debug_information),
		cmocka_unit_test(test_split_unit_is_a_pipe),
		cmocka_unit_test(test_no_server_is_asked),
		cmocka_unit_test(test_server_is_silent),
		cmocka_unit_test(test_no_server_is_named),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
