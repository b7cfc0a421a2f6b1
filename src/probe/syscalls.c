// SPDX-License-Identifier: BSD-2-Clause
/* The one list of system calls: see syscalls.h. */
#include "probe/syscalls.h"

#include <string.h>
#include <sys/syscall.h>

#include "model/sites.h"

enum {
	FD = 1u << KIND_FD,
	/* Memory needs to know which mappings are the allocator's. */
	MAPPING = 1u << KIND_MAPPING | 1u << KIND_MEMORY,
};

static const struct {
	uint16_t number;
	uint8_t family;
	uint32_t kinds; /* which need it */
} calls[] = {
	{ SYS_mmap, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_munmap, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_mremap, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_brk, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_shmat, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_shmdt, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_openat, LT_FAMILY_FD, FD },
	{ SYS_close, LT_FAMILY_FD, FD },
};

bool syscalls_choose(uint32_t kinds, uint8_t families[LT_MAX_SYSCALLS])
{
	bool any = false;

	memset(families, LT_FAMILY_NONE, LT_MAX_SYSCALLS);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (!(calls[i].kinds & kinds) || calls[i].number >= LT_MAX_SYSCALLS)
			continue;
		families[calls[i].number] = calls[i].family;
		any = true;
	}
	return any;
}
