// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's counters in an OOM report, see counters.h. */
#include "oom/counters.h"

#include <ctype.h>
#include <string.h>

#include "oom/fields.h"

/* In pages, and without a unit: the same names with "kB" are those of a node or zone. */
enum machine {
	M_ACTIVE_ANON,
	M_INACTIVE_ANON,
	M_ISOLATED_ANON,
	M_ACTIVE_FILE,
	M_INACTIVE_FILE,
	M_ISOLATED_FILE,
	M_UNEVICTABLE,
	M_SLAB_RECLAIMABLE,
	M_SLAB_UNRECLAIMABLE,
	M_SHMEM,
	M_PAGE_TABLES,
	M_SECOND_PAGE_TABLES,
	M_FREE,
	_M_MAX,
};

static const char *const machine_names[_M_MAX] = {
	[M_ACTIVE_ANON] = "active_anon",
	[M_INACTIVE_ANON] = "inactive_anon",
	[M_ISOLATED_ANON] = "isolated_anon",
	[M_ACTIVE_FILE] = "active_file",
	[M_INACTIVE_FILE] = "inactive_file",
	[M_ISOLATED_FILE] = "isolated_file",
	[M_UNEVICTABLE] = "unevictable",
	[M_SLAB_RECLAIMABLE] = "slab_reclaimable",
	[M_SLAB_UNRECLAIMABLE] = "slab_unreclaimable",
	[M_SHMEM] = "shmem",
	[M_PAGE_TABLES] = "pagetables",
	[M_SECOND_PAGE_TABLES] = "sec_pagetables",
	[M_FREE] = "free",
};

/* Those of cgroup v1 (cache, rss, swap and the totals over children) and of v2. */
enum cgroup {
	C_CACHE,
	C_RSS,
	C_SHMEM,
	C_SWAP,
	C_UNEVICTABLE,
	C_TOTAL_CACHE,
	C_TOTAL_RSS,
	C_TOTAL_SHMEM,
	C_TOTAL_SWAP,
	C_TOTAL_UNEVICTABLE,
	C_ANON,
	C_FILE,
	C_KERNEL,
	C_KERNEL_STACK,
	C_PAGE_TABLES,
	C_SECOND_PAGE_TABLES,
	C_SLAB_RECLAIMABLE,
	C_SLAB_UNRECLAIMABLE,
	C_SLAB,
	C_PERCPU,
	C_SOCK,
	_C_MAX,
};

static const char *const cgroup_names[_C_MAX] = {
	[C_CACHE] = "cache",
	[C_RSS] = "rss",
	[C_SHMEM] = "shmem",
	[C_SWAP] = "swap",
	[C_UNEVICTABLE] = "unevictable",
	[C_TOTAL_CACHE] = "total_cache",
	[C_TOTAL_RSS] = "total_rss",
	[C_TOTAL_SHMEM] = "total_shmem",
	[C_TOTAL_SWAP] = "total_swap",
	[C_TOTAL_UNEVICTABLE] = "total_unevictable",
	[C_ANON] = "anon",
	[C_FILE] = "file",
	[C_KERNEL] = "kernel",
	[C_KERNEL_STACK] = "kernel_stack",
	[C_PAGE_TABLES] = "pagetables",
	[C_SECOND_PAGE_TABLES] = "sec_pagetables",
	[C_SLAB_RECLAIMABLE] = "slab_reclaimable",
	[C_SLAB_UNRECLAIMABLE] = "slab_unreclaimable",
	[C_SLAB] = "slab",
	[C_PERCPU] = "percpu",
	[C_SOCK] = "sock",
};

_Static_assert((int)_M_MAX <= OOM_COUNTERS_MAX && (int)_C_MAX <= OOM_COUNTERS_MAX, "room");

void oom_counters_init(struct oom_counters *counters)
{
	uint64_t *all = (uint64_t *)counters;

	_Static_assert(sizeof(*counters) % sizeof(uint64_t) == 0, "only numbers");
	for (size_t i = 0; i < sizeof(*counters) / sizeof(*all); i++)
		all[i] = OOM_UNKNOWN;
}

static int name_find(const char *const *names, int n, const char *name, size_t n_name)
{
	for (int i = 0; i < n; i++) {
		if (strlen(names[i]) == n_name && memcmp(names[i], name, n_name) == 0)
			return i;
	}
	return -1;
}

bool oom_counters_has_machine(const struct oom_counters *counters)
{
	return counters->pages[M_FREE] != OOM_UNKNOWN ||
	       counters->pages[M_ACTIVE_ANON] != OOM_UNKNOWN;
}

/* The next "name:number" with what follows the number; false at the end of the line. */
static bool pair_next(const char **text, const char **ret_name, size_t *ret_n, uint64_t *ret_value,
		      const char **ret_unit)
{
	const char *at = *text;

	for (;;) {
		size_t n;

		/* rsyslog writes line feeds as #012. */
		while (*at && !isalpha((unsigned char)*at))
			at++;
		if (!*at)
			return false;
		n = 0;
		while (isalnum((unsigned char)at[n]) || at[n] == '_')
			n++;
		*ret_name = at;
		*ret_n = n;
		at += n;
		if (*at != ':')
			continue;
		at++;
		if (!field_digits(&at, ret_value))
			continue;
		*ret_unit = at;
		*text = at;
		return true;
	}
}

static void machine_zone(struct oom_counters *counters, const char *text)
{
	uint64_t stack = field_kb(text, " kernel_stack:");
	uint64_t least = field_kb(text, " min:");

	counters->stack_bytes = field_plus(counters->stack_bytes, stack);
	counters->watermark_bytes = field_plus(counters->watermark_bytes, least);
}

void oom_counters_machine(struct oom_counters *counters, const char *text)
{
	const char *name, *unit, *at = text;
	uint64_t value;
	size_t n;

	if (strstr(text, "free:") || strstr(text, "kernel_stack:"))
		machine_zone(counters, text);
	while (pair_next(&at, &name, &n, &value, &unit)) {
		int i = name_find(machine_names, _M_MAX, name, n);

		if (i >= 0 && *unit != 'k' && *unit != 'K')
			counters->pages[i] = value;
	}
	/* "2096998 pages RAM": the number stands first. */
	at = text;
	if (field_digits(&at, &value) && strncmp(at, " pages RAM", 10) == 0)
		counters->ram_pages = value;
	else if (strncmp(at, " pages reserved", 15) == 0)
		counters->reserved_pages = value;
	if (strncmp(text, "Free swap", 9) == 0)
		counters->swap_free_bytes = field_kb(text, "=");
}

bool oom_counters_cgroup(struct oom_counters *counters, const char *text)
{
	const char *name, *unit, *at = text;
	uint64_t value;
	size_t n = strcspn(text, " ");
	int i;

	/* "anon 4096" */
	at = text + n;
	if (n && *at == ' ') {
		at++;
		if (field_digits(&at, &value) && (!*at || *at == '\r' || *at == ' ')) {
			i = name_find(cgroup_names, _C_MAX, text, n);
			if (i >= 0)
				counters->bytes[i] = value;
			return true;
		}
	}
	/* "cache:4KB rss:0KB ...", once for each cgroup below the one with the limit. */
	at = text;
	if (!strstr(text, "KB"))
		return false;
	while (pair_next(&at, &name, &n, &value, &unit)) {
		i = name_find(cgroup_names, _C_MAX, name, n);
		if (i >= 0 && strncmp(unit, "KB", 2) == 0)
			counters->bytes[i] =
				field_plus(counters->bytes[i], field_times(value, 1024));
	}
	return true;
}

static void apply_machine(const struct oom_counters *counters, struct oom_event *event)
{
	uint64_t bytes[_M_MAX], ram;
	uint64_t *memory = event->memory;

	for (int i = 0; i < _M_MAX; i++)
		bytes[i] = field_times(counters->pages[i], event->page_bytes);
	/* The lists of anonymous pages have shmem on them too. */
	memory[OOM_ANON] = field_plus(field_plus(bytes[M_ACTIVE_ANON], bytes[M_INACTIVE_ANON]),
				      bytes[M_ISOLATED_ANON]);
	memory[OOM_ANON] = field_minus(memory[OOM_ANON], bytes[M_SHMEM]);
	memory[OOM_FILE] = field_plus(field_plus(bytes[M_ACTIVE_FILE], bytes[M_INACTIVE_FILE]),
				      bytes[M_ISOLATED_FILE]);
	memory[OOM_SHMEM] = bytes[M_SHMEM];
	memory[OOM_UNEVICTABLE] = bytes[M_UNEVICTABLE];
	memory[OOM_SLAB_RECLAIMABLE] = bytes[M_SLAB_RECLAIMABLE];
	memory[OOM_SLAB_UNRECLAIMABLE] = bytes[M_SLAB_UNRECLAIMABLE];
	memory[OOM_PAGE_TABLES] = field_plus(bytes[M_PAGE_TABLES], bytes[M_SECOND_PAGE_TABLES]);
	memory[OOM_KERNEL_STACKS] = counters->stack_bytes;
	memory[OOM_FREE] = bytes[M_FREE];
	if (counters->swap_free_bytes != OOM_UNKNOWN && event->swap_total_bytes != OOM_UNKNOWN)
		memory[OOM_SWAP] = field_minus(event->swap_total_bytes, counters->swap_free_bytes);
	ram = field_minus(counters->ram_pages, counters->reserved_pages);
	event->total_bytes = field_times(ram, event->page_bytes);
	event->watermark_bytes = counters->watermark_bytes;
}

/* The totals over children, where the kernel prints them. */
static uint64_t with_children(const struct oom_counters *counters, enum cgroup total,
			      enum cgroup own)
{
	uint64_t value = counters->bytes[total];

	return value != OOM_UNKNOWN ? value : counters->bytes[own];
}

static void apply_cgroup(const struct oom_counters *counters, struct oom_event *event)
{
	const uint64_t *bytes = counters->bytes;
	const struct oom_limit *kernel = &event->limits[OOM_COUNTER_KERNEL];
	uint64_t *memory = event->memory;
	uint64_t shmem = with_children(counters, C_TOTAL_SHMEM, C_SHMEM);
	bool second = bytes[C_ANON] != OOM_UNKNOWN;
	uint64_t file = second ? bytes[C_FILE] : with_children(counters, C_TOTAL_CACHE, C_CACHE);

	memory[OOM_ANON] = second ? bytes[C_ANON] : with_children(counters, C_TOTAL_RSS, C_RSS);
	/* Both count shmem as files. */
	memory[OOM_FILE] = field_minus(file, shmem);
	memory[OOM_SHMEM] = shmem;
	memory[OOM_UNEVICTABLE] = with_children(counters, C_TOTAL_UNEVICTABLE, C_UNEVICTABLE);
	memory[OOM_SWAP] = with_children(counters, C_TOTAL_SWAP, C_SWAP);
	if (memory[OOM_SWAP] == OOM_UNKNOWN)
		memory[OOM_SWAP] = event->limits[OOM_COUNTER_SWAP].used_bytes;
	memory[OOM_SLAB_RECLAIMABLE] = bytes[C_SLAB_RECLAIMABLE];
	memory[OOM_SLAB_UNRECLAIMABLE] = bytes[C_SLAB_UNRECLAIMABLE];
	memory[OOM_PAGE_TABLES] = field_plus(bytes[C_PAGE_TABLES], bytes[C_SECOND_PAGE_TABLES]);
	memory[OOM_KERNEL_STACKS] = bytes[C_KERNEL_STACK];
	memory[OOM_KERNEL_OTHER] = kernel->used_bytes;
	if (bytes[C_KERNEL] != OOM_UNKNOWN) {
		uint64_t named =
			field_plus(memory[OOM_SLAB_RECLAIMABLE], memory[OOM_SLAB_UNRECLAIMABLE]);

		named = field_plus(named, memory[OOM_PAGE_TABLES]);
		named = field_plus(named, memory[OOM_KERNEL_STACKS]);
		memory[OOM_KERNEL_OTHER] = field_minus(bytes[C_KERNEL], named);
	} else if (second) {
		memory[OOM_KERNEL_OTHER] = field_plus(bytes[C_PERCPU], bytes[C_SOCK]);
	}
}

void oom_counters_apply(const struct oom_counters *counters, struct oom_event *event)
{
	if (event->scope == OOM_SCOPE_CGROUP)
		apply_cgroup(counters, event);
	else
		apply_machine(counters, event);
}
