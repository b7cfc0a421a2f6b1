// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory that the program maps itself: unmapped in whole and in part, moved, grown, replaced,
 * shared; beside what the C library maps for blocks and threads. The argument chooses.
 */
#include <malloc.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "truth.h"

/* musl gives memory back as it sees fit. */
#ifndef __GLIBC__
#define malloc_trim(pad) ((void)0)
#endif

enum { PAGE = 4096, BIG = 1 << 20, N_THREADS = 8, N_MANY = 100 };

static char *check(void *address)
{
	if (address == MAP_FAILED)
		_exit(97);
	return hold(address);
}

LEAKER char *map(size_t bytes)
{
	return check(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

LEAKER char *map_over(char *address, size_t bytes)
{
	return check(
		mmap(address, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

LEAKER char *map_shared(void)
{
	char *address;
	int fd = memfd_create("leaker", 0);

	if (fd < 0 || ftruncate(fd, 3 * PAGE) < 0)
		_exit(97);
	address = check(mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	close(fd);
	return address;
}

LEAKER char *attach_segment(int id)
{
	return check(shmat(id, NULL, 0));
}

static void parts(void)
{
	char *a = map(16 * PAGE), *b = map(4 * PAGE), *c = map(4 * PAGE);

	munmap(a + 4 * PAGE, 2 * PAGE);
	munmap(a + 15 * PAGE, PAGE);
	munmap(b, 4 * PAGE);
	munmap(c, 4 * PAGE);
	truth_mapping("map", 1, 13 * PAGE);
}

static void moved(void)
{
	char *a = map(4 * PAGE), *b = map(2 * PAGE), *c = map(8 * PAGE);

	a = check(mremap(a, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE));
	check(mremap(c, 8 * PAGE, 3 * PAGE, 0));
	check(mremap(b, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + 10 * PAGE));
	truth_mapping("map", 3, (62 + 2 + 3) * PAGE);
}

static void replaced(void)
{
	char *a = map(8 * PAGE);

	map_over(a + 2 * PAGE, 3 * PAGE);
	truth_mapping("map", 1, 5 * PAGE);
	truth_mapping("map_over", 1, 3 * PAGE);
}

static void shared(void)
{
	int id = shmget(IPC_PRIVATE, 5 * PAGE, IPC_CREAT | 0600);
	char *again;

	map_shared();
	munmap(map_shared(), 3 * PAGE);
	if (id < 0)
		_exit(97);
	attach_segment(id);
	again = attach_segment(id);
	shmctl(id, IPC_RMID, NULL);
	if (shmdt(again) < 0)
		_exit(97);
	truth_mapping("map_shared", 1, 3 * PAGE);
	truth_mapping("attach_segment", 1, 5 * PAGE);
}

LEAKER void move_break(void)
{
	if (sbrk(7 * PAGE) == (void *)-1)
		_exit(97);
	__asm__ volatile("");
}

static void heap(void)
{
	char *start = sbrk(0);

	/* To the page, so that the numbers are round. */
	if (brk((char *)(((size_t)start + PAGE - 1) & ~(size_t)(PAGE - 1))) < 0)
		_exit(97);
	move_break();
	truth_mapping("move_break", 1, 7 * PAGE);
}

static void *balanced(void *argument)
{
	for (int i = 0; i < 2000; i++) {
		void *small = hold(malloc(100)), *large = hold(malloc(BIG));

		free(large);
		free(small);
	}
	return argument;
}

static void *brief(void *argument)
{
	free(hold(malloc(300)));
	return argument;
}

static void run_threads(int n, void *(*routine)(void *))
{
	pthread_t threads[N_MANY];

	for (int i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, routine, NULL) != 0)
			_exit(97);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* Blocks, arenas and stacks of threads are no mappings of the program. */
static void none(void)
{
	run_threads(N_THREADS, balanced);
	malloc_trim(0);
	run_threads(N_MANY, brief);
	malloc_trim(0);
}

int main(int argc, char **argv)
{
	const struct {
		const char *name;
		void (*run)(void);
	} ways[] = {
		{ "parts", parts },   { "moved", moved }, { "replaced", replaced },
		{ "shared", shared }, { "heap", heap },	  { "none", none },
	};

	truth_begin();
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		ways[i].run();
		truth_end();
		return 0;
	}
	return 2;
}
