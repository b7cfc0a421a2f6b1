// SPDX-License-Identifier: BSD-2-Clause
/* The user behind sudo: see user.h. */
#include "cmd/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/procfs_facts.h"

/* A user or group id from the environment; -EINVAL if it is not a number. */
static int env_id(const char *variable, unsigned *ret_id)
{
	const char *text = getenv(variable);
	unsigned long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value >= UINT32_MAX)
		return -EINVAL;
	*ret_id = (unsigned)value;
	return 0;
}

/* Who called sudo; -EINVAL if the environment does not say. */
static int sudo_ids(unsigned *ret_uid, unsigned *ret_gid)
{
	const struct passwd *account;

	if (env_id("SUDO_UID", ret_uid) < 0)
		return -EINVAL;
	if (env_id("SUDO_GID", ret_gid) == 0)
		return 0;
	account = getpwuid(*ret_uid);
	*ret_gid = account ? account->pw_gid : *ret_uid;
	return 0;
}

static int user_fill(struct user *user, const struct passwd *account)
{
	if (!account)
		return 0;
	user->name = strdup(account->pw_name);
	user->home = strdup(account->pw_dir);
	return user->name && user->home ? 0 : -ENOMEM;
}

int user_find(const char *name, struct user *ret_user, struct diag *diag)
{
	const struct passwd *account;

	*ret_user = (struct user){ 0 };
	if (name) {
		account = getpwnam(name);
		if (!account)
			return diag_add(diag, -ENOENT, "there is no user '%s'", name);
		ret_user->uid = account->pw_uid;
		ret_user->gid = account->pw_gid;
		return user_fill(ret_user, account) < 0 ? -ENOMEM : 1;
	}
	if (geteuid() != 0 || !getenv("SUDO_UID"))
		return 0;
	if (sudo_ids(&ret_user->uid, &ret_user->gid) < 0)
		return diag_add(diag, -EINVAL,
				"SUDO_UID in the environment is '%s', no user id: "
				"refusing to run the command as root",
				getenv("SUDO_UID"));
	if (ret_user->uid == 0)
		return 0;
	return user_fill(ret_user, getpwuid(ret_user->uid)) < 0 ? -ENOMEM : 1;
}

void user_done(struct user *user)
{
	free(user->name);
	free(user->home);
}

int user_become(const struct user *user)
{
	int r = user->name ? initgroups(user->name, user->gid) : setgroups(0, NULL);

	if (r < 0 || setgid(user->gid) < 0 || setuid(user->uid) < 0)
		return -errno;
	if (!user->name)
		return 0;
	if (setenv("USER", user->name, 1) < 0 || setenv("LOGNAME", user->name, 1) < 0 ||
	    setenv("HOME", user->home, 1) < 0)
		return -ENOMEM;
	return 0;
}

bool user_has_lent_rights(void)
{
	return getuid() != 0 && getauxval(AT_SECURE);
}

int user_check_process(pid_t pid, struct diag *diag)
{
	char path[32];
	struct stat st;
	uid_t uid;

	if (!user_has_lent_rights())
		return 0;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	/* The folder is root's if the process has more rights than its user. */
	if (procfs_uid(pid, &uid) && uid == getuid() && stat(path, &st) == 0 && st.st_uid == uid)
		return 0;
	diag_add(diag, -EPERM,
		 "process %d is not yours: by the capabilities of its file, leaktrace traces its "
		 "caller's own processes only",
		 (int)pid);
	return diag_hint(diag, "run it with sudo");
}

/* The C library's setgroups() would change all threads. */
static int thread_set_groups(int n, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, n, groups);
}

void user_rights_lower(struct user_rights *ret_rights)
{
	unsigned uid, gid;

	*ret_rights = (struct user_rights){ .uid = geteuid(), .gid = getegid() };
	if (ret_rights->uid != 0 || sudo_ids(&uid, &gid) < 0)
		return;
	ret_rights->n_groups = getgroups(0, NULL);
	if (ret_rights->n_groups > 0)
		ret_rights->groups = calloc((size_t)ret_rights->n_groups, sizeof(gid_t));
	/* Those that cannot be given back are not given up. */
	if (ret_rights->groups && getgroups(ret_rights->n_groups, ret_rights->groups) > 0)
		thread_set_groups(0, NULL);
	setfsgid(gid);
	setfsuid(uid);
}

void user_rights_restore(const struct user_rights *rights)
{
	/* Back to what this thread has been: cannot fail for root. */
	setfsuid(rights->uid);
	setfsgid(rights->gid);
	if (rights->groups)
		thread_set_groups(rights->n_groups, rights->groups);
	free(rights->groups);
}
