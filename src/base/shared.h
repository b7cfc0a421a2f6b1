/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is shared with BPF programs: their mmapable arrays. */
#ifndef LT_BASE_SHARED_H
#define LT_BASE_SHARED_H

#include <stddef.h>
#include <sys/mman.h>

/*
 * Maps BYTES of the map FD; NULL and errno. To be taken away by munmap(). The children of this
 * process do not have it, as each fork() would have to copy its page tables.
 */
static inline void *shared_map(int fd, size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, bytes, MADV_DONTFORK);
	return memory;
}

#endif
