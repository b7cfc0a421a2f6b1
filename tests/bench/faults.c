// SPDX-License-Identifier: BSD-2-Clause
/*
 * faults HOW N: what the flight recorder may make slower, N times: touch (a new page), map (mmap
 * and munmap of memory that is not touched), call (a system call that it does not look at). Writes
 * N and the CPU time it took in nanoseconds.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "bench.h"

enum { PAGE = 4096, AREA_PAGES = 4096 };

static char *area_map(size_t bytes)
{
	char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		_exit(97);
	/* Page by page, whatever the machine does for large areas. */
	madvise(area, bytes, MADV_NOHUGEPAGE);
	return area;
}

__attribute__((noinline)) static void touch(size_t n)
{
	while (n) {
		size_t pages = n < AREA_PAGES ? n : AREA_PAGES;
		char *area = area_map(pages * PAGE);

		for (size_t i = 0; i < pages; i++)
			((volatile char *)area)[i * PAGE] = 1;
		munmap(area, pages * PAGE);
		n -= pages;
	}
}

int main(int argc, char **argv)
{
	size_t n = number_read(argc, argv, 2, 1u << 30);
	uint64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	if (strcmp(argv[1], "touch") == 0)
		touch(n);
	for (size_t i = 0; i < n && strcmp(argv[1], "map") == 0; i++)
		munmap(mmap(NULL, 16 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		       16 * PAGE);
	for (size_t i = 0; i < n && strcmp(argv[1], "call") == 0; i++)
		syscall(SYS_getppid);
	numbers_write(n, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin, 0, 0);
	return 0;
}
