// SPDX-License-Identifier: BSD-2-Clause
/* When the recording is written to, and as whom: see saver.h. */
#include "cmd/saver.h"

#include <errno.h>

#include "cmd/settings.h"
#include "cmd/user.h"
#include "cmd/wait.h"
#include "store/store.h"
#include "base/clock.h"

enum { SHARE = 20 };

#define LEAST_PAUSE_NS 1000000000ull

struct saver {
	struct store *store;
	uint64_t next_ns;
	struct diag failed; /* on the way; what was written before is still there */
};

static int open_store(struct saver *saver, const struct config *config, struct diag *diag)
{
	struct user_rights rights;
	int r;

	user_rights_lower(&rights);
	r = store_open(config->output, &saver->store, diag);
	if (r == 0)
		r = settings_save(config, saver->store, diag);
	user_rights_restore(&rights);
	return r;
}

int saver_open(const struct config *config, void (*call)(void *data), void *data,
	       struct saver **ret_saver, struct diag *diag)
{
	_cleanup_(saver_closep) struct saver *saver = NULL;
	int r;

	*ret_saver = NULL;
	if (!config->output)
		return 0;
	saver = calloc(1, sizeof(*saver));
	if (!saver)
		return -ENOMEM;
	r = open_store(saver, config, diag);
	if (r < 0)
		return r;
	store_while_writing(saver->store, call, data);
	*ret_saver = TAKE_PTR(saver);
	return 0;
}

void saver_close(struct saver *saver)
{
	struct user_rights rights;

	if (!saver)
		return;
	user_rights_lower(&rights);
	store_close(saver->store);
	user_rights_restore(&rights);
	diag_done(&saver->failed);
	free(saver);
}

uint64_t saver_next_ns(const struct saver *saver)
{
	return saver->next_ns;
}

void saver_sync(struct saver *saver, const struct result *result, uint64_t begin_ns)
{
	struct user_rights rights;
	uint64_t end_ns;
	int r;

	user_rights_lower(&rights);
	r = store_sync(saver->store, result, &saver->failed);
	user_rights_restore(&rights);
	end_ns = clock_monotonic_ns();
	saver->next_ns = end_ns + (SHARE - 1) * (end_ns - begin_ns);
	if (saver->next_ns < begin_ns + LEAST_PAUSE_NS)
		saver->next_ns = begin_ns + LEAST_PAUSE_NS;
	if (r < 0)
		saver->next_ns = UINT64_MAX;
}

int saver_finish(struct saver *saver, const struct result *result, struct diag *diag)
{
	struct user_rights rights;
	int r = 0;

	if (saver->failed.lines.n) {
		r = saver->failed.lines.items[0].code;
		diag_move(diag, &saver->failed);
		return r;
	}
	user_rights_lower(&rights);
	r = store_finish(saver->store, result, diag);
	user_rights_restore(&rights);
	return r;
}
