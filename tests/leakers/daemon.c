// SPDX-License-Identifier: BSD-2-Clause
/*
 * daemon SECONDS FILE: forks twice and goes on in the background for so long, then writes "ended"
 * to FILE. The command that was started is over long before the process that leaks.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "truth.h"

LEAKER void leak_in_starter(void)
{
	for (int i = 0; i < 3; i++)
		hold(malloc(33));
}

LEAKER void leak_in_daemon(void)
{
	for (int i = 0; i < 17; i++)
		hold(malloc(170));
}

static void daemon_main(unsigned seconds, const char *file)
{
	int fd;

	leak_in_daemon();
	truth_begin();
	truth_site("leak_in_daemon", 17, 17 * 170);
	truth_absent("leak_in_starter");
	truth_calls(17, 0);
	truth_end();
	sleep(seconds);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		_exit(97);
	write_all(fd, "ended\n", 6);
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	pid_t child;
	int status;

	if (seconds == 0)
		return 2;
	leak_in_starter();
	child = fork();
	if (child < 0)
		return 97;
	if (child == 0) {
		pid_t grandchild = setsid() < 0 ? -1 : fork();

		if (grandchild == 0)
			daemon_main(seconds, argv[2]);
		_exit(grandchild < 0 ? 97 : 0);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		return 97;
	truth_begin();
	truth_site("leak_in_starter", 3, 99);
	truth_absent("leak_in_daemon");
	truth_calls(3, 0);
	truth_end();
	return 0;
}
