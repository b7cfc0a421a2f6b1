// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tests in one process that leave descriptors, threads and mappings behind: to nobody, to the test
 * after them, to the end. They tell by a path where they begin and end.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "truth.h"

enum { PAGE = 4096 };

/* Not "static": the compiler would drop variables that nobody reads. */
void *kept;
static pthread_t handed;
static int handed_fd, go_on[2];

static char *map(size_t n)
{
	char *address =
		mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address == MAP_FAILED)
		_exit(97);
	return hold(address);
}

static void *waits(void *argument)
{
	char byte;

	if (read(go_on[0], &byte, 1) != 1)
		_exit(97);
	return argument;
}

static void *endless(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static pthread_t thread(void *(*routine)(void *))
{
	pthread_t made;

	if (pthread_create(&made, NULL, routine, NULL) != 0)
		_exit(97);
	return made;
}

static void clean(void)
{
	int fd = dup(0);

	munmap(map(3), 3 * PAGE);
	close(fd);
}

LEAKER void leaves_fd(void)
{
	(void)!dup(0);
}

LEAKER void leaves_thread(void)
{
	thread(endless);
}

LEAKER void leaves_mapping(void)
{
	map(2);
}

LEAKER void keeps_mapping(void)
{
	kept = map(1);
}

LEAKER void hands_over(void)
{
	handed_fd = dup(0);
	handed = thread(waits);
	kept = map(4);
}

LEAKER void takes(void)
{
	if (write(go_on[1], "x", 1) != 1 || pthread_join(handed, NULL) != 0)
		_exit(97);
	close(handed_fd);
	munmap(kept, 4 * PAGE);
	kept = NULL;
}

int main(void)
{
	const struct {
		const char *path;
		void (*run)(void);
	} tests[] = {
		{ "/leaktrace/begin/clean", clean },
		{ "/leaktrace/begin/leaves_fd", leaves_fd },
		{ "/leaktrace/begin/leaves_thread", leaves_thread },
		{ "/leaktrace/begin/leaves_mapping", leaves_mapping },
		{ "/leaktrace/begin/hands_over", hands_over },
		{ "/leaktrace/begin/takes", takes },
		{ "/leaktrace/begin/keeps_mapping", keeps_mapping },
	};

	if (pipe(go_on) < 0)
		_exit(97);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		access(tests[i].path, F_OK);
		tests[i].run();
		access("/leaktrace/end", F_OK);
	}
	close(go_on[0]);
	close(go_on[1]);
	return 0;
}
