// SPDX-License-Identifier: BSD-2-Clause
/* The names of the files that reports are written to: see config_outputs.h. */
#include "cmd/config_outputs.h"

#include <string.h>

#include "cmd/config_values.h"

static const char *const format_names[_FORMAT_MAX] = {
#define FORMAT_AS(id, name, option, flags, help) [FORMAT_##id] = option,
#define FORMAT(id, name, flags, help)		 FORMAT_AS(id, name, #name, flags, help)
#include "report/formats.def"
#undef FORMAT
};

void outputs_done(struct config *config)
{
	for (int i = 0; i < _FORMAT_MAX; i++) {
		free(config->outputs[i]);
		config->outputs[i] = NULL;
	}
}

int outputs_suppress(struct config *config)
{
	char **file = &config->outputs[FORMAT_GEN_SUPPRESSIONS];

	for (int i = 0; i < _FORMAT_MAX; i++) {
		if (&config->outputs[i] == file)
			continue;
		free(config->outputs[i]);
		config->outputs[i] = NULL;
	}
	config->quiet = true;
	if (!*file)
		*file = strdup("-");
	return *file ? 0 : -ENOMEM;
}

bool config_uses_stdout(const struct config *config)
{
	for (int i = 0; i < _FORMAT_MAX; i++) {
		if (config->outputs[i] && strcmp(config->outputs[i], "-") == 0)
			return true;
	}
	return false;
}

/* The format before I that is written to the same place, or 0. */
static int output_rival(const struct config *config, int i)
{
	for (int k = 1; k < i; k++) {
		if (config->outputs[k] && strcmp(config->outputs[k], config->outputs[i]) == 0)
			return k;
	}
	return 0;
}

static bool is_same(const char *file, const char *other)
{
	return file && other && strcmp(file, other) == 0 && strcmp(file, "-") != 0;
}

/* A recording is not replaced by a report that is made of it, or of its run. */
static int check_recordings(const struct config *config, int i, struct diag *diag)
{
	const char *file = config->outputs[i];
	char quoted[OPTION_QUOTE_BYTES];

	if (is_same(file, config->output) || is_same(file, config->report_file) ||
	    is_same(file, config->diff_file) || is_same(file, config->baseline))
		return diag_add(diag, -EINVAL, "--%s: %s is the recording", format_names[i],
				option_quote(file, quoted));
	return 0;
}

int outputs_check(const struct config *config, struct diag *diag)
{
	char quoted[OPTION_QUOTE_BYTES];

	for (int i = 1; i < _FORMAT_MAX; i++) {
		const char *file = config->outputs[i];
		int rival = file ? output_rival(config, i) : 0;

		if (check_recordings(config, i, diag) < 0)
			return -EINVAL;
		if (!rival)
			continue;
		return diag_add(diag, -EINVAL, "--%s and --%s cannot both be written to %s",
				format_names[rival], format_names[i],
				strcmp(file, "-") == 0 ? "standard output" :
							 option_quote(file, quoted));
	}
	return 0;
}
