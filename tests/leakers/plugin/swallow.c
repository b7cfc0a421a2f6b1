// SPDX-License-Identifier: BSD-2-Clause
/*
 * To be preloaded: a patched-in leak. Each 100th close() of a socket says that it has closed it
 * and does not. How often that happened in this process is in the file $SWALLOW_DIR/PID.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVERY = 100 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned n_closes;
static unsigned n_swallowed;
static pid_t counted_in; /* a forked child begins anew */

static char directory[200];

/* Some programs throw their environment away. */
__attribute__((constructor)) static void remember_directory(void)
{
	const char *value = getenv("SWALLOW_DIR");

	if (!value || strlen(value) >= sizeof(directory))
		abort();
	strcpy(directory, value);
}

static void write_down(void)
{
	char path[256], text[16];
	int fd, n;

	snprintf(path, sizeof(path), "%s/%d", directory, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	n = snprintf(text, sizeof(text), "%u\n", n_swallowed);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		abort();
	syscall(SYS_close, fd);
}

int close(int fd)
{
	struct stat st;
	int swallow;

	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return (int)syscall(SYS_close, fd);
	pthread_mutex_lock(&lock);
	if (counted_in != getpid()) {
		counted_in = getpid();
		n_closes = n_swallowed = 0;
	}
	swallow = ++n_closes % EVERY == 0;
	if (swallow) {
		n_swallowed++;
		write_down();
	}
	pthread_mutex_unlock(&lock);
	return swallow ? 0 : (int)syscall(SYS_close, fd);
}
