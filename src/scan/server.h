/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stops processes, has their memory scanned and lets them go on, beside the thread that reads
 * events: one thread owns the stopped processes (ptrace(2) wants that) and answers those that
 * wait at their end; another one scans.
 *
 * A job goes: stopping -> the owner of the server gives it the blocks -> scanning -> the owner
 * takes the result and drops the job -> the process goes on. So whatever a process does after
 * its scan, the owner has the verdict first.
 */
#ifndef LT_SCAN_SERVER_H
#define LT_SCAN_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/vec.h"
#include "scan/scan.h"

struct scan_server;

struct scan_job {
	uint32_t space; /* the owner's name for the process */
	pid_t pid;
	struct exit_thread exit;
	bool tears_down; /* it goes on after this scan, to another one at its end */
	struct freeze freeze;
	/* From the owner, when the process has been stopped. */
	VEC(struct live_block) blocks;
	VEC(struct owned) owned;
	VEC(uint64_t) kept;	/* see struct roots_request */
	VEC(uint64_t) mappings; /* what the mapping with number I + 1 is to the owner */
	bool heap_is_program;
	bool older_memory;
	char *allocator_file;
	/* For the owner. */
	int error; /* negative errno: no verdict */
	struct scan_result result;
	/* The server's own. */
	int state;
	uint64_t deadline_ns;
	struct scan_job *next;
};

/* A process that is about to end and waits for scan_server_options.let_go(). */
struct scan_held {
	uint32_t space;
	pid_t pid;
	struct exit_thread exit;
	bool tears_down;
};

struct scan_server_options {
	int held_fd; /* readable when processes wait */
	/* Called by the server's thread: calls scan_server_held() for each of them. */
	void (*read_held)(void *data, struct scan_server *server);
	void (*let_go)(void *data, uint32_t space);
	void *data;
	uint64_t timeout_ns; /* for one process, from its stop to its release */
	uint64_t tag_mask;
};

int scan_server_open(const struct scan_server_options *options, struct scan_server **ret_server,
		     struct diag *diag) _must_check_;

/* Lets all stopped processes go on. */
void scan_server_close(struct scan_server *server);
DEFINE_GUARD(struct scan_server, scan_server_close)

/* Readable when scan_server_next() has something. */
int scan_server_fd(const struct scan_server *server);

/* To be called by read_held() only. */
void scan_server_held(struct scan_server *server, const struct scan_held *held);

/* Stops and scans a process that goes on afterwards. 0 or -ENOMEM. */
int scan_server_request(struct scan_server *server, uint32_t space, pid_t pid) _must_check_;

enum scan_next {
	SCAN_NEXT_NONE,
	SCAN_NEXT_BLOCKS, /* the job wants its blocks: fill them in and call scan_server_start() */
	SCAN_NEXT_DONE,	  /* it has a result: take it and call scan_server_drop() */
};

enum scan_next scan_server_next(struct scan_server *server, struct scan_job **ret_job);
void scan_server_start(struct scan_server *server, struct scan_job *job);
/* The process goes on, and the job is gone. */
void scan_server_drop(struct scan_server *server, struct scan_job *job);

#endif
