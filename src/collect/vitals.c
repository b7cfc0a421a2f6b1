// SPDX-License-Identifier: BSD-2-Clause
/* How a living process looks: see vitals.h. */
#include "collect/vitals.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/str.h"
#include "collect/procfs.h"

enum { VITALS_MAX_BYTES = 1 << 20 };

#define CGROUP1 "/sys/fs/cgroup/memory"
#define CGROUP2 "/sys/fs/cgroup"

/* The number in the file NAME of DIRECTORY; OOM_UNKNOWN: none, "max", or no limit at all. */
static uint64_t number_read(const char *directory, const char *name)
{
	_cleanup_free_ char *path = str_printf("%s/%s", directory, name), *text = NULL;
	uint64_t number;

	if (!path || str_read_file(path, VITALS_MAX_BYTES, &text, NULL) < 0 ||
	    sscanf(text, "%" SCNu64, &number) != 1 || number > INT64_MAX / 2)
		return OOM_UNKNOWN;
	return number;
}

/* "some avg10=1.25 ...": how much of the last ten seconds, in thousandths. */
static uint64_t pressure_read(const char *path)
{
	_cleanup_free_ char *text = NULL;
	double percent;

	if (str_read_file(path, VITALS_MAX_BYTES, &text, NULL) < 0 ||
	    sscanf(text, "some avg10=%lf", &percent) != 1 || !(percent >= 0 && percent <= 100))
		return OOM_UNKNOWN;
	return (uint64_t)(percent * 10);
}

static bool is_cgroup1(const char *cgroup)
{
	return str_starts_with(cgroup, CGROUP1 "/") || strcmp(cgroup, CGROUP1) == 0;
}

static uint64_t status_number(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	uint64_t number;

	if (!at || sscanf(at + strlen(key), " %" SCNu64, &number) != 1 || number > UINT32_MAX)
		return OOM_UNKNOWN;
	return number;
}

static uint64_t status_kb(const char *text, const char *key)
{
	uint64_t kb = status_number(text, key);

	return kb == OOM_UNKNOWN ? kb : kb * 1024;
}

/* Since Linux 6.2 the size of the directory is their number. */
static uint64_t fds_count(pid_t pid)
{
	_cleanup_free_ char *path = str_printf("/proc/%d/fd", (int)pid);
	uint64_t n = 0;
	struct stat st;
	DIR *dir;

	if (!path || stat(path, &st) < 0)
		return OOM_UNKNOWN;
	if (st.st_size > 0)
		return (uint64_t)st.st_size;
	dir = opendir(path);
	if (!dir)
		return OOM_UNKNOWN;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n > 2 ? n - 2 : 0;
}

static void cgroup_read(const char *cgroup, struct flight_vitals *ret)
{
	_cleanup_free_ char *pressure = cgroup ? str_printf("%s/memory.pressure", cgroup) : NULL;

	ret->cgroup_bytes = OOM_UNKNOWN;
	ret->pressure_permille = OOM_UNKNOWN;
	if (!cgroup)
		return;
	ret->cgroup_bytes = number_read(cgroup, is_cgroup1(cgroup) ? "memory.usage_in_bytes" :
								     "memory.current");
	/* Version 1 has none. */
	if (pressure && !is_cgroup1(cgroup))
		ret->pressure_permille = pressure_read(pressure);
}

void vitals_read_system(struct flight_vitals *ret)
{
	_cleanup_free_ char *text = NULL;

	ret->system_pressure_permille = pressure_read("/proc/pressure/memory");
	ret->available_bytes = OOM_UNKNOWN;
	if (str_read_file("/proc/meminfo", VITALS_MAX_BYTES, &text, NULL) == 0)
		ret->available_bytes = status_kb(text, "\nMemAvailable:");
}

int vitals_read(pid_t pid, const char *cgroup, struct flight_vitals *ret)
{
	_cleanup_free_ char *path = str_printf("/proc/%d/status", (int)pid), *text = NULL;

	if (!path)
		return -ENOMEM;
	if (str_read_file(path, VITALS_MAX_BYTES, &text, NULL) < 0)
		return -ESRCH;
	ret->time_ns = clock_monotonic_ns();
	ret->anon_bytes = status_kb(text, "\nRssAnon:");
	ret->file_bytes = status_kb(text, "\nRssFile:");
	ret->shmem_bytes = status_kb(text, "\nRssShmem:");
	ret->swap_bytes = status_kb(text, "\nVmSwap:");
	ret->n_threads = status_number(text, "\nThreads:");
	ret->n_fds = fds_count(pid);
	cgroup_read(cgroup, ret);
	/* A zombie has no memory any more. */
	return ret->anon_bytes == OOM_UNKNOWN ? -ESRCH : 0;
}

/* The path in the line of TEXT whose controllers are NAME ("": cgroup v2). */
static char *cgroup_line(char *text, const char *name, const char *mount)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;
		char *controllers = first ? first + 1 : NULL, *one, *rest = NULL;

		if (!second)
			continue;
		*second = '\0';
		if (!*name && !*controllers)
			return str_printf("%s%s", mount, second + 1);
		for (one = strtok_r(controllers, ",", &rest); one;
		     one = strtok_r(NULL, ",", &rest)) {
			if (*name && strcmp(one, name) == 0)
				return str_printf("%s%s", mount, second + 1);
		}
	}
	return NULL;
}

char *vitals_cgroup(pid_t pid)
{
	_cleanup_free_ char *path = str_printf("/proc/%d/cgroup", (int)pid), *text = NULL;
	_cleanup_free_ char *copy = NULL;
	char *cgroup;

	if (!path || str_read_file(path, VITALS_MAX_BYTES, &text, NULL) < 0)
		return NULL;
	copy = strdup(text);
	cgroup = copy ? cgroup_line(copy, "memory", CGROUP1) : NULL;
	if (!cgroup)
		cgroup = cgroup_line(text, "", CGROUP2);
	/* The path comes from the kernel, but a name may hold anything. */
	if (cgroup && strstr(cgroup, "/../")) {
		free(cgroup);
		cgroup = NULL;
	}
	return cgroup;
}

uint64_t vitals_cgroup_limit(const char *cgroup, char **ret_path)
{
	_cleanup_free_ char *path = strdup(cgroup);
	const char *name = is_cgroup1(cgroup) ? "memory.limit_in_bytes" : "memory.max";
	size_t n_mount = strlen(is_cgroup1(cgroup) ? CGROUP1 : CGROUP2);
	uint64_t least = OOM_UNKNOWN;

	*ret_path = NULL;
	while (path && strlen(path) > n_mount) {
		uint64_t limit = number_read(path, name);
		char *slash = strrchr(path, '/');

		if (limit < least) {
			least = limit;
			free(*ret_path);
			*ret_path = strdup(path);
		}
		*slash = '\0';
	}
	return least;
}
