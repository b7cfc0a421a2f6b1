// SPDX-License-Identifier: BSD-2-Clause
/* Code of this process that is in no file: see own_code.h. */
#include "probe/own_code.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

/* A segment of code, as it is mapped. */
struct segment {
	uintptr_t address; /* asked for: something in it */
	uint8_t *start;
	size_t bytes;
	uint64_t offset; /* in the file */
	const char *path;
};

static int segment_visit(struct dl_phdr_info *info, size_t size, void *data)
{
	struct segment *segment = data;
	uintptr_t page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr, end = start + p->p_filesz;

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || segment->address < start ||
		    segment->address >= end)
			continue;
		segment->start = (uint8_t *)(start & ~page_mask);
		segment->bytes = ((end + page_mask) & ~page_mask) - (start & ~page_mask);
		segment->offset = p->p_offset & ~page_mask;
		segment->path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
		return 1;
	}
	return 0;
}

static bool is_breakpoint(uint8_t byte)
{
#if defined(__x86_64__)
	return byte == 0xcc;
#else
	(void)byte;
	return false;
#endif
}

/* Whether COPY is what is mapped, but for the breakpoints of others who trace this process. */
static bool copy_is_right(const struct segment *segment, const uint8_t *copy)
{
	if (memcmp(copy, segment->start, segment->bytes) == 0)
		return true;
	for (size_t i = 0; i < segment->bytes; i++) {
		if (copy[i] != segment->start[i] && !is_breakpoint(segment->start[i]))
			return false;
	}
	return true;
}

/* Not from memory: that may have breakpoints, which would kill without the probes they are for. */
static int segment_read(const struct segment *segment, uint8_t *to)
{
	_cleanup_close_ int fd = open(segment->path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	if (fd < 0)
		return -errno;
	while (n < segment->bytes) {
		ssize_t more = pread(fd, to + n, segment->bytes - n, (off_t)(segment->offset + n));

		if (more < 0 && errno != EINTR)
			return -errno;
		if (more == 0)
			break;
		n += more > 0 ? (size_t)more : 0;
	}
	/* Updated since it was mapped. */
	return copy_is_right(segment, to) ? 0 : -ESTALE;
}

/* One call takes the old code away and puts the new one there: this very function may be in it. */
static int segment_replace(const struct segment *segment)
{
	uint8_t *copy = mmap(NULL, segment->bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (copy == MAP_FAILED)
		return -errno;
	r = segment_read(segment, copy);
	if (r == 0 && (mprotect(copy, segment->bytes, PROT_READ | PROT_EXEC) < 0 ||
		       mremap(copy, segment->bytes, segment->bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
			      segment->start) == MAP_FAILED))
		r = -errno;
	if (r < 0)
		munmap(copy, segment->bytes);
	return r;
}

/* Fills in *SEGMENT: the one that has its address. */
static int segment_copy(struct segment *segment)
{
	if (!dl_iterate_phdr(segment_visit, segment))
		return -ENOENT;
	return segment_replace(segment);
}

int own_code_copy_at(uintptr_t address)
{
	return segment_copy(&(struct segment){ .address = address });
}

void own_code_copy(void)
{
	/* All that is probed of each library lies in one segment. */
	const uintptr_t addresses[] = { (uintptr_t)_r_debug.r_brk, (uintptr_t)_exit,
					(uintptr_t)malloc };
	struct segment last = { 0 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct segment next = { .address = addresses[i] };
		int r;

		if (addresses[i] - (uintptr_t)last.start < last.bytes)
			continue;
		r = segment_copy(&next);
		if (r < 0)
			log_debug(LOG_ATTACH, "leaktrace itself runs into its probes: %s",
				  strerror(-r));
		last = next;
	}
}
