// SPDX-License-Identifier: BSD-2-Clause
/* Choosing among all processes: see system.h. */
#include "cmd/system.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/user.h"
#include "collect/procfs_facts.h"

struct system {
	struct lt_choice choice;
	char *cgroup; /* path, NULL: any */
};

/* A part of a container's id that is shorter would be in too many names. */
enum { CONTAINER_ID_LEAST = 6 };

static int find_uid(const char *name, struct choice_request *request, struct diag *diag)
{
	struct passwd *user = getpwnam(name);
	unsigned long number;
	char *end;

	request->has_uid = true;
	if (user) {
		request->uid = user->pw_uid;
		return 0;
	}
	number = strtoul(name, &end, 10);
	if (*name < '0' || *name > '9' || *end || number >= UINT32_MAX)
		return diag_add(diag, -EINVAL, "--uid: there is no user '%s'", name);
	request->uid = (uid_t)number;
	return 0;
}

static int find_cgroup(const char *path, struct choice_request *request, struct diag *diag)
{
	_cleanup_free_ char *procs = str_printf("%s/cgroup.procs", path);
	struct stat st;
	int r;

	if (!procs)
		return -ENOMEM;
	r = stat(path, &st) < 0 ? -errno : procfs_cgroup_hierarchy(st.st_dev);
	if (r == -ENOTSUP) {
		diag_add(diag, r, "--cgroup: %s is in a hierarchy without a controller", path);
		return diag_hint(diag, "give the folder in that of one, such as "
				       "/sys/fs/cgroup/memory");
	}
	if (r < 0 || access(procs, F_OK) < 0) {
		diag_add(diag, -EINVAL, "--cgroup: %s is no folder of a cgroup", path);
		return diag_hint(diag, "they are in /sys/fs/cgroup; \"cat /proc/PID/cgroup\" "
				       "says which one a process is in");
	}
	request->cgroup = st.st_ino;
	request->hierarchy = (uint32_t)r;
	return 0;
}

/* With the rights of the file, all processes are those of the caller. */
static int limit_uid(struct choice_request *request, struct diag *diag)
{
	if (!user_has_lent_rights())
		return 0;
	if (request->has_uid && request->uid != getuid()) {
		diag_add(diag, -EPERM,
			 "--uid: by the capabilities of its file, leaktrace traces its "
			 "caller's own processes only");
		return diag_hint(diag, "run it with sudo");
	}
	request->has_uid = true;
	request->uid = getuid();
	return 0;
}

/* A process of the container whose id begins so; 0 if there is none. */
static pid_t container_process(const char *id)
{
	struct procfs_pids pids = { 0 };
	pid_t found = 0;
	char *end;
	long pid = strtol(id, &end, 10);

	/* An id may be all digits too, but then it is a longer number. */
	if (*id && !*end && pid > 0 && pid <= INT32_MAX && procfs_namespace((pid_t)pid, "mnt"))
		return (pid_t)pid;
	if (strlen(id) < CONTAINER_ID_LEAST || procfs_pids(&pids) < 0)
		return 0;
	vec_foreach(other, &pids.list) {
		if (!found && procfs_cgroup_has(*other, id))
			found = *other;
	}
	vec_done(&pids.list);
	return found;
}

/* A container is its mount namespace, or its pid namespace if it sees the files of the machine. */
static int find_container(const char *id, struct choice_request *request, struct diag *diag)
{
	pid_t pid = container_process(id);
	uint32_t mount_ns = procfs_namespace(pid, "mnt");
	uint32_t pid_ns = procfs_namespace(pid, "pid");

	if (!pid || !mount_ns) {
		diag_add(diag, -ESRCH, "--container: no process belongs to a container '%s'", id);
		return diag_hint(diag, "give the pid of any process in it, as this machine sees "
				       "it: \"docker inspect -f '{{.State.Pid}}' NAME\"");
	}
	if (mount_ns != procfs_namespace(getpid(), "mnt"))
		request->mount_ns = mount_ns;
	else if (pid_ns && pid_ns != procfs_namespace(getpid(), "pid"))
		request->pid_ns = pid_ns;
	else
		return diag_add(diag, -EINVAL,
				"--container: process %d is in no container: it has the same "
				"namespaces as leaktrace",
				(int)pid);
	return 0;
}

int system_open(const struct config *config, struct system **ret_system, struct diag *diag)
{
	_cleanup_(system_closep) struct system *system = calloc(1, sizeof(*system));
	struct choice_request request = { .include = config->comm,
					  .exclude = config->exclude,
					  .self = getpid() };
	int r = 0;

	if (!system)
		return -ENOMEM;
	if (config->uid)
		r = find_uid(config->uid, &request, diag);
	if (r == 0)
		r = limit_uid(&request, diag);
	if (r == 0 && config->cgroup)
		r = find_cgroup(config->cgroup, &request, diag);
	if (r == 0 && config->container)
		r = find_container(config->container, &request, diag);
	if (r == 0)
		r = choice_compile(&request, &system->choice, diag);
	if (r < 0)
		return r;
	if (config->cgroup) {
		system->cgroup = strdup(config->cgroup);
		if (!system->cgroup)
			return -ENOMEM;
	}
	*ret_system = TAKE_PTR(system);
	return 0;
}

void system_close(struct system *system)
{
	if (!system)
		return;
	free(system->cgroup);
	free(system);
}

const struct lt_choice *system_choice(const struct system *system)
{
	return &system->choice;
}

/* The same questions as the programs ask at an exec, except for the cgroup. */
static bool is_chosen(const struct lt_choice *choice, pid_t pid)
{
	char name[PROCFS_NAME_BYTES];
	uid_t uid;

	if ((uint32_t)pid == choice->self || !procfs_name(pid, name) ||
	    !choice_name_matches(choice, name))
		return false;
	if (choice->has_uid && (!procfs_uid(pid, &uid) || uid != choice->uid))
		return false;
	if (choice->mount_ns && procfs_namespace(pid, "mnt") != choice->mount_ns)
		return false;
	return !choice->pid_ns || procfs_namespace(pid, "pid") == choice->pid_ns;
}

int system_scan(struct system *system, struct tracer *tracer, struct diag *diag)
{
	struct procfs_pids pids = { 0 };
	int n = 0, r;

	r = system->cgroup ? procfs_cgroup_pids(system->cgroup, &pids) : procfs_pids(&pids);
	if (r < 0)
		return diag_add(diag, r, "cannot list the processes: %s", strerror(-r));
	vec_foreach(pid, &pids.list) {
		if (r < 0 || tracer_traces(tracer, *pid) || !is_chosen(&system->choice, *pid))
			continue;
		r = tracer_attach_present(tracer, *pid, diag);
		n += r > 0;
	}
	vec_done(&pids.list);
	return r < 0 ? r : n;
}
