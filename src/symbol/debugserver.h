/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug files from the servers in DEBUGINFOD_URLS, through libdebuginfod, which is loaded only
 * when the user has asked for it: build-ids of programs leave the machine here and nowhere else.
 */
#ifndef LT_SYMBOL_DEBUGSERVER_H
#define LT_SYMBOL_DEBUGSERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"

struct debugserver;

/* Called now and then while a file is on its way, with the bytes that have arrived. */
typedef void debugserver_progress(void *data, uint64_t bytes);

/* -ENOENT, with a sentence in DIAG, if no server can be asked; -ENOMEM. Asks none yet. */
int debugserver_open(struct debugserver **ret_server, struct diag *diag) _must_check_;
void debugserver_close(struct debugserver *server);
DEFINE_GUARD(struct debugserver, debugserver_close)

/*
 * On whose behalf files are fetched, if not only our own: from BEGIN to END this thread makes and
 * removes files as that user. Done if that user may write where the cache is.
 */
struct debugserver_user {
	void (*begin)(void *data);
	void (*end)(void *data);
	void *data;
};

void debugserver_set_user(struct debugserver *server, const struct debugserver_user *user);

void debugserver_watch(struct debugserver *server, debugserver_progress *progress, void *data);

/*
 * Fetches the debug file of the program with this build-id, or takes it from the cache that is
 * shared with other tools. A descriptor, with its path in *RET_PATH, or -1. What was fetched
 * proves nothing: the caller looks at its build-id. When servers are slow to fail they are not
 * asked again, so that the wait has an end: 10 s (or DEBUGINFOD_TIMEOUT) for no answer at all,
 * 10 minutes for all files.
 */
int debugserver_fetch(struct debugserver *server, const uint8_t *build_id, size_t n,
		      char **ret_path) _must_check_;

/* Moves the sentence about servers that failed since the last call, if any, into DIAG. */
void debugserver_explain(struct debugserver *server, struct diag *diag);

#endif
