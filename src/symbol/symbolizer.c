// SPDX-License-Identifier: BSD-2-Clause
/* Chooses the file for a module, keeps files open between calls: see symbolizer.h. */
#include "symbol/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "base/debuglink.h"
#include "base/log.h"
#include "base/table.h"
#include "symbol/binary.h"
#include "symbol/debugfile.h"
#include "symbol/debugserver.h"
#include "symbol/frames.h"
#include "symbol/perfmap.h"
#include "symbol/vdso.h"

/* Of a system with more modules than that, those that were not used for longest are closed. */
enum { SYMBOLIZER_MAX_OPEN = 64 };

/* What became of one module: its file, or the knowledge that there is none to use. */
struct opened {
	UT_hash_handle hh; /* in symbolizer.by_key */
	struct binary *binary;
	bool refused;
	uint64_t used; /* symbolizer.clock at the last use */
	char key[];
};

struct symbolizer {
	struct opened *by_key;
	uint64_t clock;
	unsigned n_open;
	struct perfmap_trust trust;
	struct debugserver *server; /* NULL: none is to be asked */
	symbolizer_step *step;	    /* or NULL */
	void *step_data;
	const struct module *module; /* that is being looked at */
};

struct symbolizer *symbolizer_new(void)
{
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));

	if (!symbolizer)
		return NULL;
	symbolizer->trust = (struct perfmap_trust){ .user = geteuid(), .since_s = time(NULL) };
	return symbolizer;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	struct opened *opened, *next;

	if (!symbolizer)
		return;
	HASH_ITER(hh, symbolizer->by_key, opened, next) {
		HASH_DEL(symbolizer->by_key, opened);
		if (opened->binary)
			binary_close(opened->binary);
		free(opened);
	}
	debugserver_close(symbolizer->server);
	free(symbolizer);
}

void symbolizer_trust(struct symbolizer *symbolizer, uid_t user)
{
	symbolizer->trust.user = user;
}

/* Also called with 0 between two places. */
static void symbolizer_fetched(void *data, uint64_t bytes)
{
	struct symbolizer *symbolizer = data;

	if (symbolizer->step)
		symbolizer->step(symbolizer->step_data, symbolizer->module, bytes);
}

int symbolizer_use_servers(struct symbolizer *symbolizer, const struct debugserver_user *user,
			   struct diag *diag)
{
	int r = symbolizer->server ? 0 : debugserver_open(&symbolizer->server, diag);

	if (r < 0)
		return r;
	debugserver_watch(symbolizer->server, symbolizer_fetched, symbolizer);
	debugserver_set_user(symbolizer->server, user);
	return 0;
}

void symbolizer_watch(struct symbolizer *symbolizer, symbolizer_step *step, void *data)
{
	symbolizer->step = step;
	symbolizer->step_data = data;
}

/* The entry of MODULE, by kind, build-id and path: ids repeat from one recording to the next. */
static struct opened *symbolizer_entry(struct symbolizer *symbolizer, const struct module *module)
{
	size_t n_path = strlen(module->path), n_id = module->build_id_bytes;
	size_t n = 2 + n_id + n_path;
	struct opened *opened = calloc(1, sizeof(*opened) + n);
	struct opened *known;

	if (!opened)
		return NULL;
	opened->key[0] = (char)module->kind;
	opened->key[1] = (char)n_id;
	memcpy(opened->key + 2, module->build_id, n_id);
	memcpy(opened->key + 2 + n_id, module->path, n_path);
	HASH_FIND(hh, symbolizer->by_key, opened->key, n, known);
	if (known) {
		free(opened);
		return known;
	}
	HASH_ADD(hh, symbolizer->by_key, key, (unsigned)n, opened);
	if (!table_added(opened)) {
		free(opened);
		return NULL;
	}
	return opened;
}

static void symbolizer_close_oldest(struct symbolizer *symbolizer)
{
	struct opened *opened, *next, *oldest = NULL;

	HASH_ITER(hh, symbolizer->by_key, opened, next) {
		if (opened->binary && (!oldest || opened->used < oldest->used))
			oldest = opened;
	}
	if (!oldest)
		return;
	binary_close(TAKE_PTR(oldest->binary));
	symbolizer->n_open--;
}

/* The module's file, or the caller's FD of it. */
static int module_open_file(const struct module *module, int fd)
{
	struct stat stat_buffer;

	if (module->kind == MODULE_VDSO)
		return vdso_open();
	if (fd < 0)
		return debuglink_open_file(module->path, &stat_buffer);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* 0, -ENOMEM, or what is wrong with the file, which DIAG then says. */
static int module_open(const struct module *module, int fd, struct binary **ret_binary,
		       struct diag *diag)
{
	_cleanup_(binary_closep) struct binary *binary = NULL;
	int r = module_open_file(module, fd);

	if (r >= 0)
		r = binary_open(r, module->path, DEBUGLINK_FOLDER, &binary);
	if (r == -ENOMEM)
		return r;
	if (r == -ENOEXEC)
		return diag_add(diag, r, "no function names for %s: it is not a sound ELF file",
				module->path);
	if (r < 0)
		return diag_add(diag, r, "no function names for %s: %s", module->path,
				strerror(-r));
	if (module->build_id_bytes &&
	    !binary_has_build_id(binary, module->build_id, module->build_id_bytes)) {
		diag_add(diag, -ESTALE,
			 "no function names for %s: the file was replaced since it was traced",
			 module->path);
		return diag_hint(diag, "make the report before the program is built again");
	}
	log_debug(LOG_SYMBOLS, "%s: opened", module->path);
	*ret_binary = TAKE_PTR(binary);
	return 0;
}

/* Opens the file of MODULE unless that was done or has failed before; NULL in *RET for none. */
static int symbolizer_open(struct symbolizer *symbolizer, const struct module *module, int fd,
			   struct binary **ret, struct diag *diag)
{
	struct opened *opened;
	int r;

	*ret = NULL;
	if (module->kind != MODULE_FILE && module->kind != MODULE_VDSO)
		return 0;
	opened = symbolizer_entry(symbolizer, module);
	if (!opened)
		return -ENOMEM;
	opened->used = ++symbolizer->clock;
	if (!opened->binary && !opened->refused) {
		if (symbolizer->n_open >= SYMBOLIZER_MAX_OPEN)
			symbolizer_close_oldest(symbolizer);
		r = module_open(module, fd, &opened->binary, diag);
		if (r == -ENOMEM)
			return r;
		opened->refused = r < 0;
		symbolizer->n_open += r == 0;
		if (opened->binary && module->kind == MODULE_FILE)
			binary_use_server(opened->binary, symbolizer->server);
	}
	*ret = opened->binary;
	return 0;
}

/* Stores what is known of a place: the frames found, or one that says nothing. */
static int place_store(const struct place *place, struct frames *frames, struct symbols *symbols)
{
	int r = frames->list.n ? 0 : frames_add(frames, &(struct frame){ 0 });

	return r < 0 ? r : symbols_add(symbols, place, frames->list.items, frames->list.n);
}

static int place_resolve(struct binary *binary, const struct place *place, struct symbols *symbols,
			 struct frames *frames)
{
	int r = 0;

	if (symbols_find(symbols, place))
		return 0;
	frames_clear(frames);
	if (binary && place->flags & PLACE_DATA)
		r = binary_add_data(binary, place->offset, frames);
	else if (binary)
		r = binary_add_frames(binary, place->offset, frames);
	return r < 0 ? r : place_store(place, frames, symbols);
}

/* A place and the compile unit it is in. */
struct job {
	size_t unit;
	const struct place *place;
};

struct jobs {
	VEC(struct job) list;
};

static void jobs_done(struct jobs *jobs)
{
	vec_done(&jobs->list);
}

static int job_compare(const void *left, const void *right)
{
	const struct job *a = left, *b = right;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->place->offset != b->place->offset)
		return a->place->offset < b->place->offset ? -1 : 1;
	return 0;
}

/* The places in an order in which each compile unit is read once. */
static int jobs_init(struct jobs *jobs, struct binary *binary, const struct place *places,
		     size_t n_places)
{
	int r = vec_reserve(&jobs->list, n_places);

	for (size_t i = 0; r == 0 && i < n_places; i++) {
		struct job job = { .place = &places[i] };

		if (binary)
			r = binary_find_unit(binary, places[i].offset, &job.unit);
		jobs->list.items[jobs->list.n++] = job;
	}
	if (r == 0 && jobs->list.n)
		qsort(jobs->list.items, jobs->list.n, sizeof(*jobs->list.items), job_compare);
	return r;
}

/* The process that wrote the code in "[anon:PID]"; 0 if the path does not say. */
static pid_t module_pid(const struct module *module)
{
	int pid, n = 0;

	if (sscanf(module->path, "[anon:%d]%n", &pid, &n) != 1 || !n || module->path[n] != '\0')
		return 0;
	return pid > 0 ? pid : 0;
}

/* Looks up all JOBS in the perf map of PID. A map that is not believed is told of once. */
static int generated_find(struct symbolizer *symbolizer, const struct module *module, pid_t pid,
			  const struct jobs *jobs, char **names, struct diag *diag)
{
	struct opened *opened = symbolizer_entry(symbolizer, module);
	_cleanup_free_ uint64_t *addresses = calloc(jobs->list.n + 1, sizeof(*addresses));
	_cleanup_close_ int fd = -1;

	if (!opened || !addresses)
		return -ENOMEM;
	if (opened->refused)
		return 0;
	for (size_t i = 0; i < jobs->list.n; i++)
		addresses[i] = jobs->list.items[i].place->offset;
	fd = perfmap_open(pid, &symbolizer->trust, diag);
	opened->refused = fd == -EPERM;
	return fd < 0 ? 0 : perfmap_find(fd, addresses, jobs->list.n, names);
}

static int generated_resolve(struct symbolizer *symbolizer, const struct module *module, pid_t pid,
			     const struct jobs *jobs, struct symbols *symbols, struct diag *diag)
{
	_cleanup_(frames_done) struct frames frames = { 0 };
	_cleanup_free_ char **names = calloc(jobs->list.n + 1, sizeof(*names));
	int r = names ? generated_find(symbolizer, module, pid, jobs, names, diag) : -ENOMEM;

	for (size_t i = 0; names && i < jobs->list.n; i++) {
		frames_clear(&frames);
		if (r == 0 && names[i])
			r = frames_add(&frames, &(struct frame){ .function = names[i] });
		if (r == 0)
			r = place_store(jobs->list.items[i].place, &frames, symbols);
		free(names[i]);
	}
	return r;
}

static int native_resolve(struct symbolizer *symbolizer, struct binary *binary,
			  const struct jobs *jobs, struct symbols *symbols)
{
	_cleanup_(frames_done) struct frames frames = { 0 };

	vec_foreach(job, &jobs->list) {
		int r = place_resolve(binary, job->place, symbols, &frames);

		if (r < 0)
			return r;
		symbolizer_fetched(symbolizer, 0);
	}
	if (binary)
		binary_rest(binary);
	return 0;
}

int symbolizer_resolve(struct symbolizer *symbolizer, const struct module *module, int fd,
		       const struct place *places, size_t n_places, struct symbols *symbols,
		       struct diag *diag)
{
	_cleanup_(jobs_done) struct jobs jobs = { 0 };
	pid_t pid = module->kind == MODULE_ANON ? module_pid(module) : 0;
	struct binary *binary;
	int r = symbolizer_open(symbolizer, module, fd, &binary, diag);

	if (r < 0)
		return r;
	symbolizer->module = module;
	symbolizer_fetched(symbolizer, 0);
	r = jobs_init(&jobs, binary, places, n_places);
	if (r == 0 && pid)
		r = generated_resolve(symbolizer, module, pid, &jobs, symbols, diag);
	else if (r == 0)
		r = native_resolve(symbolizer, binary, &jobs, symbols);
	if (symbolizer->server)
		debugserver_explain(symbolizer->server, diag);
	return r;
}
