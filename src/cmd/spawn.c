// SPDX-License-Identifier: BSD-2-Clause
/* Starting the command: see spawn.h. */
#include "cmd/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/config.h"

int spawn_replace(char **command, const struct user *user)
{
	int r = user ? user_become(user) : 0;

	if (r < 0)
		return r;
	execvp(command[0], command);
	return -errno;
}

/* In the child: waits for the word to go, then becomes the command, or tells why it cannot. */
static void child_run(const struct spawn *spawn, char **command, const struct user *user,
		      const struct wait *wait, int release_fd, int error_fd)
{
	ssize_t n;
	char byte;
	int r;

	do
		n = read(release_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	/* The end of the pipe without a word: leaktrace is gone, and nothing shall run. */
	if (n != 1)
		_exit(EXIT_CANNOT_TRACE);
	wait_undo(wait);
	descriptors_restore(&spawn->limit);
	r = spawn_replace(command, user);
	n = write(error_fd, &r, sizeof(r));
	_exit(n == sizeof(r) ? EXIT_CANNOT_EXECUTE : EXIT_CANNOT_TRACE);
}

int spawn_start(struct spawn *spawn, char **command, const struct user *user,
		const struct wait *wait, struct diag *diag)
{
	int release[2] = { -1, -1 }, error[2] = { -1, -1 };
	pid_t pid = -1;

	if (pipe2(release, O_CLOEXEC) == 0 && pipe2(error, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0) {
		close(release[1]);
		close(error[0]);
		child_run(spawn, command, user, wait, release[0], error[1]);
	}
	if (pid < 0)
		diag_add(diag, -errno, "cannot start the command: %s", strerror(errno));
	closep(&release[0]);
	closep(&error[1]);
	spawn->pid = pid;
	spawn->release_fd = release[1];
	spawn->error_fd = error[0];
	return pid < 0 ? -EAGAIN : 0;
}

int spawn_release(struct spawn *spawn)
{
	ssize_t n = write(spawn->release_fd, "", 1);
	int r = 0;

	closep(&spawn->release_fd);
	spawn->release_fd = -1;
	if (n != 1)
		return -EPIPE;
	do
		n = read(spawn->error_fd, &r, sizeof(r));
	while (n < 0 && errno == EINTR);
	return n == sizeof(r) ? r : 0;
}

int spawn_poll(const struct spawn *spawn, int *ret_status)
{
	siginfo_t info = { 0 };

	/* A thread that has it stopped by ptrace(2) is told so too: look, and take nothing. */
	if (waitid(P_PID, (id_t)spawn->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return errno == ECHILD;
	if (info.si_code != CLD_EXITED && info.si_code != CLD_KILLED && info.si_code != CLD_DUMPED)
		return 0;
	return waitpid(spawn->pid, ret_status, WNOHANG) == spawn->pid;
}

void spawn_done(struct spawn *spawn)
{
	bool held = spawn->release_fd >= 0;

	closep(&spawn->release_fd);
	closep(&spawn->error_fd);
	if (held && spawn->pid > 0)
		waitpid(spawn->pid, NULL, 0);
}

static bool is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *spawn_find_program(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = NULL;
	char *save = NULL;

	if (strchr(name, '/'))
		return is_executable(name) ? strdup(name) : NULL;
	copy = strdup(path ? path : "/bin:/usr/bin");
	for (char *dir = copy ? strtok_r(copy, ":", &save) : NULL; dir;
	     dir = strtok_r(NULL, ":", &save)) {
		_cleanup_free_ char *candidate = str_printf("%s/%s", dir, name);

		if (candidate && is_executable(candidate))
			return TAKE_PTR(candidate);
	}
	return NULL;
}

int spawn_exec_status(int r, const char *name, struct diag *diag)
{
	if (r == -ENOENT || r == -ENOTDIR) {
		diag_add(diag, r, "%s: command not found", name);
		return EXIT_NOT_FOUND;
	}
	diag_add(diag, r, "%s: cannot be executed: %s", name, strerror(-r));
	return EXIT_CANNOT_EXECUTE;
}
