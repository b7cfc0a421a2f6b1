// SPDX-License-Identifier: BSD-2-Clause
/* Debug files from servers, and whose they are: see fetch.h. */
#include "cmd/fetch.h"

#include <errno.h>

#include "cmd/user.h"
#include "symbol/debugserver.h"

static void fetch_begin(void *data)
{
	user_rights_lower(data);
}

static void fetch_end(void *data)
{
	user_rights_restore(data);
}

int fetch_use_servers(struct symbolizer *symbolizer, struct diag *diag)
{
	/* What was given up for the one fetch that is running. */
	static struct user_rights rights;
	const struct debugserver_user user = { fetch_begin, fetch_end, &rights };
	int r = symbolizer_use_servers(symbolizer, &user, diag);

	return r == -ENOMEM ? r : 0;
}
