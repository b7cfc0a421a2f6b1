/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the separate debug file of a module on this machine, as gdb does, and asks a server only
 * if the user wants that: build-ids of programs do not leave the machine else. Called by libdwfl.
 */
#ifndef LT_SYMBOL_DEBUGFILE_H
#define LT_SYMBOL_DEBUGFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include <elfutils/libdwfl.h>

#include "base/cleanup.h"
#include "symbol/debugserver.h"

/* Where to look. */
struct debugsearch {
	const char *root;	    /* a folder such as DEBUGLINK_FOLDER */
	struct debugserver *server; /* NULL: on this machine only */
};

/*
 * The path that NAME means to a file in DIR ("" for none); fresh memory or NULL. An absolute
 * NAME means itself.
 */
char *debugfile_path(const char *dir, const char *name);

/*
 * The find_debuginfo callback of libdwfl: by build-id below the folder in callbacks.debuginfo_path,
 * by .gnu_debuglink next to the file, in .debug, and below the same folder; for a call without
 * FILE_NAME, the supplementary file of .gnu_debugaltlink. A file must have the same build-id, or
 * without one the right checksum. The last to be asked, by build-id, is the server. *USERDATA is
 * a struct debugsearch. Returns an open descriptor or -1.
 */
int debugfile_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **ret_name);

/*
 * False if libdw, which looks for a supplementary file or a split unit by itself, would open
 * something at NAME (relative to DIR) that is not a regular file, and might wait for ever.
 */
bool debugfile_is_safe(const char *dir, const char *name);

#endif
