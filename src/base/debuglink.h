/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the separate debug file of a file can be: by build-id, beside it, in the places that
 * distributions use. Knows nothing of ELF: whether a file is the right one, the caller says.
 */
#ifndef LT_BASE_DEBUGLINK_H
#define LT_BASE_DEBUGLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* Where distributions put debug files; its .build-id folder has them by build-id. */
#define DEBUGLINK_FOLDER "/usr/lib/debug"

struct debuglink {
	const char *root;	 /* in front of all paths: "" or "/proc/PID/root" */
	const char *folder;	 /* such as DEBUGLINK_FOLDER */
	const char *file_name;	 /* the file's path; NULL: only by build-id */
	const char *name;	 /* of the debug file, as .gnu_debuglink says; NULL: it does not */
	const uint8_t *build_id; /* N_BUILD_ID bytes; 0: only by name */
	size_t n_build_id;
	/* True if the open file FD at PATH is the right one. */
	bool (*check)(void *data, int fd, const char *path);
	void *data;
};

/*
 * Opens the first file that is there and right, and *RET_PATH is fresh memory; -1 if there is
 * none. Only regular files are looked at, and nothing waits.
 */
int debuglink_open(const struct debuglink *link, char **ret_path);

/* Opens PATH for reading if it is a regular file, without waiting; the fd or negative errno. */
int debuglink_open_file(const char *path, struct stat *ret_stat) _must_check_;

/* The folder of PATH without final slash, "." if it has none; fresh memory or NULL. */
char *debuglink_dir(const char *path);

/* Whether all of FD has the checksum of .gnu_debuglink. */
bool debuglink_has_crc(int fd, uint32_t crc);

#endif
