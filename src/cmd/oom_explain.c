// SPDX-License-Identifier: BSD-2-Clause
/* "leaktrace oom --explain": from a log to a report; needs no rights when a file is given. */
#include "cmd/oom_explain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/str.h"
#include "cmd/output.h"
#include "oom/kernel_log.h"
#include "oom/parser.h"
#include "report/oom.h"

/* Far more than a journal of a boot; a log that is larger is cut by its owner, not by us. */
#define LOG_MAX_BYTES (1ull << 30)

struct explained {
	struct oom_log log;
	const char *name; /* of the log, for people */
};

static int explained_write(const void *what, enum format format,
			   const struct report_options *options, FILE *to)
{
	const struct explained *explained = what;

	if (format == FORMAT_TEXT)
		return report_oom_text(&explained->log, explained->name, options, to);
	return report_oom_json(&explained->log, explained->name, to);
}

static int log_read(const struct config *config, struct explained *explained, char **ret_text,
		    size_t *ret_n, struct diag *diag)
{
	const char *path = config->explain_file;
	int r;

	if (!path) {
		explained->name = "the kernel's log";
		return kernel_log_read(ret_text, ret_n, &explained->log.starts_late, diag);
	}
	if (strcmp(path, "-") == 0) {
		explained->name = "standard input";
		r = str_read_fd(STDIN_FILENO, LOG_MAX_BYTES, ret_text, ret_n);
	} else {
		explained->name = path;
		r = str_read_file(path, LOG_MAX_BYTES, ret_text, ret_n);
	}
	if (r == -EFBIG)
		diag_add(diag, r, "%s is larger than 1 GiB", explained->name);
	else if (r < 0)
		diag_add(diag, r, "cannot read %s: %s", explained->name, strerror(-r));
	return r == -EFBIG ? diag_hint(diag, "give the part of the time in question: \"journalctl "
					     "-k --since ... | leaktrace oom --explain -\"") :
			     r;
}

int oom_explain(const struct config *config, struct diag *diag)
{
	struct explained explained = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t n = 0;
	int r = output_check(config, diag);

	if (r == 0)
		r = log_read(config, &explained, &text, &n, diag);
	if (r < 0)
		return r;
	r = oom_parse(text, n, &explained.log);
	if (r == 0)
		r = oom_judge(&explained.log);
	if (r < 0)
		diag_add(diag, r, "out of memory");
	else
		r = output_write_with(config, explained_write, &explained,
				      config_uses_stdout(config) ? stderr : stdout, diag);
	oom_log_done(&explained.log);
	return r;
}
