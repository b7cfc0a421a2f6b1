/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The contract about tests between bpf/boundary.bpf.c, which sees where they begin and end, and
 * src/testrun/, which knows the frameworks: what a signal looks like, and what was seen.
 *
 * An epoch is one occurrence of a test, numbered from 1 over all processes. Each space has a
 * current one, which its blocks are born into. A process inherits it; a signal of a test framework
 * that is seen in it (or its start by a test runner) begins a new one.
 */
#ifndef LEAKTRACE_TEST_ABI_H
#define LEAKTRACE_TEST_ABI_H

#include <linux/types.h>

#define LT_EPOCH_SIGNAL 0xffffffff /* of blocks that the framework's signal itself made */

/* How the programs find out that a process runs tests: by its name. */
enum lt_runner_kind {
	LT_RUNNER_NONE = 0,
	LT_RUNNER_PARENT, /* each process that it starts may be a test */
	LT_RUNNER_SELF,	  /* it is started once for each test */
};

struct lt_runner {
	char comm[16];	   /* what the kernel calls a process of it; "": anything */
	char argument[24]; /* its first argument, without folders (a script's name); "": any */
	__u32 kind;
	__u32 announces;  /* what it writes to its standard output names its next test */
	__u32 n_argument; /* bytes of ARGUMENT */
	__u32 padding;
};
#define LT_MAX_RUNNERS 16

/*
 * Key and value of lt_releases: what was born in an epoch and released after it had ended; by call
 * site and by time too if lt_releases_apart is set (else these fields are 0).
 */
struct lt_release_key {
	__u32 epoch;
	__u32 space;
	__u32 stack; /* its index within the space */
	__u32 when;  /* LT_RELEASE_WHEN() of the last test that had begun in the space */
};

struct lt_release {
	__u64 bytes;
	__u64 blocks;
};
#define LT_MAX_RELEASES	      (1u << 16)
#define LT_MAX_RELEASES_APART (1u << 20)

/* While the test with this epoch ran, or after it had ended: in the order of time. */
#define LT_RELEASE_WHEN(epoch, ended) ((epoch) << 1 | (ended))

/* A function whose call is a signal of a test framework: value of lt_signals, by cookie. */
enum lt_signal_action {
	LT_SIGNAL_NONE = 0,
	LT_SIGNAL_BEGIN,
	LT_SIGNAL_END,
	LT_SIGNAL_SETENV,   /* setenv(VARIABLE, name): begins a test */
	LT_SIGNAL_UNSETENV, /* unsetenv(VARIABLE): ends it */
	LT_SIGNAL_ENTER,    /* what follows, tests or suites, is part of the suite of this name */
	LT_SIGNAL_LEAVE,    /* that was all of it */
};

/* What a signal is if its pointer to a text is NULL. */
enum lt_signal_without {
	LT_WITHOUT_LOSS = 0, /* that should not be */
	LT_WITHOUT_END,	     /* the end of the test */
	LT_WITHOUT_NOTHING,
};

/* Where a text is: at OFFSET from the last pointer of a chain that begins with an argument. */
enum lt_text_kind {
	LT_TEXT_NONE = 0,
	LT_TEXT_C,	/* it begins there */
	LT_TEXT_LIBCXX, /* a std::string of libc++ is there */
};

#define LT_TEXT_STEPS 3

struct lt_signal_text {
	__u32 kind;
	__u32 argument; /* from 0 */
	__u32 n_steps;
	__s32 steps[LT_TEXT_STEPS]; /* where the next pointer is, from the one before */
	__s32 offset;
};

#define LT_SIGNAL_TEXTS	   2
#define LT_SIGNAL_VARIABLE 64

struct lt_signal {
	__u32 action;	    /* enum lt_signal_action */
	__u32 phases;	    /* "(call)" and "(teardown)" at the end of a name go on with its test */
	__u32 until_return; /* LT_SIGNAL_BEGIN: the test ends when the function returns */
	__u32 without;	    /* LT_SIGNAL_BEGIN: enum lt_signal_without */
	/* Only if the word at this offset from the argument is WORD; 0: always. */
	__u32 only_argument;
	__s32 only_offset;
	__u32 only_word;
	__u32 unless_bits; /* and the word there has none of these; 0: any */
	__u32 part; /* the text names a part of the test that has begun, which is a test itself */
	__u32 padding;
	struct lt_signal_text texts[LT_SIGNAL_TEXTS];
	char variable[LT_SIGNAL_VARIABLE];
};
#define LT_MAX_SIGNALS 128

/*
 * The cookie of a probe on a signal is the index in lt_signals. Where the arguments are not where
 * functions have them, the upper half says where the pointer is that a text's steps begin with: in
 * a register, by its offset in struct pt_regs, or in memory at a distance from where that points.
 */
#define LT_PLACE(offset, in_memory, distance)                                                      \
	((__u64)((offset) / 8 + 1) << 32 | (__u64) !!(in_memory) << 41 | (__u64)(distance) << 42)
#define LT_PLACE_IS(cookie)	   ((cookie) >> 32 & 0x1ff)
#define LT_PLACE_OFFSET(cookie)	   ((LT_PLACE_IS(cookie) - 1) * 8)
#define LT_PLACE_IN_MEMORY(cookie) ((cookie) >> 41 & 1)
#define LT_PLACE_DISTANCE(cookie)  ((__s64)(cookie) >> 42)
#define LT_PLACE_MAX_DISTANCE	   (1 << 21)

/* Sources of events that are no functions. */
#define LT_SOURCE_UNITTEST 0xfffc /* Python's unittest has written a name and " ... " */
#define LT_SOURCE_LIBTEST  0xfffd /* a thread of Rust's libtest has a name, or it has written one */
#define LT_SOURCE_PATH	   0xfffe /* a path below /leaktrace/ was asked for */
#define LT_SOURCE_TEXT	   0xffff /* "[ RUN      ] name" was written */

/* What a process has shown of being a program of Rust tests. */
enum lt_libtest {
	LT_LIBTEST_NONE = 0,
	LT_LIBTEST,	    /* it has said how many tests it runs */
	LT_LIBTEST_THREADS, /* it makes threads for them */
};

/* What was seen. */
enum lt_test_what {
	LT_TEST_BEGIN = 1, /* a signal in the space; the test that ran there so far has ended */
	LT_TEST_END,
	LT_TEST_PROCESS,  /* the process is a test, of which its runner knows the name */
	LT_TEST_ANNOUNCE, /* a line about a test has been written */
	LT_TEST_ENTER,	  /* a suite, of which the first text is the name */
	LT_TEST_LEAVE,
};

#define LT_TEXT_BYTES 2048 /* a text is cut before this many bytes, its NUL among them */

struct lt_test {
	__u32 what;			/* enum lt_test_what */
	__u32 source;			/* index in lt_signals; 1 + index in lt_runners */
	__u32 epoch;			/* that begins, or that has ended */
	__u32 around;			/* the epoch that it is part of */
	__u32 runner_space;		/* LT_TEST_PROCESS: where the runner is; 0: nowhere */
	__u32 n_bytes[LT_SIGNAL_TEXTS]; /* of the texts, each with its NUL */
	__u32 thread; /* it runs in a thread, one of those of libtest, in their order from 1 */
	/* Of the space up to now. */
	__u64 allocations;
	__u64 frees;
	__u64 unknown_frees;
	__u64 rss_pages; /* 0: not known */
	__u64 peak_rss_pages;
};

#endif
