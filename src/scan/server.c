// SPDX-License-Identifier: BSD-2-Clause
/* The two threads of scanning: see server.h. */
#include "scan/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum job_state {
	JOB_STOPPING,
	JOB_WANTS_BLOCKS,
	JOB_SCANNING,
	JOB_DONE,
};

enum {
	STOP_POLL_NS = 30000,	 /* a thread that was asked to stop does so within microseconds */
	LEAVE_POLL_NS = 1000000, /* one that has not until now may sleep */
	LEAVE_MAX_TURNS = 100,	 /* of these at the end; then the kernel lets go */
};

struct jobs {
	struct scan_job *first;
};

struct scan_server {
	struct scan_server_options options;
	pthread_t stopper, scanner;
	bool has_stopper, has_scanner;
	int owner_fd;	/* eventfd: wakes the owner */
	int stopper_fd; /* eventfd: wakes the stopping thread */
	/* Of the stopping thread alone. */
	struct jobs stopping;
	struct jobs leaving; /* with threads that cannot be let go yet */
	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool scanner_ends, stopper_ends;
	struct jobs requests; /* for the stopping thread: to stop */
	struct jobs owners;   /* for the owner: those that want blocks, or are done */
	struct jobs scans;    /* for the scanning thread */
	struct jobs releases; /* for the stopping thread: to let go */
};

static void jobs_push(struct jobs *jobs, struct scan_job *job)
{
	struct scan_job **at = &jobs->first;

	while (*at)
		at = &(*at)->next;
	job->next = NULL;
	*at = job;
}

static struct scan_job *jobs_pop(struct jobs *jobs)
{
	struct scan_job *job = jobs->first;

	if (job)
		jobs->first = job->next;
	return job;
}

static void wake(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		log_debug(LOG_EVENTS, "eventfd: %s", strerror(errno));
}

static void wake_taken(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		log_debug(LOG_EVENTS, "eventfd: %s", strerror(errno));
}

/* Of a job whose threads are no concern any more. */
static void job_free(struct scan_job *job)
{
	vec_done(&job->freeze.threads);
	scan_result_done(&job->result);
	vec_done(&job->blocks);
	vec_done(&job->owned);
	vec_done(&job->kept);
	vec_done(&job->mappings);
	free(job->allocator_file);
	free(job);
}

/* Hands JOB to the owner, who then also hears of what is behind it. */
static void job_to_owner(struct scan_server *server, struct scan_job *job, enum job_state state)
{
	pthread_mutex_lock(&server->lock);
	job->state = state;
	jobs_push(&server->owners, job);
	pthread_mutex_unlock(&server->lock);
	wake(server->owner_fd);
}

/* --- the thread that stops --- */

static void job_failed(struct scan_server *server, struct scan_job *job, int r)
{
	log_debug(LOG_EVENTS, "process %d is not scanned: %s", (int)job->pid, strerror(-r));
	job->error = r;
	job_to_owner(server, job, JOB_DONE);
}

static void job_stop(struct scan_server *server, struct scan_job *job)
{
	int r;

	job->deadline_ns = clock_monotonic_ns() + server->options.timeout_ns;
	r = freeze_begin(&job->freeze, job->pid);
	if (r < 0)
		job_failed(server, job, r);
	else
		jobs_push(&server->stopping, job);
}

static struct scan_job *job_new(uint32_t space, pid_t pid)
{
	struct scan_job *job = calloc(1, sizeof(*job));

	if (job)
		*job = (struct scan_job){ .space = space, .pid = pid };
	return job;
}

/* The process is asked to stop before it may go on: it will not get far. */
void scan_server_held(struct scan_server *server, const struct scan_held *held)
{
	struct scan_job *job = job_new(held->space, held->pid);

	if (job) {
		job->exit = held->exit;
		job->tears_down = held->tears_down;
		job_stop(server, job);
	}
	server->options.let_go(server->options.data, held->space);
}

/* Looks after the processes that have been asked to stop. */
static void stopper_poll(struct scan_server *server)
{
	struct jobs waiting = server->stopping;
	struct scan_job *job;

	server->stopping.first = NULL;
	while ((job = jobs_pop(&waiting))) {
		int r = freeze_poll(&job->freeze);

		if (r == 0 && clock_monotonic_ns() >= job->deadline_ns)
			r = -ETIME;
		if (r > 0)
			job_to_owner(server, job, JOB_WANTS_BLOCKS);
		else if (r < 0)
			job_failed(server, job, r);
		else
			jobs_push(&server->stopping, job);
	}
}

static void stopper_release(struct scan_server *server)
{
	struct jobs waiting = server->leaving;
	struct scan_job *job;

	server->leaving.first = NULL;
	while ((job = jobs_pop(&waiting))) {
		if (freeze_release(&job->freeze))
			job_free(job);
		else
			jobs_push(&server->leaving, job);
	}
}

/* What others have asked for. Returns false when the server is being closed. */
static bool stopper_orders(struct scan_server *server)
{
	struct jobs requests, releases;
	struct scan_job *job;
	bool ends;

	pthread_mutex_lock(&server->lock);
	requests = server->requests;
	releases = server->releases;
	server->requests.first = server->releases.first = NULL;
	ends = server->stopper_ends;
	pthread_mutex_unlock(&server->lock);
	/* First what is over: the same process may be wanted again. */
	while ((job = jobs_pop(&releases)))
		jobs_push(&server->leaving, job);
	stopper_release(server);
	while ((job = jobs_pop(&requests)))
		job_stop(server, job);
	return !ends;
}

/* How long to wait for others. */
static const struct timespec *stopper_patience(const struct scan_server *server)
{
	static const struct timespec soon = { .tv_nsec = STOP_POLL_NS };
	static const struct timespec later = { .tv_nsec = LEAVE_POLL_NS };

	if (server->stopping.first)
		return &soon;
	return server->leaving.first ? &later : NULL;
}

/* Lets all processes go on. */
static void stopper_end(struct scan_server *server)
{
	struct scan_job *job;

	while ((job = jobs_pop(&server->stopping)))
		jobs_push(&server->leaving, job);
	for (int i = 0; i < LEAVE_MAX_TURNS && server->leaving.first; i++) {
		stopper_release(server);
		if (server->leaving.first)
			nanosleep(&(struct timespec){ .tv_nsec = LEAVE_POLL_NS }, NULL);
	}
	while ((job = jobs_pop(&server->leaving)))
		job_free(job);
}

static void *stopper_run(void *data)
{
	struct scan_server *server = data;
	struct pollfd fds[2] = {
		{ .fd = server->options.held_fd, .events = POLLIN },
		{ .fd = server->stopper_fd, .events = POLLIN },
	};

	while (stopper_orders(server)) {
		if (ppoll(fds, 2, stopper_patience(server), NULL) < 0 && errno != EINTR)
			break;
		wake_taken(server->stopper_fd);
		server->options.read_held(server->options.data, server);
		stopper_poll(server);
	}
	stopper_end(server);
	return NULL;
}

/* --- the thread that scans --- */

static void job_scan(struct scan_server *server, struct scan_job *job)
{
	struct scan_request request = {
		.roots = { .freeze = &job->freeze,
			   .exit = job->exit,
			   .kept = job->kept.items,
			   .n_kept = job->kept.n,
			   .heap_is_program = job->heap_is_program,
			   .older_memory = job->older_memory,
			   .allocator_file = job->allocator_file },
		.blocks = job->blocks.items,
		.n_blocks = job->blocks.n,
		.tag_mask = server->options.tag_mask,
		.deadline_ns = job->deadline_ns,
		.n_threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
	};
	uint64_t begin_ns = clock_monotonic_ns();

	owned_init(&request.roots.owned, job->owned.items, job->owned.n);
	job->error = scan_run(&request, &job->result);
	log_debug(LOG_EVENTS, "process %d: %zu blocks and %zu roots scanned in %llu us: %s",
		  (int)job->pid, job->blocks.n, job->result.roots.items.n,
		  (unsigned long long)(clock_monotonic_ns() - begin_ns) / 1000,
		  job->error < 0 ? strerror(-job->error) : "done");
}

static void *scanner_run(void *data)
{
	struct scan_server *server = data;
	struct scan_job *job;

	for (;;) {
		pthread_mutex_lock(&server->lock);
		while (!server->scans.first && !server->scanner_ends)
			pthread_cond_wait(&server->work, &server->lock);
		job = server->scanner_ends ? NULL : jobs_pop(&server->scans);
		pthread_mutex_unlock(&server->lock);
		if (!job)
			return NULL;
		job_scan(server, job);
		job_to_owner(server, job, JOB_DONE);
	}
}

/* --- for the owner --- */

static int server_start(struct scan_server *server)
{
	sigset_t all, old;
	int r;

	/* Signals are for the owner. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&server->stopper, NULL, stopper_run, server);
	server->has_stopper = r == 0;
	if (r == 0) {
		r = -pthread_create(&server->scanner, NULL, scanner_run, server);
		server->has_scanner = r == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int scan_server_open(const struct scan_server_options *options, struct scan_server **ret_server,
		     struct diag *diag)
{
	_cleanup_(scan_server_closep) struct scan_server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->options = *options;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->work, NULL);
	server->owner_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->stopper_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = server->owner_fd < 0 || server->stopper_fd < 0 ? -errno : server_start(server);
	if (r < 0)
		return diag_add(diag, r, "cannot start the threads that scan memory: %s",
				strerror(-r));
	*ret_server = TAKE_PTR(server);
	return 0;
}

void scan_server_close(struct scan_server *server)
{
	struct scan_job *job;

	if (!server)
		return;
	pthread_mutex_lock(&server->lock);
	server->scanner_ends = true;
	pthread_cond_broadcast(&server->work);
	pthread_mutex_unlock(&server->lock);
	if (server->has_scanner)
		pthread_join(server->scanner, NULL);
	/* Only the thread that stopped them can let them go. */
	pthread_mutex_lock(&server->lock);
	while ((job = jobs_pop(&server->owners)) || (job = jobs_pop(&server->scans)))
		jobs_push(&server->releases, job);
	server->stopper_ends = true;
	pthread_mutex_unlock(&server->lock);
	if (server->has_stopper) {
		wake(server->stopper_fd);
		pthread_join(server->stopper, NULL);
	}
	/* What it has handed on in its last moment; the kernel has let go of it. */
	while ((job = jobs_pop(&server->owners)) || (job = jobs_pop(&server->releases)))
		job_free(job);
	closep(&server->owner_fd);
	closep(&server->stopper_fd);
	pthread_cond_destroy(&server->work);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

int scan_server_fd(const struct scan_server *server)
{
	return server->owner_fd;
}

int scan_server_request(struct scan_server *server, uint32_t space, pid_t pid)
{
	struct scan_job *job = job_new(space, pid);

	if (!job)
		return -ENOMEM;
	pthread_mutex_lock(&server->lock);
	jobs_push(&server->requests, job);
	pthread_mutex_unlock(&server->lock);
	wake(server->stopper_fd);
	return 0;
}

enum scan_next scan_server_next(struct scan_server *server, struct scan_job **ret_job)
{
	wake_taken(server->owner_fd);
	pthread_mutex_lock(&server->lock);
	*ret_job = jobs_pop(&server->owners);
	pthread_mutex_unlock(&server->lock);
	if (!*ret_job)
		return SCAN_NEXT_NONE;
	return (*ret_job)->state == JOB_DONE ? SCAN_NEXT_DONE : SCAN_NEXT_BLOCKS;
}

void scan_server_start(struct scan_server *server, struct scan_job *job)
{
	pthread_mutex_lock(&server->lock);
	job->state = JOB_SCANNING;
	jobs_push(&server->scans, job);
	pthread_cond_signal(&server->work);
	pthread_mutex_unlock(&server->lock);
}

void scan_server_drop(struct scan_server *server, struct scan_job *job)
{
	pthread_mutex_lock(&server->lock);
	jobs_push(&server->releases, job);
	pthread_mutex_unlock(&server->lock);
	wake(server->stopper_fd);
}
