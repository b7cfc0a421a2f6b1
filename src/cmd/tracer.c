// SPDX-License-Identifier: BSD-2-Clause
/* The wiring of probe, collect, symbol and report: see tracer.h. */
#include "cmd/tracer.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared.h"
#include "cmd/baseline.h"
#include "cmd/present.h"
#include "cmd/test_options.h"
#include "cmd/tracer_state.h"
#include "cmd/wait.h"
#include "collect/procfs.h"
#include "probe/runtimes.h"

/* What the runtime in a file that PID has mapped keeps to itself; NULL: nothing, or no runtime. */
static const char *file_hides(const struct file_probe *probe, pid_t pid)
{
	_cleanup_free_ char *environment = NULL;
	size_t n = 0;

	if (!probe->runtime)
		return NULL;
	if (procfs_environment(pid, &environment, &n) < 0)
		n = 0;
	return runtime_hides(probe->runtime, environment, n);
}

/* A traced process has mapped a file: probe it if it is an allocator that is not probed yet. */
static struct image_module module_mapped(void *data, struct module *module, pid_t pid)
{
	struct tracer *tracer = data;
	pid_t only = tracer->follow ? 0 : pid;
	struct file_probe probe = files_probe(tracer->files, module, pid, only, &tracer->late);

	return (struct image_module){
		.allocator = probe.allocator,
		.attached = probe.attached,
		.probed_ns = probe.probed_ns,
		.loader = probe.loader,
		.missing = probe.missing,
		.hides = file_hides(&probe, pid),
	};
}

static int module_file(void *data, const struct module *module)
{
	struct tracer *tracer = data;

	return files_fd(tracer->files, module);
}

static size_t unwind_raw(void *data, const struct mappings *mappings,
			 const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
			 enum lt_stack_end *ret_end)
{
	struct tracer *tracer = data;

	return unwind_tables_raw(tracer->tables, mappings, raw, pcs, max, ret_end);
}

static int module_table(void *data, const struct module *module, uint64_t offset,
			struct lt_module *ret)
{
	struct tracer *tracer = data;

	return unwind_tables_get(tracer->tables, module, offset, ret);
}

static bool module_key(void *data, const struct module *module, uint64_t offset,
		       struct lt_module_key *ret)
{
	struct tracer *tracer = data;

	return unwind_tables_key(tracer->tables, module, offset, ret);
}

static void module_gone(void *data, const struct module *module)
{
	struct tracer *tracer = data;

	files_forget(tracer->files, module);
	unwind_tables_forget(tracer->tables, module);
}

static bool is_place(void *data, const struct place *place)
{
	const struct tracer *tracer = data;

	return modules_get(&tracer->modules, place->module)->id == place->module &&
	       (place->flags & PLACE_DATA || stacks_has_place(&tracer->stacks, place));
}

static void modules_gone(void *data)
{
	struct tracer *tracer = data;

	symbols_keep(&tracer->symbols, is_place, tracer);
}

#define RULES_BYTES (LT_UNWIND_MAX_RULES * sizeof(struct lt_unwind_rule))

/* Room for the unwind tables in the arrays that the programs read. All rules fit from the start. */
static int reserve(void *data, enum unwind_array array, uint32_t n, void **ret_items)
{
	struct tracer *tracer = data;
	struct growing *growing = array == UNWIND_ROWS ? &tracer->rows : &tracer->granules;
	int r;

	if (array == UNWIND_RULES) {
		*ret_items = tracer->rules;
		return 0;
	}
	r = growing_reserve(growing, n);
	*ret_items = growing->memory;
	return r;
}

static int open_tables(struct tracer *tracer, struct diag *diag)
{
	struct session_maps maps = session_maps(tracer->session);
	struct unwind_tables_options options = {
		.reserve = reserve,
		.modules = &tracer->modules,
		.module_file = module_file,
		.data = tracer,
	};

	growing_init(&tracer->rows, maps.rows_fd, sizeof(struct lt_unwind_row), LT_MAX_ROWS);
	growing_init(&tracer->granules, maps.granules_fd, sizeof(struct lt_unwind_granule),
		     LT_MAX_GRANULES);
	tracer->rules = shared_map(maps.rules_fd, RULES_BYTES);
	if (!tracer->rules)
		return diag_add(diag, -errno, "cannot map the unwind tables: %s", strerror(errno));
	return unwind_tables_open(&options, &tracer->tables);
}

static void close_tables(struct tracer *tracer)
{
	unwind_tables_close(tracer->tables);
	growing_done(&tracer->rows);
	growing_done(&tracer->granules);
	if (tracer->rules)
		munmap(tracer->rules, RULES_BYTES);
}

static int open_collector(struct tracer *tracer, struct diag *diag)
{
	struct session_maps maps = session_maps(tracer->session);
	struct collector_options options = {
		.images = { .follow = tracer->follow,
			    .every = tracer->mode == MODE_SYSTEM,
			    .result = &tracer->result,
			    .modules = &tracer->modules,
			    .stacks = &tracer->stacks,
			    .module_mapped = module_mapped,
			    .unwind_raw = unwind_raw,
			    .module_table = module_table,
			    .module_key = module_key,
			    .module_gone = module_gone,
			    .modules_gone = modules_gone,
			    .test_signal = testrun_signal,
			    .test_process = testrun_process,
			    .test_data = tracer->testrun,
			    .data = tracer },
		.table = { .levels_fd = maps.levels_fd,
			   .overflow_fd = maps.overflow_fd,
			   .level_used = maps.level_used,
			   .level_ready = maps.level_ready,
			   .level_wanted = maps.level_wanted,
			   .overflow_used = maps.overflow_used },
		.fds = { .wanted = tracer->config->kinds & 1u << KIND_FD,
			 .fds_fd = maps.fds_fd,
			 .bad_closes_fd = maps.bad_closes_fd,
			 .iterator_fd = maps.fd_iterator_fd,
			 .of = maps.fds_of },
		.procs_fd = maps.procs_fd,
		.spaces_fd = maps.spaces_fd,
		.space_ids = { .free_fd = maps.free_spaces_fd, .last = maps.last_space },
		.stacks_fd = maps.stacks_fd,
		.modules_fd = maps.modules_fd,
		.known_fd = maps.known_fd,
		.spaces_code_fd = maps.spaces_code_fd,
		.releases_fd = maps.releases_fd,
		.loads_fd = maps.loads_fd,
		.seen_fd = maps.seen_fd,
		.starts_fd = maps.starts_fd,
		.loaded = early_loaded,
		.starts = early_starts,
		.loads_data = &tracer->early,
		.events_fd = maps.events_fd,
		.raws_fd = maps.raws_fd,
		.start_ns = maps.start_ns,
		.max_blocks = tracer->config->max_blocks,
		.max_blocks_per_process = config_blocks_per_process(tracer->config),
		.scan = tracer->mode == MODE_RUN && config_scans(tracer->config),
		.older_than_ns = tracer->config->older_than_ns,
		.sample_ns = config_sample_ns(tracer->config),
		.peaks = config_wants_peaks(tracer->config),
		.sample_bytes = tracer->config->sample_bytes,
	};

	return collector_open(&options, &tracer->collector, diag);
}

static int open_tests(struct tracer *tracer, struct diag *diag)
{
	struct testrun_options options = test_options(tracer->config);

	return testrun_open(&options, &tracer->result, &tracer->testrun, diag);
}

static int result_start(struct tracer *tracer)
{
	struct result *result = &tracer->result;
	struct utsname uts;

	result_init(result);
	result->mode = tracer->mode;
	result->kinds = tracer->config->kinds;
	result->scanned = config_scans(tracer->config);
	result->sample_bytes = tracer->config->sample_bytes;
	result->marks.is_recorded = tracer->config->output != NULL;
	result->started_unix_ns = clock_realtime_ns();
	result->started_ns = clock_monotonic_ns();
	result->releases_apart =
		config_wants_retained(tracer->config) || config_wants_growth(tracer->config);
	result->modules = &tracer->modules;
	result->stacks = &tracer->stacks;
	result->symbols = &tracer->symbols;
	result->kernel = strdup(uname(&uts) == 0 ? uts.release : "?");
	return result->kernel ? 0 : -ENOMEM;
}

enum { READ_EVERY_NS = 20000000 };

/* Reports and attaching take longer than the rings have room for. What is read is applied later. */
static void read_meanwhile(void *data)
{
	struct tracer *tracer = data;
	uint64_t now_ns = clock_monotonic_ns();
	struct diag ignored = { 0 };

	if (now_ns < tracer->next_read_ns)
		return;
	/* An error comes back at the next step, where it ends the trace. */
	if (collector_read(tracer->collector, false, &ignored) < 0)
		log_debug(LOG_EVENTS, "nothing can be read while a report is made");
	diag_done(&ignored);
	tracer->next_read_ns = clock_monotonic_ns() + READ_EVERY_NS;
}

/* What the user knows of. Suppressions are here for a recording that comes to no end. */
static int load_known(const struct config *config, struct result *result, struct diag *diag)
{
	int r = present_load(config, result, diag);

	return r < 0 ? r : baseline_load(config, result, diag);
}

static int find_features(struct tracer *tracer, struct diag *diag)
{
	int r = features_check_pids(diag);

	return r < 0 ? r : features_probe(&tracer->features, diag);
}

int tracer_open(enum mode mode, const struct config *config, const struct lt_choice *choice,
		struct tracer **ret_tracer, struct diag *diag)
{
	_cleanup_(tracer_closep) struct tracer *tracer = calloc(1, sizeof(*tracer));
	struct session_options options = { .choice = choice };
	int r;

	if (!tracer)
		return -ENOMEM;
	tracer->config = config;
	tracer->mode = mode;
	tracer->follow = options.follow = mode != MODE_ATTACH || config->follow_forks;
	symbols_init(&tracer->symbols);
	r = modules_init(&tracer->modules);
	if (r == 0)
		r = stacks_init(&tracer->stacks);
	if (r == 0)
		r = result_start(tracer);
	if (r == 0)
		r = open_tests(tracer, diag);
	if (r < 0)
		return r;
	options.runners = testrun_runners(tracer->testrun, &options.n_runners);
	options.symbols = testrun_symbols(tracer->testrun, &options.n_symbols);
	r = find_features(tracer, diag);
	if (r < 0)
		return r;
	options.use_tables = config->unwind != UNWIND_FP && tracer->features.find_vma;
	options.exact_stacks = config->exact_stacks;
	options.sample_bytes = config->sample_bytes;
	options.kinds = config->kinds;
	options.releases_apart = tracer->result.releases_apart;
	if (config->unwind == UNWIND_DWARF && !options.use_tables)
		return diag_add(diag, -ENOTSUP,
				"--unwind=dwarf needs a kernel whose BPF programs can look up "
				"mappings (Linux 5.17)");
	r = session_open(&options, &tracer->features, &tracer->session, diag);
	if (r < 0)
		return r;
	r = files_open(tracer->session, &tracer->files);
	if (r < 0)
		return r;
	files_set_symbols(tracer->files, options.symbols, options.n_symbols);
	r = files_configure(tracer->files, config, diag);
	if (r < 0)
		return r;
	r = open_tables(tracer, diag);
	if (r == 0)
		r = open_collector(tracer, diag);
	if (r == 0)
		r = load_known(config, &tracer->result, diag);
	if (r == 0)
		r = saver_open(config, read_meanwhile, tracer, &tracer->saver, diag);
	if (r == 0 && config_scans(config))
		r = scanning_open(config, tracer->session, tracer->collector, &tracer->result,
				  &tracer->scanning, diag);
	if (r < 0)
		return r;
	session_answer_holds(tracer->session, true);
	if (mode != MODE_RUN)
		files_while_waiting(tracer->files, read_meanwhile, tracer);
	*ret_tracer = TAKE_PTR(tracer);
	return 0;
}

void tracer_close(struct tracer *tracer)
{
	if (!tracer)
		return;
	if (tracer->session)
		session_answer_holds(tracer->session, false);
	saver_close(tracer->saver);
	scanning_close(tracer->scanning);
	collector_close(tracer->collector);
	close_tables(tracer);
	files_close(tracer->files);
	testrun_close(tracer->testrun);
	session_close(tracer->session);
	result_done(&tracer->result);
	symbols_done(&tracer->symbols);
	stacks_done(&tracer->stacks);
	modules_done(&tracer->modules);
	diag_done(&tracer->late);
	free(tracer);
}

/* The first stacks of the command come at once: its tables are to be there by then. */
static int prepare_tables(struct tracer *tracer, const char *path)
{
	struct module *module = files_module(tracer->files, &tracer->modules, path);
	uint64_t offset;

	if (!module || unwind_tables_code_offset(tracer->tables, module, &offset) < 0)
		return 0;
	return collector_prepare(tracer->collector, module, offset);
}

int tracer_attach_system(struct tracer *tracer, const char *program, struct diag *diag)
{
	_cleanup_free_ char *libc = early_libc();
	int r;

	tracer->early = (struct early){ tracer->files, &tracer->late };
	early_hold(tracer->files, diag);
	r = early_probe_system(tracer->files, program, diag);
	if (r == 0 && libc)
		r = prepare_tables(tracer, libc);
	if (r == 0 && program)
		r = prepare_tables(tracer, program);
	return r;
}

/* What happens must be read in time. Not for the command, which is a process already. */
static void raise_priority(void)
{
	if (setpriority(PRIO_PROCESS, 0, -10) < 0)
		log_debug(LOG_EVENTS, "the priority stays as it is: %s", strerror(errno));
}

int tracer_arm(struct tracer *tracer, pid_t pid, struct diag *diag)
{
	int r;

	raise_priority();
	r = collector_arm(tracer->collector, pid);
	if (r < 0)
		return diag_add(diag, r, "cannot trace the command: %s", strerror(-r));
	return 0;
}

int tracer_attach_process(struct tracer *tracer, pid_t pid, struct diag *diag)
{
	int r;

	raise_priority();
	r = collector_attach(tracer->collector, pid);
	if (r == -ENOENT || r == -ESRCH)
		return diag_add(diag, r, "process %d has ended before it could be traced",
				(int)pid);
	if (r < 0)
		return diag_add(diag, r, "cannot trace process %d: %s", (int)pid, strerror(-r));
	if (tracer->late.lines.n) {
		r = tracer->late.lines.items[0].code;
		diag_move(diag, &tracer->late);
		return r;
	}
	log_debug(LOG_ATTACH, "process %d is traced from here on", (int)pid);
	return 0;
}

bool tracer_traces(const struct tracer *tracer, pid_t pid)
{
	return collector_traces(tracer->collector, pid);
}

/* Which files cannot be probed is told in the report, as for those that are mapped later. */
int tracer_attach_present(struct tracer *tracer, pid_t pid, struct diag *diag)
{
	int r;

	/* Others begin meanwhile, and wait for an answer. */
	read_meanwhile(tracer);
	raise_priority();
	r = collector_attach(tracer->collector, pid);
	/* One that is gone, or for which there is no room now, is no reason to end. */
	if (r == -ENOENT || r == -ESRCH || r == -EEXIST || r == -ENOSPC)
		return 0;
	if (r < 0)
		return diag_add(diag, r, "cannot trace process %d: %s", (int)pid, strerror(-r));
	log_debug(LOG_ATTACH, "process %d is traced from here on", (int)pid);
	return 1;
}

int tracer_watch(struct tracer *tracer, int epoll_fd, struct diag *diag)
{
	int r = collector_watch(tracer->collector, epoll_fd);

	if (r == 0 && tracer->scanning)
		r = scanning_watch(tracer->scanning, epoll_fd);
	return r < 0 ? diag_add(diag, r, "cannot wait for events: %s", strerror(-r)) : 0;
}

enum {
	STEP_IDLE_MS = 100, /* when nothing happens: the table is looked after */
	STEP_SETTLE_MS = 1, /* when records wait for others that belong before them */
};

int tracer_step(struct tracer *tracer, struct diag *diag)
{
	int kept = collector_poll(tracer->collector, false, diag);
	int r;

	if (kept < 0)
		return kept;
	r = tracer->scanning ? scanning_step(tracer->scanning, diag) : 0;
	if (r < 0)
		return r;
	r = collector_drain(tracer->collector, false);
	if (r < 0)
		return diag_add(diag, r, "cannot read the table of live blocks: %s", strerror(-r));
	if (tracer->saver)
		tracer_save(tracer);
	r = collector_sample(tracer->collector, kept ? STEP_SETTLE_MS : STEP_IDLE_MS);
	return r < 0 ? diag_add(diag, r, "cannot take samples: %s", strerror(-r)) : r;
}
