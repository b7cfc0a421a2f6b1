// SPDX-License-Identifier: BSD-2-Clause
/* How far the search for symbols is: see progress.h. */
#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/units.h"

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EVERY_MS = 200 };

static uint64_t progress_clock_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

void progress_begin(struct progress *progress, size_t n_places)
{
	progress->n_done = 0;
	progress->n_all = n_places;
	progress->next_ms = progress_clock_ms() + PROGRESS_AFTER_MS;
}

void progress_step(void *data, const struct module *module, uint64_t fetched)
{
	struct progress *progress = data;
	_cleanup_free_ char *name = NULL;
	char bytes[UNITS_TEXT_BYTES];
	uint64_t now_ms;

	if (progress->wait)
		progress->wait(progress->wait_data);
	if (!progress->wanted)
		return;
	now_ms = progress_clock_ms();
	if (now_ms < progress->next_ms)
		return;
	progress->next_ms = now_ms + PROGRESS_EVERY_MS;
	progress->shown = true;
	name = str_printf("%.24s", str_basename(module->path));
	if (!name)
		return;
	str_sanitize(name);
	fprintf(stderr, "\r\033[Kleaktrace: symbols: %zu of %zu: %s", progress->n_done,
		progress->n_all, name);
	if (fetched)
		fprintf(stderr, " (%s fetched)", units_format_bytes(fetched, bytes));
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
