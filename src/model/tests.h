/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests that ran, in the order in which they began. A test is known by its number, from 1 on
 * (0 is "in no test"): sites and processes name it so. An epoch is what the kernel's half counts
 * in: each occurrence of a test has one of its own.
 */
#ifndef LT_MODEL_TESTS_H
#define LT_MODEL_TESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/vec.h"
#include "model/totals.h"

enum test_verdict {
	TEST_CLEAN,
	TEST_LEAKS,
	TEST_NONE, /* nothing can be said: see reason */
};

struct test {
	char *name;	/* the whole of it: "storage / Cache.Evict" for a case in a ctest test */
	char *suite;	/* its suite, class or file in the reports of the framework; NULL: none */
	char *own_name; /* without suite and outer test, as the framework reports it */
	const char *runner;  /* "ctest", "pytest", "gtest", ... */
	uint32_t parent;     /* number of the test around it, 0: none */
	uint32_t occurrence; /* how many tests of this name began before it */
	uint32_t epoch;
	uint32_t pid;
	bool whole_process; /* a process of its own, with its children: not a part of one */
	bool counted;	    /* totals.allocations and frees are known */
	uint64_t begin_ns;  /* CLOCK_MONOTONIC */
	uint64_t end_ns;    /* 0: it has not ended */
	char *reason;	    /* why there is no verdict, a sentence; NULL: there is one */
	enum test_verdict verdict;
	struct totals totals; /* what was born in it; of allocations also those of inner tests */
	/* Held when it ended, whatever happened later; of that, released by what came later. */
	uint64_t retained_bytes, retained_blocks; /* set by result_count_tests() */
	uint64_t retracted_bytes, retracted_blocks;
	uint64_t peak_rss_bytes; /* 0: not known */
	bool rss_known;
	int64_t rss_delta_bytes; /* of its process, from its beginning to its end; if RSS_KNOWN */
	uint32_t n_left;	 /* processes that it started and that outlived it */
};

struct lt_test;

/* What the kernel's half saw of a test. */
struct test_signal {
	uint64_t time_ns;
	uint32_t process;	     /* index in result.processes: where */
	uint32_t runner_process;     /* the runner that started it; TEST_NO_PROCESS: none */
	const struct lt_test *facts; /* in the words of leaktrace/test_abi.h */
	const char *texts[2];	     /* NULL: none */
};

#define TEST_NO_PROCESS UINT32_MAX

/* How std::string looks in memory, where that makes a difference. */
enum test_strings {
	TEST_STRINGS_ANY,
	TEST_STRINGS_CXX11,  /* of libstdc++ since GCC 5 */
	TEST_STRINGS_OLD,    /* of libstdc++ before */
	TEST_STRINGS_LIBCXX, /* of libc++ */
};

struct lt_signal;

/* A function of a test framework that tells when it is called, or a USDT probe in a program. */
struct test_symbol {
	const char *name;		/* "function", "provider:probe" */
	enum test_strings strings;	/* only in files with these */
	const struct lt_signal *signal; /* in the words of leaktrace/test_abi.h */
	const char *with;		/* only in files with this function too; NULL: in all */
	const char *calls; /* a library that hides the function: the one that calls this */
	const char
		*variable; /* of a library: its texts are looked for from here; NULL: arguments */
};

/* Epoch to number. */
struct test_epoch {
	uint32_t epoch;
	uint32_t test;
	UT_hash_handle hh;
};

/* How often a name was there. */
struct test_name {
	uint32_t n;
	UT_hash_handle hh;
	char name[];
};

struct tests {
	VEC(struct test) items;
	struct test_epoch *by_epoch;
	struct test_name *by_name;
};

void tests_init(struct tests *tests);
void tests_done(struct tests *tests);

/* What is known of a test when it begins. */
struct test_begin {
	const char *runner;
	const char *label; /* "Suite.Case": its name, without that of a test around it */
	const char *suite; /* the two parts, as the framework's own reports have them; */
	const char *name;  /* NULL, NULL: there are none, LABEL is all */
	uint32_t parent_epoch;
	uint32_t epoch;
	uint32_t pid;
	uint64_t begin_ns;
	bool whole_process;
};

/* Adds a test; *RET_NUMBER is its number. -ENOMEM leaves all as it was. */
int tests_add(struct tests *tests, const struct test_begin *begin,
	      uint32_t *ret_number) _must_check_;

/*
 * What is born in EPOCH belongs to the test with this number as well, or to none if it is 0.
 * Returns 0 or -ENOMEM.
 */
int tests_join(struct tests *tests, uint32_t epoch, uint32_t number) _must_check_;

/* The test is called otherwise, as in struct test_begin. -ENOMEM leaves all as it was. */
int tests_rename(struct tests *tests, uint32_t number, const char *label, const char *suite,
		 const char *name) _must_check_;

/* What its framework calls the test with this number, whatever test is around it. */
const char *tests_label(const struct tests *tests, uint32_t number);

/* The number of the test with this epoch; 0: none. */
uint32_t tests_number(const struct tests *tests, uint32_t epoch);

/* The test with this number; NULL for 0. */
struct test *tests_get(const struct tests *tests, uint32_t number);

/*
 * Whether a process that ran the test, and ended at END_NS, went on when it was over: what the test
 * has left there, it has left to others. TEST may be NULL.
 */
bool test_is_outlived(const struct test *test, uint64_t end_ns);

/* Gives no verdict on the test, for this reason; the first one given stays. */
int test_set_reason(struct test *test, const char *format, ...) _printf_(2, 3);

const char *test_verdict_name(enum test_verdict verdict); /* "clean", "leaks", "none" */

#endif
