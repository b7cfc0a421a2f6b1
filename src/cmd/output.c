// SPDX-License-Identifier: BSD-2-Clause
/* Report files: opened with the rights of the user who called sudo. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cmd/user.h"
#include "report/report.h"

/* Opens for writing as the user, so that neither rights nor ownership exceed the user's. */
static int output_open(const char *path, int flags, struct diag *diag)
{
	struct user_rights rights;
	int fd, r;

	user_rights_lower(&rights);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
	r = fd < 0 ? -errno : fd;
	user_rights_restore(&rights);
	if (r < 0)
		return diag_add(diag, r, "cannot write %s: %s", path, strerror(-r));
	return r;
}

int output_check(const struct config *config, struct diag *diag)
{
	_cleanup_close_ int fd = -1;

	if (!config->json || strcmp(config->json, "-") == 0)
		return 0;
	fd = output_open(config->json, 0, diag);
	return fd < 0 ? fd : 0;
}

static bool use_color(const struct config *config, FILE *to)
{
	const char *no_color = getenv("NO_COLOR");

	if (config->color != COLOR_AUTO)
		return config->color == COLOR_ALWAYS;
	return isatty(fileno(to)) && !(no_color && *no_color);
}

static unsigned terminal_width(FILE *to)
{
	struct winsize size;

	if (!isatty(fileno(to)) || ioctl(fileno(to), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

/* Calls WRITE for WHAT with the stream that --json names. */
static int output_json(const struct config *config, output_writer write, const void *what,
		       struct diag *diag)
{
	_cleanup_fclose_ FILE *file = NULL;
	FILE *to = stdout;
	int r;

	if (strcmp(config->json, "-") != 0) {
		int fd = output_open(config->json, O_TRUNC, diag);

		if (fd < 0)
			return fd;
		to = file = fdopen(fd, "w");
		if (!file) {
			close(fd);
			return -ENOMEM;
		}
	}
	r = write(what, NULL, to);
	if (r == 0 && fflush(to) != 0)
		r = -errno;
	if (r < 0)
		return diag_add(diag, r, "cannot write %s: %s", config->json, strerror(-r));
	return 0;
}

int output_write_text(const struct config *config, output_writer write, const void *what,
		      FILE *text, struct diag *diag)
{
	struct report_options options = {
		.color = use_color(config, text),
		.top = config->top,
		.fail_on = config->fail_on,
		.error_exitcode = config->error_exitcode,
		.strict = config->strict,
		.show = config->show,
		.width = terminal_width(text),
	};
	int r = 0;

	if (!config->quiet)
		r = write(what, &options, text);
	if (r == 0 && fflush(text) != 0)
		r = -errno;
	return r < 0 ? diag_add(diag, r, "cannot write the report: %s", strerror(-r)) : 0;
}

int output_write_with(const struct config *config, const struct output_writers *writers,
		      const void *what, FILE *text, struct diag *diag)
{
	int r = output_write_text(config, writers->text, what, text, diag);

	return r == 0 && config->json ? output_json(config, writers->json, what, diag) : r;
}

static int result_text(const void *result, const struct report_options *options, FILE *to)
{
	return report_text(result, options, to);
}

static int result_json(const void *result, const struct report_options *options, FILE *to)
{
	return report_json(result, options, to);
}

int output_write(const struct config *config, const struct result *result, FILE *text,
		 struct diag *diag)
{
	static const struct output_writers writers = { result_text, result_json };

	return output_write_with(config, &writers, result, text, diag);
}
