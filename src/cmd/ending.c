// SPDX-License-Identifier: BSD-2-Clause
/* Probes at the end of processes: see ending.h. */
#include "cmd/ending.h"

#include "base/log.h"
#include "probe/exits.h"
#include "probe/teardowns.h"

static bool attach_exits(struct session *session, struct elf_file *elf, const char *link,
			 const char *path, struct diag *diag)
{
	struct exits exits;

	if (!exits_find(elf, &exits))
		return false;
	if (session_attach_points(session, SESSION_EXIT_HOLD, link, path, exits.holds,
				  exits.n_holds, 0, diag) < 0 ||
	    !exits.n_begins)
		return true;
	if (session_attach_points(session, SESSION_EXIT_BEGINS, link, path, exits.begins,
				  exits.n_begins, 0, diag) < 0)
		log_debug(LOG_ATTACH, "%s: exit() is not seen", path);
	return true;
}

bool ending_attach(struct session *session, struct elf_file *elf, const char *link,
		   const char *path, struct diag *diag)
{
	bool exits = attach_exits(session, elf, link, path, diag);
	struct probe_point teardown;

	if (!teardown_find(elf, path, &teardown))
		return exits;
	if (session_attach_points(session, SESSION_TEARDOWN, link, path, &teardown, 1, 0, diag) < 0)
		diag_hint(diag, "what it holds at its end may seem lost");
	return true;
}
