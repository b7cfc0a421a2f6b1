// SPDX-License-Identifier: BSD-2-Clause
/*
 * Has threads and mappings before anyone looks, gives some of them back at the first SIGUSR1 and
 * makes new ones at each, says so, and ends at SIGTERM.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "truth.h"

enum { PAGE = 4096 };

static void *endless(void *argument)
{
	for (;;)
		pause();
	return argument;
}

LEAKER pthread_t start(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, endless, NULL) != 0)
		_exit(97);
	return thread;
}

static char *check(void *address)
{
	if (address == MAP_FAILED)
		_exit(97);
	return hold(address);
}

LEAKER char *map(size_t n)
{
	return check(
		mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

LEAKER char *map_memfd(const char *name)
{
	int fd = memfd_create(name, 0);
	char *address;

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		_exit(97);
	address = check(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	close(fd);
	return address;
}

int main(void)
{
	sigset_t signals;
	pthread_t given_back;
	char *old;
	int signal;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	truth_begin();
	truth_word("ready", "1");
	start();
	given_back = start();
	old = map_memfd("old");
	map_memfd("kept");
	truth_end();
	while (sigwait(&signals, &signal) == 0 && signal == SIGUSR1) {
		if (old) {
			munmap(old, PAGE);
			if (pthread_cancel(given_back) != 0 || pthread_join(given_back, NULL) != 0)
				_exit(97);
			old = NULL;
		}
		start();
		map(3);
		map_memfd("new");
		write_all(STDOUT_FILENO, "done\n", 5);
	}
	return 0;
}
