// SPDX-License-Identifier: BSD-2-Clause
/* What becomes of a result once all of it is known: see present.h. */
#include "cmd/present.h"

#include "cmd/notes.h"
#include "cmd/output.h"
#include "cmd/suppression_files.h"

/* What a running process holds is no leak yet: only a command's end can tell. */
static bool is_tainted(const struct config *config, const struct result *result)
{
	return (result->leaks && result->mode == MODE_RUN) ||
	       (config->strict && result->verdict == VERDICT_INCOMPLETE);
}

int present_check(const struct config *config, struct diag *diag)
{
	_cleanup_(suppressions_done) struct suppressions suppressions = { 0 };
	int r = output_check(config, diag);

	return r < 0 ? r : suppression_files_read(config, &suppressions, diag);
}

int present_load(const struct config *config, struct result *result, struct diag *diag)
{
	if (config->suppressions.n == 0)
		return 0;
	suppressions_done(&result->suppressions);
	return suppression_files_read(config, &result->suppressions, diag);
}

int present_judge(const struct present *present, struct result *result, struct diag *diag)
{
	const struct config *config = present->config;
	int r;

	result->n_sites_hidden = sites_filter(&result->sites, config->min_bytes, config->min_count);
	if (present->selection)
		result->n_sites_hidden += selection_apply(present->selection, result);
	notes_incomplete_stacks(result);
	notes_sampling(result, result->sample_bytes);
	notes_narrower(result);
	notes_none(result);
	notes_idle(result);
	r = present->symbolize(present->data, result, diag);
	if (r == 0 && result->suppressions.list.n)
		r = suppressions_apply(result);
	if (r == 0 && result->baseline.file)
		r = baseline_apply(result);
	if (r == 0)
		result_judge(result, &config->fail_on);
	return r;
}

int present_result(const struct present *present, struct result *result, struct diag *diag)
{
	const struct config *config = present->config;
	int r = present_judge(present, result, diag);

	if (r < 0)
		return r;
	r = output_write(config, result, present->text, diag);
	if (r < 0)
		return r;
	return is_tainted(config, result) ? config->error_exitcode : 0;
}
