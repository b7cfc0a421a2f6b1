// SPDX-License-Identifier: BSD-2-Clause
/* Report files: opened with the rights of the user who called sudo. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/stream.h"
#include "cmd/user.h"
#include "report/gzip.h"
#include "report/report.h"

/* A report on its way into its file. */
struct output {
	const char *path;
	char *temporary; /* written instead, and renamed at the end; NULL: none */
	FILE *to;
	bool is_stdout;
};

static void output_done(struct output *output)
{
	if (output->to && !output->is_stdout)
		fclose(output->to);
	if (output->temporary) {
		struct user_rights rights;

		user_rights_lower(&rights);
		unlink(output->temporary);
		user_rights_restore(&rights);
	}
	free(output->temporary);
}

/* The file for a format, "-" for standard output, or NULL. */
static const char *output_path(const struct config *config, enum format format)
{
	unsigned flags = report_format_get(format)->flags;

	bool is_other = (config->verb == VERB_OOM && config->explain) || config->verb == VERB_DIFF;

	if (is_other && !(flags & REPORT_OF_LOGS))
		return NULL;
	return config->outputs[format];
}

/*
 * Opens for writing as the user, so that neither rights nor ownership exceed the user's. A FIFO
 * that nobody reads is an error: its reader may never come.
 */
static int output_open_file(const char *path, int flags, struct diag *diag)
{
	struct user_rights rights;
	int fd, r;

	user_rights_lower(&rights);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0666);
	r = fd < 0 ? -errno : 0;
	user_rights_restore(&rights);
	if (r == 0 && fcntl(fd, F_SETFL, flags & O_APPEND) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	closep(&fd);
	return diag_add(diag, r, "cannot write %s: %s", path,
			r == -ENXIO ? "nobody reads from it" : strerror(-r));
}

/* A device or a pipe is written to; only a file can be replaced. */
static bool path_is_replaceable(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 || S_ISREG(st.st_mode);
}

/* FLAGS for a file that is not replaced. */
static int output_open(struct output *output, const char *path, enum format format, int flags,
		       struct diag *diag)
{
	bool at_once = report_format_get(format)->flags & REPORT_AT_ONCE;
	int fd;

	output->path = path;
	output->is_stdout = strcmp(path, "-") == 0;
	if (output->is_stdout) {
		output->to = stdout;
		return 0;
	}
	if (at_once && path_is_replaceable(path)) {
		output->temporary = str_printf("%s.%d.tmp", path, (int)getpid());
		if (!output->temporary)
			return -ENOMEM;
		path = output->temporary;
		flags = O_EXCL | O_NOFOLLOW;
	}
	fd = output_open_file(path, flags, diag);
	if (fd < 0)
		return fd;
	output->to = fdopen(fd, "w");
	if (!output->to)
		close(fd);
	return output->to ? 0 : -ENOMEM;
}

/* All has been written: the file takes its place. */
static int output_finish(struct output *output)
{
	struct user_rights rights;
	int r;

	if (!output->temporary)
		return 0;
	user_rights_lower(&rights);
	r = rename(output->temporary, output->path) < 0 ? -errno : 0;
	user_rights_restore(&rights);
	if (r == 0) {
		free(output->temporary);
		output->temporary = NULL;
	}
	return r;
}

/* To its reader, it would be over once it has been opened and closed. */
static bool path_is_fifo(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

int output_check(const struct config *config, struct diag *diag)
{
	int r = 0;

	for (int i = 1; r == 0 && i < _FORMAT_MAX; i++) {
		_cleanup_(output_done) struct output output = { 0 };
		const char *path = output_path(config, (enum format)i);

		if (path && !path_is_fifo(path))
			r = output_open(&output, path, (enum format)i, 0, diag);
		if (r == 0 && output.is_stdout && isatty(STDOUT_FILENO) &&
		    report_format_get((enum format)i)->flags & REPORT_BINARY)
			r = diag_add(diag, -EINVAL, "--%s is not for a terminal: name a file",
				     report_format_get((enum format)i)->name);
	}
	return r;
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

/* A file that the report names: a FIFO must not hold us up, nor a link lead elsewhere. */
static int output_open_source(const char *path)
{
	struct user_rights rights;
	int fd;

	user_rights_lower(&rights);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	user_rights_restore(&rights);
	return fd;
}

/* What all formats are told. TREE is the project's folder, NULL: not known. */
static struct report_options report_options(const struct config *config, const char *tree)
{
	return (struct report_options){
		.tree = tree,
		.top = config->top,
		.fail_on = config->fail_on,
		.error_exitcode = config->error_exitcode,
		.strict = config->strict,
		.show = config->show,
		.open_file = output_open_source,
	};
}

/* Where the sources of the project are: where the job has put them, or here. */
static char *project_tree(void)
{
	const char *workspace = getenv("GITHUB_WORKSPACE");

	return workspace && *workspace == '/' ? strdup(workspace) : getcwd(NULL, 0);
}

/* A report whose name ends like that of a compressed file is one. */
static int output_compress(const struct output *output, enum format format, output_writer write,
			   const void *what, const struct report_options *options)
{
	FILE *to;
	int r;

	if (!str_ends_with(output->path, ".gz") || report_format_get(format)->flags & REPORT_GZIP)
		return write(what, format, options, output->to);
	r = gzip_stream(output->to, &to);
	if (r < 0)
		return r;
	r = write(what, format, options, to);
	return fclose(to) != 0 && r == 0 ? -EIO : r;
}

/* The result of writing to TO, by way of other streams maybe: it knows why it failed. */
static int output_why(FILE *to, int r)
{
	int why = stream_flush(to);

	return r == 0 || (r == -EIO && why < 0) ? why : r;
}

/* Calls WRITE for WHAT with the stream that belongs to the format. */
static int output_write_file(const struct config *config, enum format format, output_writer write,
			     const void *what, struct diag *diag)
{
	_cleanup_free_ char *tree = project_tree();
	const struct report_options options = report_options(config, tree);
	_cleanup_(output_done) struct output output = { 0 };
	const char *path = output_path(config, format);
	int r = output_open(&output, path, format, O_TRUNC, diag);

	if (r < 0)
		return r;
	r = output_why(output.to, output_compress(&output, format, write, what, &options));
	if (r == 0)
		r = output_finish(&output);
	if (r == 0)
		return 0;
	return diag_add(diag, r, "cannot write %s: %s",
			output.is_stdout ? "to standard output" : path, strerror(-r));
}

int output_write_text(const struct config *config, output_writer write, const void *what,
		      FILE *text, struct diag *diag)
{
	struct report_options options = report_options(config, NULL);
	int r = 0;

	options.color = use_color(config, text);
	options.width = terminal_width(text);
	if (!config->quiet)
		r = write(what, FORMAT_TEXT, &options, text);
	r = output_why(text, r);
	return r < 0 ? diag_add(diag, r, "cannot write the report: %s", strerror(-r)) : 0;
}

/* A file that cannot be written does not keep the others from being written. */
int output_write_with(const struct config *config, output_writer write, const void *what,
		      FILE *text, struct diag *diag)
{
	int r = output_write_text(config, write, what, text, diag);

	for (int i = 1; i < _FORMAT_MAX; i++) {
		int one = 0;

		if (output_path(config, (enum format)i))
			one = output_write_file(config, (enum format)i, write, what, diag);
		r = r < 0 ? r : one;
	}
	return r;
}

struct output_report {
	const struct result *result;
	bool is_last; /* no report follows */
};

static int result_write(const void *what, enum format format, const struct report_options *options,
			FILE *to)
{
	const struct report_format *one = report_format_get(format);
	const struct output_report *report = what;

	if (one->flags & REPORT_LAST_ONLY && !report->is_last)
		return 0;
	return one->write(report->result, options, to);
}

/* The page that GitHub shows for a job grows by what each of its steps adds. */
static int summary_write(const struct config *config, const struct result *result,
			 struct diag *diag)
{
	const struct report_options options = report_options(config, NULL);
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	_cleanup_fclose_ FILE *to = NULL;
	int fd, r;

	if (!config->outputs[FORMAT_GITHUB] || !path || !*path)
		return 0;
	fd = output_open_file(path, O_APPEND, diag);
	if (fd < 0)
		return fd;
	to = fdopen(fd, "a");
	if (!to) {
		close(fd);
		return -ENOMEM;
	}
	r = report_format_get(FORMAT_MARKDOWN)->write(result, &options, to);
	return r < 0 ? diag_add(diag, r, "cannot write %s: %s", path, strerror(-r)) : 0;
}

int output_write(const struct config *config, const struct result *result, FILE *text,
		 struct diag *diag)
{
	/* Of a recording that is cut short there is no other. */
	const struct output_report report = { result,
					      result->final || config->verb == VERB_REPORT };
	int r = output_write_with(config, result_write, &report, text, diag);
	int summary = report.is_last ? summary_write(config, result, diag) : 0;

	return r < 0 ? r : summary;
}
