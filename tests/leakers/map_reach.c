// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mappings that are still needed, and mappings that nobody could ever unmap: held by data, by
 * blocks, by each other and by nothing. Each has a function of its own that maps it.
 */
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "truth.h"

enum { PAGE = 4096, BLOCK = 64 };

/* Not "static": the compiler would drop variables that nobody reads. */
void *kept[16];

static void **check(void *address)
{
	if (address == MAP_FAILED)
		_exit(97);
	return hold(address);
}

/* A function that maps N pages for one purpose. */
#define MAPPER(name, n)                                                                            \
	LEAKER void **name(void)                                                                   \
	{                                                                                          \
		return check(mmap(NULL, (n)*PAGE, PROT_READ | PROT_WRITE,                          \
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));                            \
	}

MAPPER(held_by_data, 1)
MAPPER(held_inside, 5)
MAPPER(held_by_mapping, 2)
MAPPER(held_by_block, 3)
MAPPER(dropped, 7)
MAPPER(self, 1)
MAPPER(pair, 2)
MAPPER(held_by_lost_block, 3)

LEAKER void **block_lost(void)
{
	return hold(calloc(1, BLOCK));
}

LEAKER void **block_kept(void)
{
	return hold(calloc(1, BLOCK));
}

LEAKER void **block_held_by_dropped(void)
{
	return hold(calloc(1, BLOCK));
}

LEAKER void **file_kept(int fd)
{
	return check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
}

LEAKER void **file_dropped(int fd)
{
	return check(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
}

LEAKER void **segment_dropped(int id)
{
	return check(shmat(id, NULL, 0));
}

LEAKER char *reserve(void)
{
	return (char *)check(mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

LEAKER void **put_to_use(char *address)
{
	return check(mmap(address, 4 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

LEAKER void leave_kept(void)
{
	void **inside = held_inside(), **block = block_kept(), **first;

	kept[0] = first = held_by_data();
	first[100] = held_by_mapping() + 3;
	kept[1] = (char *)inside + 5 * PAGE - 1;
	kept[2] = block;
	block[3] = held_by_block();
	truth_mapping_as("held_by_data", 1, PAGE, "reachable");
	truth_mapping_as("held_inside", 1, 5 * PAGE, "reachable");
	truth_mapping_as("held_by_mapping", 1, 2 * PAGE, "reachable");
	truth_mapping_as("held_by_block", 1, 3 * PAGE, "reachable");
	truth_class("block_kept", "reachable", 1, BLOCK);
}

LEAKER void leave_dropped(void)
{
	void **a = pair(), **b = pair(), **lonely = self(), **block = block_lost();

	dropped()[1] = block_held_by_dropped();
	lonely[2] = lonely + 5;
	a[0] = b;
	b[0] = a;
	block[1] = held_by_lost_block();
	truth_mapping_as("dropped", 1, 7 * PAGE, "leaked");
	truth_mapping_as("self", 1, PAGE, "leaked");
	truth_mapping_as("pair", 2, 4 * PAGE, "leaked");
	truth_mapping_as("held_by_lost_block", 1, 3 * PAGE, "leaked");
	truth_class("block_lost", "lost", 1, BLOCK);
	/* The mapping may be used in a way that cannot be seen. */
	truth_class("block_held_by_dropped", "reachable", 1, BLOCK);
}

LEAKER void leave_files(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	int id = shmget(IPC_PRIVATE, 2 * PAGE, IPC_CREAT | 0600);

	if (fd < 0 || id < 0)
		_exit(97);
	kept[3] = file_kept(fd);
	file_dropped(fd);
	segment_dropped(id);
	shmctl(id, IPC_RMID, NULL);
	close(fd);
	truth_mapping_as("file_kept", 1, PAGE, "reachable");
	truth_mapping_as("file_dropped", 1, PAGE, "leaked");
	truth_mapping_as("segment_dropped", 1, 2 * PAGE, "leaked");
}

/* Only the beginning of what was reserved is known to the program. */
LEAKER void leave_reserved(void)
{
	char *start = reserve();

	kept[4] = start;
	put_to_use(start + 8 * PAGE);
	put_to_use(start + 32 * PAGE);
	truth_mapping_as("reserve", 1, 56 * PAGE, "reachable");
	truth_mapping_as("put_to_use", 2, 8 * PAGE, "reachable");
}

/* What was in registers and on the stack is gone when main() returns. */
int main(void)
{
	truth_begin();
	leave_kept();
	leave_dropped();
	leave_files();
	leave_reserved();
	truth_end();
	return 0;
}
