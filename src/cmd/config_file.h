/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: found, checked for who could have written it, read line by line. */
#ifndef LT_CMD_CONFIG_FILE_H
#define LT_CMD_CONFIG_FILE_H

#include "cmd/config_options.h"

enum { CONFIG_FILE_MAX_BYTES = 64 * 1024 };

/*
 * Reads the first of .leaktrace.conf in the working directory and the directories above it,
 * $XDG_CONFIG_HOME/leaktrace/config, ~/.config/leaktrace/config. A file that somebody else could
 * have written is passed over with a note in DIAG. 0 also when there is none; -EINVAL, with a
 * sentence in DIAG, when the file is wrong.
 */
int config_file_read(struct options *options, struct diag *diag) _must_check_;

/* Reads the N bytes of TEXT (ended by a NUL more, and changed), which were found in PATH. */
int config_file_parse(struct options *options, const char *path, char *text, size_t n,
		      struct diag *diag) _must_check_;

#endif
