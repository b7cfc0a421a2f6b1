// SPDX-License-Identifier: BSD-2-Clause
/* ptrace(2) in its quiet form, PTRACE_SEIZE: see freeze.h. */
#include "scan/freeze.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static struct freeze_thread *freeze_find(struct freeze *freeze, pid_t tid)
{
	vec_foreach(thread, &freeze->threads) {
		if (thread->tid == tid)
			return thread;
	}
	return NULL;
}

/* Whether PID is a child of this process. */
static bool process_is_child(pid_t pid)
{
	char path[32], line[512];
	_cleanup_fclose_ FILE *file = NULL;
	const char *end;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return false;
	end = strrchr(line, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 && parent == (int)getpid();
}

/* The first thread may end long before the others, and is a zombie until they have ended too. */
static bool thread_has_ended(pid_t pid, pid_t tid)
{
	char path[64], line[512];
	_cleanup_fclose_ FILE *file = NULL;
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return true;
	state = strrchr(line, ')');
	return state && (strncmp(state, ") Z", 3) == 0 || strncmp(state, ") X", 3) == 0);
}

/* 1: a new thread is ours; 0: it is ours already, or has ended; or a negative errno. */
static int freeze_seize(struct freeze *freeze, pid_t tid)
{
	struct freeze_thread thread = { .tid = tid };

	if (freeze_find(freeze, tid))
		return 0;
	if (vec_reserve(&freeze->threads, 1) < 0)
		return -ENOMEM;
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0) {
		int r = -errno;

		return thread_has_ended(freeze->pid, tid) ? 0 : r;
	}
	freeze->threads.items[freeze->threads.n++] = thread;
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 && errno != ESRCH)
		return -errno;
	return 1;
}

/* One pass over the threads that there are; returns how many were new. */
static int freeze_pass(struct freeze *freeze)
{
	char path[32];
	const struct dirent *entry;
	int n = 0, r = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)freeze->pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (r >= 0 && (entry = readdir(dir))) {
		long tid = strtol(entry->d_name, NULL, 10);

		if (tid <= 0)
			continue;
		r = freeze_seize(freeze, (pid_t)tid);
		n += r > 0;
	}
	closedir(dir);
	return r < 0 ? r : n;
}

int freeze_begin(struct freeze *freeze, pid_t pid)
{
	int r;

	*freeze = (struct freeze){ .pid = pid, .is_child = process_is_child(pid) };
	/* Threads can be born while others are being asked, until all of them have been. */
	do {
		r = freeze_pass(freeze);
	} while (r > 0 && freeze->threads.n > 1);
	return r < 0 ? r : 0;
}

pid_t freeze_living(const struct freeze *freeze)
{
	vec_foreach(thread, &freeze->threads) {
		if (thread->stopped)
			return thread->tid;
	}
	return freeze->pid;
}

#if defined(__x86_64__)
static void thread_set_registers(struct freeze_thread *thread, const struct user_regs_struct *regs)
{
	const uint64_t all[] = { regs->rbx, regs->rbp, regs->r12, regs->r13, regs->r14,
				 regs->r15, regs->rax, regs->rcx, regs->rdx, regs->rsi,
				 regs->rdi, regs->r8,  regs->r9,  regs->r10, regs->r11 };

	thread->sp = regs->rsp;
	thread->thread_pointer = regs->fs_base;
	thread->n_registers = sizeof(all) / sizeof(all[0]);
	for (unsigned i = 0; i < thread->n_registers; i++)
		thread->registers[i] = all[i];
}

const char *freeze_register_name(unsigned i)
{
	static const char *const names[] = { "rbx", "rbp", "r12", "r13", "r14", "r15", "rax", "rcx",
					     "rdx", "rsi", "rdi", "r8",	 "r9",	"r10", "r11" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : "?";
}
#elif defined(__aarch64__)
static void thread_set_registers(struct freeze_thread *thread, const struct user_regs_struct *regs)
{
	thread->sp = regs->sp;
	thread->n_registers = 31;
	for (unsigned i = 0; i < thread->n_registers; i++)
		thread->registers[i] = regs->regs[i];
}

const char *freeze_register_name(unsigned i)
{
	static const char *const names[] = {
		"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",	 "x7",	"x8",  "x9",  "x10",
		"x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
		"x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",
	};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : "?";
}
#else
#error "leaktrace does not know the registers of this architecture"
#endif

static void thread_read_registers(struct freeze_thread *thread)
{
	struct user_regs_struct regs;
	struct iovec to = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, thread->tid, (void *)NT_PRSTATUS, &to) < 0) {
		log_debug(LOG_EVENTS, "registers of thread %d: %s", (int)thread->tid,
			  strerror(errno));
		return;
	}
	thread_set_registers(thread, &regs);
#if defined(__aarch64__)
	to = (struct iovec){ &thread->thread_pointer, sizeof(thread->thread_pointer) };
	ptrace(PTRACE_GETREGSET, thread->tid, (void *)NT_ARM_TLS, &to);
#endif
}

/*
 * A thread that was killed is ours until its status has been taken: its parent does not hear of it
 * before. Not that of our own child, which is for those who have started it.
 */
static bool thread_poll_end(const struct freeze *freeze, struct freeze_thread *thread)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)thread->tid, &info,
		   WEXITED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD) < 0) {
		thread->gone = errno != EINTR;
	} else if (info.si_pid && (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED ||
				   info.si_code == CLD_DUMPED)) {
		thread->gone = true;
		if (thread->tid != freeze->pid || !freeze->is_child)
			waitpid(thread->tid, NULL, __WALL | WNOHANG | __WNOTHREAD);
	}
	return thread->gone;
}

/* 1: stopped or gone; 0: not yet. */
static int thread_poll(const struct freeze *freeze, struct freeze_thread *thread)
{
	siginfo_t info = { 0 };

	if (thread->stopped || thread->gone)
		return 1;
	if (waitid(P_PID, (id_t)thread->tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) <
		    0 ||
	    !info.si_pid)
		return thread_poll_end(freeze, thread);
	/* A signal may have come first. It is delivered; the stop that was asked for follows. */
	if (info.si_status >> 8 != PTRACE_EVENT_STOP) {
		ptrace(PTRACE_CONT, thread->tid, NULL, (void *)(uintptr_t)(info.si_status & 0xff));
		return 0;
	}
	thread->stopped = true;
	thread_read_registers(thread);
	return 1;
}

int freeze_poll(struct freeze *freeze)
{
	bool all = true, alive = false;
	int r;

	vec_foreach(thread, &freeze->threads) {
		all &= thread_poll(freeze, thread) != 0;
		alive |= !thread->gone;
	}
	if (!alive)
		return -ESRCH;
	if (!all)
		return 0;
	/* A thread can have had a child just before it stopped; now none can any more. */
	r = freeze_pass(freeze);
	return r < 0 ? r : r == 0;
}

/* Only a stopped thread can be let go. Returns whether it is. */
static bool thread_release(const struct freeze *freeze, struct freeze_thread *thread)
{
	if (thread_poll(freeze, thread) == 0)
		return false;
	if (thread->gone || ptrace(PTRACE_DETACH, thread->tid, NULL, NULL) == 0)
		return true;
	/* It was killed while it was stopped. */
	thread->stopped = false;
	return thread_poll_end(freeze, thread);
}

bool freeze_release(struct freeze *freeze)
{
	size_t n = 0;

	vec_foreach(thread, &freeze->threads) {
		if (!thread_release(freeze, thread))
			freeze->threads.items[n++] = *thread;
	}
	freeze->threads.n = n;
	if (n)
		return false;
	vec_done(&freeze->threads);
	return true;
}
