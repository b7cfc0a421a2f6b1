// SPDX-License-Identifier: BSD-2-Clause
/* Perf maps: see perfmap.h. Anybody can write one, with anything in it. */
#include "symbol/perfmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/log.h"
#include "base/str.h"

enum {
	PROC_MAX_BYTES = 64 << 10,
	PERFMAP_MAX_BYTES = 256 << 20,
	PERFMAP_MAX_LINES = 16 << 20,
	PERFMAP_MAX_NAME = 2048,    /* longer names are cut: nobody reads them */
	PERFMAP_BUDGET = 256 << 20, /* matches of lines and addresses */
	PERFMAP_BUFFER_BYTES = 64 << 10,
	PERFMAP_CLOCK_SLACK_S = 2, /* start times are counted in ticks */
};

/* What a living process says about itself. */
struct proc_facts {
	long ns_pid; /* as it knows itself */
	long uid;
	int64_t start_s;
};

/* The number at the end (or the second one) of the line that begins with KEY. */
static bool status_number(const char *status, const char *key, bool last, long *ret)
{
	const char *at = strstr(status, key);
	char *end;

	if (!at)
		return false;
	at += strlen(key);
	for (int i = 0; *at != '\n'; i++, at = end) {
		long number = strtol(at, &end, 10);

		if (end == at)
			return i > 0;
		*ret = number;
		if (!last && i == 1)
			return true;
	}
	return true;
}

static int proc_start(pid_t pid, int64_t *ret_start_s)
{
	_cleanup_free_ char *text = NULL;
	struct timespec now, uptime;
	unsigned long long ticks;
	char path[64], *fields;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = str_read_file(path, PROC_MAX_BYTES, &text, NULL);
	if (r < 0)
		return r;
	fields = strrchr(text, ')');
	if (!fields || sscanf(fields + 1,
			      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
			      "%*d %*d %*d %llu",
			      &ticks) != 1)
		return -EIO;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &uptime);
	*ret_start_s = now.tv_sec - uptime.tv_sec + (int64_t)(ticks / sysconf(_SC_CLK_TCK));
	return 0;
}

static int proc_read(pid_t pid, struct proc_facts *facts)
{
	_cleanup_free_ char *status = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	r = str_read_file(path, PROC_MAX_BYTES, &status, NULL);
	if (r < 0)
		return r;
	if (!status_number(status, "\nNSpid:", true, &facts->ns_pid) ||
	    !status_number(status, "\nUid:", false, &facts->uid))
		return -EIO;
	return proc_start(pid, &facts->start_s);
}

/* Opens the map below ROOT; a link in a foreign root must not lead out of it. */
static int root_open(const char *root, long pid)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];
	long fd;

	if (dir < 0)
		return -errno;
	snprintf(path, sizeof(path), "tmp/perf-%ld.map", pid);
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* Why the open map is not believed; NULL: it is. */
static const char *map_fault(int fd, const struct proc_facts *alive,
			     const struct perfmap_trust *trust)
{
	int64_t since_s = alive ? alive->start_s : trust->since_s;
	uid_t user = alive ? (uid_t)alive->uid : trust->user;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "is not a file";
	if (st.st_uid != 0 && st.st_uid != user && st.st_uid != geteuid())
		return "belongs to another user";
	if (st.st_mtim.tv_sec + PERFMAP_CLOCK_SLACK_S < since_s)
		return alive ? "is older than the process" :
			       "was last written before tracing began";
	return st.st_size > PERFMAP_MAX_BYTES ? "is larger than 256 MiB" : NULL;
}

int perfmap_open(pid_t pid, const struct perfmap_trust *trust, struct diag *diag)
{
	struct proc_facts facts;
	bool alive = proc_read(pid, &facts) == 0;
	_cleanup_close_ int fd = -1;
	const char *fault;
	char root[64];

	if (alive) {
		snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
		fd = root_open(root, facts.ns_pid);
	}
	if (fd < 0)
		fd = root_open("/", pid);
	if (fd < 0)
		return fd == -ELOOP ? -ENOENT : fd;
	fault = map_fault(fd, alive ? &facts : NULL, trust);
	if (fault)
		return diag_add(diag, -EPERM,
				"no names for generated code of process %d: its perf-%d.map %s",
				(int)pid, (int)pid, fault);
	log_debug(LOG_SYMBOLS, "process %d: perf map of generated code", (int)pid);
	return TAKE_FD(fd);
}

/* Where in the file the name for an address is. */
struct found {
	off_t at;
	size_t n; /* 0: no line has the address */
};

struct search {
	const uint64_t *addresses;
	size_t n;
	struct found *found;
	int64_t lines_left, matches_left;
};

/* Reads a hexadecimal number and the blank behind it. */
static bool line_number(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at;
	uint64_t number = 0;
	int digits = 0;

	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	for (; p < end && digits <= 16; p++, digits++) {
		unsigned digit = (unsigned)*p - '0';

		if (digit > 9) {
			digit = ((unsigned)*p | 0x20) - 'a';
			if (digit > 5)
				break;
			digit += 10;
		}
		number = number << 4 | digit;
	}
	if (!digits || digits > 16 || p == end || *p != ' ')
		return false;
	*at = p + 1;
	*ret = number;
	return true;
}

/* The first of the addresses that is not below START. */
static size_t search_lower_bound(const struct search *search, uint64_t start)
{
	size_t low = 0, high = search->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (search->addresses[middle] < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* LINE of N bytes, without its end, is AT in the file. */
static void search_line(struct search *search, const char *line, size_t n, off_t at)
{
	const char *p = line, *end = line + n;
	uint64_t start, size;
	size_t n_name;

	search->lines_left--;
	if (!line_number(&p, end, &start) || !line_number(&p, end, &size) || p == end)
		return;
	n_name = (size_t)(end - p) < PERFMAP_MAX_NAME ? (size_t)(end - p) : PERFMAP_MAX_NAME;
	for (size_t i = search_lower_bound(search, start); i < search->n; i++) {
		if (search->addresses[i] - start >= size || search->matches_left-- <= 0)
			return;
		search->found[i] = (struct found){ at + (p - line), n_name };
	}
}

/*
 * Handles the complete lines of BUFFER, which is AT in the file, and returns how many bytes they
 * are. A last line without its end is still being written.
 */
static size_t search_buffer(struct search *search, const char *buffer, size_t n, off_t at)
{
	size_t done = 0;
	const char *end;

	while (search->lines_left > 0 && (end = memchr(buffer + done, '\n', n - done))) {
		search_line(search, buffer + done, (size_t)(end - buffer) - done, at + (off_t)done);
		done = (size_t)(end - buffer) + 1;
	}
	return done;
}

static void search_file(struct search *search, int fd)
{
	char buffer[PERFMAP_BUFFER_BYTES];
	size_t kept = 0, done;
	off_t at = 0; /* of the buffer */
	ssize_t n;

	while (at < PERFMAP_MAX_BYTES && search->lines_left > 0 && search->matches_left > 0 &&
	       (n = pread(fd, buffer + kept, sizeof(buffer) - kept, at + (off_t)kept)) > 0) {
		kept += (size_t)n;
		done = search_buffer(search, buffer, kept, at);
		/* What is left of a line that does not fit is no line, or one with a bad number. */
		if (!done && kept == sizeof(buffer))
			done = kept;
		kept -= done;
		memmove(buffer, buffer + done, kept);
		at += (off_t)done;
	}
}

static int names_fill(int fd, const struct found *found, size_t n, char **names)
{
	for (size_t i = 0; i < n; i++) {
		char name[PERFMAP_MAX_NAME + 1];
		ssize_t n_read = found[i].n ? pread(fd, name, found[i].n, found[i].at) : 0;

		if (n_read <= 0)
			continue;
		name[n_read] = '\0';
		names[i] = strdup(name);
		if (!names[i])
			return -ENOMEM;
	}
	return 0;
}

int perfmap_find(int fd, const uint64_t *addresses, size_t n, char **names)
{
	_cleanup_free_ struct found *found = calloc(n + 1, sizeof(*found));
	struct search search = { .addresses = addresses,
				 .n = n,
				 .found = found,
				 .lines_left = PERFMAP_MAX_LINES,
				 .matches_left = PERFMAP_BUDGET };

	if (!found)
		return -ENOMEM;
	memset(names, 0, n * sizeof(*names));
	search_file(&search, fd);
	return names_fill(fd, found, n, names);
}
