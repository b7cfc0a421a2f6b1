// SPDX-License-Identifier: BSD-2-Clause
/*
 * rebuilt PREFIX N: N programs, one after the other, that are made, run and deleted: PREFIX0 and so
 * on, copies of this one. Each has generated code as well, and releases what it allocates.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "truth.h"

enum { N_BLOCKS = 5 };

LEAKER void use_memory(void)
{
	void *blocks[N_BLOCKS];

	for (int i = 0; i < N_BLOCKS; i++)
		blocks[i] = hold(malloc(opaque(100)));
	for (int i = 0; i < N_BLOCKS; i++)
		free(blocks[i]);
}

static int be_program(void)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	    MAP_FAILED)
		return 97;
	use_memory();
	return 0;
}

static void copy_self(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	if (from < 0 || to < 0)
		_exit(97);
	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	close(from);
	close(to);
}

static void run(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, NULL);
		_exit(97);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		_exit(97);
}

int main(int argc, char **argv)
{
	char path[256];
	int n;

	if (argc != 3)
		return be_program();
	n = atoi(argv[2]);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s%d", argv[1], i);
		copy_self(path);
		run(path);
		unlink(path);
	}
	printf("allocations %d\n", N_BLOCKS * n);
	return 0;
}
