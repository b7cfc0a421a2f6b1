// SPDX-License-Identifier: BSD-2-Clause
/* The reports that the flight recorder keeps: see kept.h. Names sort by time. */
#include "cmd/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/str.h"
#include "base/stream.h"

enum { TEXT_MAX_BYTES = 64 << 20 };

static const char *const kept_ends[] = {
	[FLIGHT_OOM] = "oom",
	[FLIGHT_KILLED] = "sigkill",
	[FLIGHT_REFUSED] = "refused",
};

const char *kept_directory(const char *chosen)
{
	const char *given = getenv("STATE_DIRECTORY");

	if (chosen)
		return chosen;
	return given && *given ? given : KEPT_DEFAULT;
}

int kept_prepare(const char *directory, struct diag *diag)
{
	_cleanup_free_ char *path = strdup(directory);
	int r = 0;

	if (!path)
		return -ENOMEM;
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		r = mkdir(path, slash ? 0755 : 0700) < 0 && errno != EEXIST ? -errno : 0;
		if (r < 0 || !slash)
			break;
		*slash = '/';
	}
	if (r == 0 && access(directory, W_OK | X_OK) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	diag_add(diag, r, "cannot write reports to %s: %s", directory, strerror(-r));
	return diag_hint(diag, "run it with sudo, or choose another place with --state-dir");
}

/* "20261121T073001.123456-oom-4711-eater", without a directory. */
static char *kept_name(const struct flight_report *report)
{
	_cleanup_free_ char *name = strdup(report->name[0] ? report->name : "unknown");
	time_t seconds = (time_t)(report->time_unix_ns / 1000000000);
	char stamp[32];
	struct tm tm;

	if (!name || !gmtime_r(&seconds, &tm) ||
	    !strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm))
		return NULL;
	for (char *c = name; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';

		*c = plain ? *c : '_';
	}
	return str_printf("%s.%06u-%s-%d-%s", stamp,
			  (unsigned)(report->time_unix_ns / 1000 % 1000000), kept_ends[report->end],
			  (int)report->pid, name);
}

static int file_write(const char *path, const struct flight_view *view, bool json)
{
	static const struct report_options options = { .top = 10 };
	_cleanup_free_ char *fresh = str_printf("%s.new", path);
	_cleanup_fclose_ FILE *to = NULL;
	int fd, r;

	if (!fresh)
		return -ENOMEM;
	/* Left behind by a recorder that was killed, or laid there by whoever may write here. */
	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	to = fdopen(fd, "w");
	if (!to) {
		close(fd);
		return -ENOMEM;
	}
	r = json ? report_flight_json(view, to) : report_flight_text(view, &options, to);
	/* The machine may not live much longer. */
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(fresh);
	return r;
}

int kept_write(const char *directory, const struct flight_view *view, struct diag *diag)
{
	_cleanup_free_ char *name = kept_name(view->report);
	_cleanup_free_ char *text = NULL, *json = NULL;
	int r;

	if (!name)
		return -ENOMEM;
	text = str_printf("%s/%s.txt", directory, name);
	json = str_printf("%s/%s.json", directory, name);
	if (!text || !json)
		return -ENOMEM;
	/*
	 * The text last: a report that was dropped meanwhile may come back in part, and what
	 * has a text is a report, which is dropped again.
	 */
	r = file_write(json, view, true);
	if (r == 0)
		r = file_write(text, view, false);
	return r < 0 ? diag_add(diag, r, "cannot write %s: %s", text, strerror(-r)) : 0;
}

/* Whether NAME begins as those of kept_name() do: other files are none of our business. */
static bool has_stamp(const char *name)
{
	static const char stamp[] = "00000000T000000.000000-";

	for (size_t i = 0; stamp[i]; i++) {
		bool fits =
			stamp[i] == '0' ? name[i] >= '0' && name[i] <= '9' : name[i] == stamp[i];

		if (!fits)
			return false;
	}
	return true;
}

static int is_text(const struct dirent *entry)
{
	return has_stamp(entry->d_name) && str_ends_with(entry->d_name, ".txt");
}

static int entries_read(const char *directory, struct dirent ***ret_entries)
{
	int n = scandir(directory, ret_entries, is_text, alphasort);

	return n < 0 ? -errno : n;
}

static void entries_done(struct dirent **entries, int n)
{
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

/* Does the file NAME belong to a report of this kind? */
static bool is_end(const char *name, const char *end)
{
	const char *kind = strchr(name, '-') + 1;
	size_t n = strlen(end);

	return strncmp(kind, end, n) == 0 && kind[n] == '-';
}

void kept_prune(const char *directory, uint64_t keep)
{
	struct dirent **entries = NULL;
	int n = keep ? entries_read(directory, &entries) : 0;

	for (size_t end = 0; n > 0 && end < sizeof(kept_ends) / sizeof(kept_ends[0]); end++) {
		uint64_t seen = 0;

		for (int i = n - 1; i >= 0; i--) {
			const char *name = entries[i]->d_name;
			int length = (int)strlen(name) - 4;
			_cleanup_free_ char *text = str_printf("%s/%s", directory, name);
			_cleanup_free_ char *json =
				str_printf("%s/%.*s.json", directory, length, name);

			if (!is_end(name, kept_ends[end]) || ++seen <= keep || !text || !json)
				continue;
			unlink(text);
			unlink(json);
		}
	}
	if (n >= 0)
		entries_done(entries, n);
}

static int list_flush(FILE *to, struct diag *diag)
{
	int r = stream_flush(to);

	return r < 0 ? diag_add(diag, r, "cannot write the report: %s", strerror(-r)) : 0;
}

int kept_list(const char *directory, FILE *to, struct diag *diag)
{
	struct dirent **entries = NULL;
	int n = entries_read(directory, &entries);

	if (n < 0 && n != -ENOENT)
		return diag_add(diag, n, "cannot read %s: %s", directory, strerror(-n));
	if (n <= 0)
		fprintf(to, "no reports in %s\n", directory);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *path = str_printf("%s/%s", directory, entries[i]->d_name);
		_cleanup_fclose_ FILE *file = path ? fopen(path, "re") : NULL;
		char line[512] = "";

		if (!file || !fgets(line, sizeof(line), file))
			snprintf(line, sizeof(line), "?");
		line[strcspn(line, "\n")] = '\0';
		str_sanitize(line);
		fprintf(to, "%s\n    %s\n", line, path ? path : "?");
	}
	if (n >= 0)
		entries_done(entries, n);
	return list_flush(to, diag);
}

/* The entry that NAME means: "last", or a part of the name that only one has; -1: none. */
static int entries_find(struct dirent *const *entries, int n, const char *name, struct diag *diag)
{
	int found = -1, n_found = 0;

	if (strcmp(name, "last") == 0 && n > 0)
		return n - 1;
	for (int i = 0; i < n; i++) {
		if (!strstr(entries[i]->d_name, name))
			continue;
		found = i;
		n_found++;
	}
	if (n_found == 1)
		return found;
	if (n_found == 0)
		diag_add(diag, -ENOENT, "--print: no report that is kept has such a name");
	else
		diag_add(diag, -EINVAL, "--print: %d reports that are kept have such a name",
			 n_found);
	diag_hint(diag, "\"leaktrace oom --list\" lists them; \"last\" is the last one");
	return -1;
}

/* A line at a time: whoever may write to the directory may not steer a terminal. */
static int text_print(const char *path, FILE *to, struct diag *diag)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	int r = fd < 0 ? -errno : str_read_fd(fd, TEXT_MAX_BYTES, &text, NULL);
	char *rest = text;

	if (r < 0)
		return diag_add(diag, r, "cannot read %s: %s", path, strerror(-r));
	for (char *line; (line = strsep(&rest, "\n")) && (*line || rest);) {
		str_sanitize(line);
		fprintf(to, "%s\n", line);
	}
	return list_flush(to, diag);
}

int kept_print(const char *directory, const char *name, FILE *to, struct diag *diag)
{
	struct dirent **entries = NULL;
	int n = entries_read(directory, &entries), i = -1, r = -ENOENT;

	if (n < 0 && n != -ENOENT)
		return diag_add(diag, n, "cannot read %s: %s", directory, strerror(-n));
	i = entries_find(entries, n, str_basename(name), diag);
	if (i >= 0) {
		_cleanup_free_ char *path = str_printf("%s/%s", directory, entries[i]->d_name);

		r = path ? text_print(path, to, diag) : -ENOMEM;
	}
	if (n >= 0)
		entries_done(entries, n);
	return r;
}
