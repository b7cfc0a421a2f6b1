// SPDX-License-Identifier: BSD-2-Clause
/*
 * raw_exec ROOT PROGRAM [ARG...]: becomes PROGRAM within ROOT, without any execve() of a C library,
 * as programs in Go do.
 */
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3 || chroot(argv[1]) < 0 || chdir("/") < 0)
		return 125;
	syscall(SYS_execve, argv[2], argv + 2, environ);
	return 126;
}
