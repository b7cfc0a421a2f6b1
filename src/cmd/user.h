/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On whose behalf leaktrace works. Under sudo that is the user who called sudo: the command runs
 * as that user, and files are written with that user's rights.
 */
#ifndef LT_CMD_USER_H
#define LT_CMD_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"

struct user {
	uid_t uid;
	gid_t gid;
	char *name; /* NULL: an id without an account */
	char *home;
};

/*
 * The user to run the command as: NAME if given, else the one of SUDO_UID when we are root.
 * Returns 1 and *RET_USER, 0 if the command runs as we do, or a negative errno.
 */
int user_find(const char *name, struct user *ret_user, struct diag *diag) _must_check_;
void user_done(struct user *user);

/*
 * Makes this process that user for good, with HOME, USER and LOGNAME. Called in the child
 * between fork and exec. Returns 0 or a negative errno.
 */
int user_become(const struct user *user) _must_check_;

/*
 * Whether leaktrace has rights that its caller has not, by capabilities of its file: it is for the
 * caller's own processes then, and for nobody else's.
 */
bool user_has_lent_rights(void);

/* 0, or -EPERM and a sentence: with such rights, PID is none of the caller's business. */
int user_check_process(pid_t pid, struct diag *diag) _must_check_;

/* Rights for files. */
struct user_rights {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* what was given up, N_GROUPS of them */
	int n_groups;
};

/*
 * From here on this thread opens, makes and removes files as the user who called sudo, if there is
 * one. Other threads do as before, and so does this one with whatever is no file.
 */
void user_rights_lower(struct user_rights *ret_rights);
void user_rights_restore(const struct user_rights *rights);

#endif
