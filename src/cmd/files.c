// SPDX-License-Identifier: BSD-2-Clause
/* Files that processes map: opening, probing, symbols. See files.h. */
#include "cmd/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/table.h"
#include "base/units.h"
#include "cmd/ending.h"
#include "cmd/fetch.h"
#include "cmd/mapped.h"
#include "cmd/progress.h"
#include "cmd/symbolize.h"
#include "cmd/user.h"
#include "collect/procfs.h"
#include "probe/allocator_spec.h"
#include "probe/allocators.h"
#include "probe/elf_functions.h"
#include "probe/libc_code.h"
#include "probe/runtimes.h"
#include "probe/thread_functions.h"
#include "symbol/symbolizer.h"

enum {
	MAX_UNSEEN = 64,  /* sentences about what is not seen */
	MAX_PLAIN = 4096, /* files without probes that are known at a time */
};

/* A file that has been looked at. */
struct known_file {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	pid_t only;
	struct file_probe probe;
};

/* What is kept of a module. */
struct module_file {
	uint32_t module;
	UT_hash_handle hh; /* in files.modules, by module */
	bool looked_at;
	int fd; /* open for the symbols; -1 when the limit was reached */
	pid_t only;
	struct file_probe probe; /* as it is known from then on */
};

struct files {
	struct session *session;
	bool hold_exits; /* processes are looked at before they end */
	uint32_t kinds;	 /* what is traced: a bit per enum resource_kind */
	struct progress progress;
	struct symbolizer *symbolizer;
	const struct test_symbol *symbols;
	bool holds_starts; /* programs wait before they run */
	size_t n_symbols;
	struct allocator_spec allocator; /* of the user's own */
	VEC(char *) unseen;		 /* sentences: which functions have no probes */
	size_t n_unseen;		 /* how many such functions there are, with these */
	VEC(struct known_file) known;
	size_t n_known_max; /* then those without probes are forgotten */
	struct module_file *modules;
	size_t n_fds;
	size_t n_fds_max;
};

int files_open(struct session *session, struct files **ret_files)
{
	_cleanup_(files_closep) struct files *files = calloc(1, sizeof(*files));
	struct rlimit limit;

	if (!files)
		return -ENOMEM;
	files->session = session;
	files->symbolizer = symbolizer_new();
	if (!files->symbolizer)
		return -ENOMEM;
	/* Half of what the process may open: probes need descriptors too. */
	files->n_fds_max = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 2 : 128;
	*ret_files = TAKE_PTR(files);
	return 0;
}

int files_configure(struct files *files, const struct config *config, struct diag *diag)
{
	struct user user;
	int r = user_find(config->user, &user, NULL);

	files->kinds = config->kinds;
	if (r > 0)
		symbolizer_trust(files->symbolizer, user.uid);
	user_done(&user);
	files->hold_exits = config->verb == VERB_RUN && config_scans(config);
	files->progress.wanted = !config->quiet && isatty(STDERR_FILENO);
	symbolizer_watch(files->symbolizer, progress_step, &files->progress);
	vec_foreach(text, &config->allocators) {
		r = allocator_spec_parse(&files->allocator, *text, diag);
		if (r < 0)
			return r;
	}
	return config->debuginfod ? fetch_use_servers(files->symbolizer, diag) : 0;
}

void files_while_waiting(struct files *files, void (*call)(void *data), void *data)
{
	files->progress.wait = call;
	files->progress.wait_data = data;
}

static void module_drop(struct files *files, struct module_file *file)
{
	if (file->fd >= 0) {
		close(file->fd);
		files->n_fds--;
	}
	HASH_DEL(files->modules, file);
	free(file);
}

void files_close(struct files *files)
{
	struct module_file *module, *next;

	if (!files)
		return;
	HASH_ITER(hh, files->modules, module, next)
		module_drop(files, module);
	vec_done(&files->known);
	allocator_spec_done(&files->allocator);
	vec_foreach(text, &files->unseen)
		free(*text);
	vec_done(&files->unseen);
	symbolizer_free(files->symbolizer);
	free(files);
}

/*
 * Probes keep a file's inode from being used for another one; one without them may have gone, and
 * its number have come back: then it is looked at again, and takes the place of the old one.
 */
static struct known_file *known_find(const struct files *files, const struct stat *st, pid_t only)
{
	vec_foreach(file, &files->known) {
		if (file->dev == st->st_dev && file->ino == st->st_ino && file->only == only)
			return file;
	}
	return NULL;
}

static bool known_is_same(const struct known_file *file, const struct stat *st)
{
	return file->probe.probed ||
	       (file->size == st->st_size && file->mtime.tv_sec == st->st_mtim.tv_sec &&
		file->mtime.tv_nsec == st->st_mtim.tv_nsec);
}

void files_set_symbols(struct files *files, const struct test_symbol *symbols, size_t n)
{
	files->symbols = symbols;
	files->n_symbols = n;
}

/* Tests are told apart as far as that can be done: what cannot is in DIAG. */
static bool file_attach_signals(struct files *files, struct elf_file *elf, int fd, const char *link,
				const char *path, pid_t only, struct diag *diag)
{
	_cleanup_(signal_sites_done) struct signal_sites sites = { 0 };

	if (!files->n_symbols)
		return false;
	if (signal_sites_find(elf, fd, files->symbols, files->n_symbols, &sites) < 0)
		diag_add(diag, -ENOMEM, "out of memory while looking for tests in %s", path);
	else if (session_attach_signals(files->session, link, path, &sites, only, diag) < 0)
		diag_hint(diag, "tests in it are not told apart");
	if (sites.n_unreadable)
		diag_add(diag, 0,
			 "%zu probes in %s that tell of tests have a semaphore, or an argument "
			 "that is in no register: they are not seen",
			 sites.n_unreadable, path);
	return sites.list.n != 0;
}

/* Programs are to wait where they begin: in their loader, and before that where exec is called. */
static void file_attach_starts(struct files *files, struct elf_file *elf, const char *link,
			       const char *path, struct file_probe *probe, struct diag *diag)
{
	struct elf_function loaded = { .name = "_dl_debug_state" }, exec = { .name = "execve" };
	struct probe_point point = { 0 };

	/* In a static program it is called for what is loaded later, if at all. */
	if (!elf_file_is_static(elf) && elf_file_functions(elf, false, &loaded, 1)) {
		point.offset = loaded.offset;
		probe->probed = true;
		probe->loader = session_attach_points(files->session, SESSION_LOADED, link, path,
						      &point, 1, 0, diag) == 0;
	}
	if (!elf_file_functions(elf, elf_file_is_static(elf), &exec, 1))
		return;
	point.offset = exec.offset;
	probe->probed = true;
	if (session_attach_points(files->session, SESSION_EXEC_BEGINS, link, path, &point, 1, 0,
				  diag) < 0)
		log_debug(LOG_ATTACH, "%s: execve() is not seen", path);
}

/* A program that is built again and again is told of once. */
static bool unseen_is_new(const struct files *files, const char *text)
{
	vec_foreach(known, &files->unseen) {
		if (strcmp(*known, text) == 0)
			return false;
	}
	return true;
}

/* Without memory for the sentence, the log has to do. */
static void note_unseen(struct files *files, const char *function, const char *path)
{
	char *text = str_printf("blocks that %s of %s gives are not seen: where it returns could "
				"not be found out",
				function, path);
	bool is_new = text && unseen_is_new(files, text);

	files->n_unseen += is_new;
	if (text && (!is_new || files->unseen.n == MAX_UNSEEN)) {
		free(text);
		return;
	}
	if (!text || vec_push(&files->unseen, text) < 0) {
		log_debug(LOG_ATTACH, "%s of %s cannot be probed", function, path);
		free(text);
	}
}

int files_note_allocators(const struct files *files, struct result *result)
{
	int r = 0;

	vec_foreach(text, &files->unseen) {
		if (r == 0)
			r = result_note(result, "%s", *text);
	}
	if (r == 0 && files->n_unseen > files->unseen.n)
		r = result_note(result, "the same was found %zu times more, of other functions",
				files->n_unseen - files->unseen.n);
	vec_foreach(function, &files->allocator.functions) {
		if (r == 0 && !function->found)
			r = result_note(result,
					"--allocator: no file that was mapped has a function %s",
					function->name);
	}
	return r;
}

/*
 * The open file that PID calls PATH (0: that is its name on this machine); NULL if it is no ELF
 * file. Without memory for the name only its debug file is not found.
 */
static struct elf_file *elf_open(int fd, const char *path, pid_t pid)
{
	struct elf_file *elf;
	char root[32] = "";

	if (elf_file_open(fd, &elf) < 0)
		return NULL;
	if (pid)
		snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	if (elf_file_set_path(elf, root, path) < 0)
		log_debug(LOG_ATTACH, "no debug file is looked for: %s", path);
	return elf;
}

/* Puts probes on the functions of the open file that what is traced needs. */
static struct file_probe file_attach(struct files *files, int fd, const char *path, pid_t pid,
				     pid_t only, struct diag *diag)
{
	/* The allocator's own mappings are known by its calls. */
	uint32_t allocator_kinds = 1u << KIND_MEMORY | 1u << KIND_MAPPING;
	_cleanup_(elf_file_closep) struct elf_file *elf = elf_open(fd, path, pid);
	_cleanup_(allocator_done) struct allocator functions = { 0 };
	struct file_probe probe = { 0 };
	bool is_allocator = false;
	char link[64];

	if (!elf)
		return probe;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	probe.probed = file_attach_signals(files, elf, fd, link, path, only, diag);
	if (files->hold_exits && ending_attach(files->session, elf, link, path, diag))
		probe.probed = true;
	if (files->holds_starts)
		file_attach_starts(files, elf, link, path, &probe, diag);
	if (files->kinds & allocator_kinds)
		is_allocator = allocator_find(elf, path, &files->allocator, &functions) > 0;
	if (functions.unseen)
		note_unseen(files, functions.unseen, path);
	if (!is_allocator && !elf_file_soname(elf))
		probe.missing = allocator_missing(elf);
	if (files->kinds & 1u << KIND_MEMORY)
		probe.runtime = runtime_find(elf);
	if (files->kinds & 1u << KIND_THREAD && thread_functions_find(elf, path, &functions) < 0)
		return probe;
	if (!functions.sites.n)
		return probe;
	probe.probed = true;
	if (session_attach(files->session, link, path, &functions, only, diag) < 0)
		return probe;
	probe.attached = true;
	if (is_allocator)
		probe.allocator = functions.name;
	return probe;
}

/* Files come and go: those without probes are looked at again when they come again. */
static int known_add(struct files *files, const struct known_file *file)
{
	struct known_file *items = files->known.items;
	size_t n = 0;

	if (files->known.n >= files->n_known_max) {
		for (size_t i = 0; i < files->known.n; i++) {
			if (items[i].probe.probed)
				items[n++] = items[i];
		}
		files->known.n = n;
		files->n_known_max = n + MAX_PLAIN;
	}
	return vec_push(&files->known, *file);
}

struct file_probe files_probe_fd(struct files *files, int fd, const char *path, pid_t pid,
				 pid_t only, struct diag *diag)
{
	struct known_file *known, file = { .only = only };
	struct file_probe probe;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return (struct file_probe){ 0 };
	known = known_find(files, &st, only);
	if (!known && only)
		known = known_find(files, &st, 0);
	if (known && known_is_same(known, &st))
		return known->probe;
	probe = file_attach(files, fd, path, pid, only, diag);
	probe.probed_ns = probe.probed ? clock_monotonic_ns() : 0;
	file.dev = st.st_dev;
	file.ino = st.st_ino;
	file.size = st.st_size;
	file.mtime = st.st_mtim;
	file.probe = probe;
	if (known)
		*known = file;
	else if (known_add(files, &file) < 0)
		diag_add(diag, -ENOMEM, "out of memory while probing %s", path);
	return probe;
}

static struct module_file *module_find(const struct files *files, uint32_t id)
{
	struct module_file *file;

	HASH_FIND(hh, files->modules, &id, sizeof(id), file);
	return file;
}

/* NULL: no memory. */
static struct module_file *module_get(struct files *files, uint32_t id)
{
	struct module_file *file = module_find(files, id);

	if (file)
		return file;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->module = id;
	file->fd = -1;
	HASH_ADD(hh, files->modules, module, sizeof(file->module), file);
	if (table_added(file))
		return file;
	free(file);
	return NULL;
}

void files_forget(struct files *files, const struct module *module)
{
	struct module_file *file = module_find(files, module->id);

	if (file)
		module_drop(files, file);
}

struct file_probe files_probe(struct files *files, struct module *module, pid_t pid, pid_t only,
			      struct diag *diag)
{
	struct module_file *file = module_get(files, module->id);
	struct file_probe probe = { 0 };
	_cleanup_(elf_file_closep) struct elf_file *elf = NULL;
	_cleanup_close_ int fd = -1;

	if (!file)
		return probe;
	if (file->looked_at && file->only == only)
		return file->probe;
	fd = mapped_file_open(pid, module->path);
	if (fd < 0)
		return probe;
	probe = files_probe_fd(files, fd, module->path, pid, only, diag);
	elf = elf_open(fd, module->path, pid);
	if (elf && libc_code_find(elf, module) < 0)
		diag_add(diag, -ENOMEM, "out of memory while reading %s", module->path);
	file->looked_at = true;
	file->only = only;
	file->probe = probe;
	if (file->fd < 0 && files->n_fds < files->n_fds_max) {
		file->fd = TAKE_FD(fd);
		files->n_fds++;
	}
	return probe;
}

void files_keep(struct files *files, const struct module *module, pid_t pid)
{
	struct module_file *file = module_get(files, module->id);

	if (!file || file->looked_at || files->n_fds >= files->n_fds_max)
		return;
	file->looked_at = true;
	file->fd = mapped_file_open(pid, module->path);
	files->n_fds += file->fd >= 0;
}

int files_fd(const struct files *files, const struct module *module)
{
	const struct module_file *file = module_find(files, module->id);

	return file ? file->fd : -1;
}

struct module *files_module(struct files *files, struct modules *modules, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	_cleanup_(elf_file_closep) struct elf_file *elf = NULL;
	_cleanup_close_ int fd = real ? open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	uint8_t build_id[BUILD_ID_MAX_BYTES];
	struct module_file *file;
	struct module *module;
	size_t n;

	if (fd < 0 || elf_file_open(fd, &elf) < 0)
		return NULL;
	n = elf_file_build_id(elf, build_id, sizeof(build_id));
	if (modules_intern(modules, MODULE_FILE, real, build_id, n, &module) < 0)
		return NULL;
	file = module_get(files, module->id);
	if (!file)
		return NULL;
	if (file->fd < 0 && files->n_fds < files->n_fds_max) {
		file->fd = TAKE_FD(fd);
		files->n_fds++;
	}
	return module;
}

void files_hold_starts(struct files *files)
{
	files->holds_starts = true;
}

static bool module_file(void *data, const struct module *module, int *ret_fd)
{
	*ret_fd = files_fd(data, module);
	return true;
}

int files_symbolize(struct files *files, const struct result *result, size_t top,
		    struct symbols *symbols, struct diag *diag)
{
	const struct symbolize symbolize = { .symbolizer = files->symbolizer,
					     .progress = &files->progress,
					     .file = module_file,
					     .data = files };

	return symbolize_result(&symbolize, result, top, symbols, diag);
}
