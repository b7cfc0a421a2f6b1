// SPDX-License-Identifier: BSD-2-Clause
/* The client of debuginfod servers: see debugserver.h. The one door to libdebuginfod. */
#include "symbol/debugserver.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#define LIBRARY		 "libdebuginfod.so.1"
#define TIMEOUT_VARIABLE "DEBUGINFOD_TIMEOUT"
#define TOTAL_NS	 (600 * SECOND_NS)

enum { SILENCE_S = 10, SILENCE_MOST_S = 90 };

/* What this file needs of the library, whose header is in a package of its own. */
struct client;
typedef int client_progress(struct client *client, long done, long all);

struct library {
	struct client *(*begin)(void);
	void (*end)(struct client *client);
	int (*find_debuginfo)(struct client *client, const unsigned char *build_id, int n,
			      char **ret_path);
	void (*set_progressfn)(struct client *client, client_progress *progress);
};

struct debugserver {
	struct library library;
	struct client *client; /* NULL until the first file is wanted */
	struct debugserver_user user;
	debugserver_progress *progress;
	void *progress_data;
	uint64_t silence_ns; /* how long nothing may arrive */
	uint64_t spent_ns;   /* in all fetches before this one */
	uint64_t begin_ns;   /* of this fetch */
	uint64_t moved_ns;   /* when something arrived last */
	long done;	     /* bytes, or turns of the library's loop before there are any */
	bool cancelled;
	bool given_up;
	int fault; /* negative errno that nobody was told of yet */
};

/* Whose fetch is running: the library's callback is given nothing to tell by. */
static struct debugserver *fetching;

/* Fills the pointer at *TO; a void pointer is no function pointer in C. */
static bool library_symbol(void *handle, const char *name, void *to)
{
	void *symbol = dlsym(handle, name);

	memcpy(to, &symbol, sizeof(symbol));
	return symbol != NULL;
}

/* The library stays loaded: what it set up for HTTP cannot be undone. */
static bool library_load(struct library *library)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	bool found;

	if (!handle)
		return false;
	found = library_symbol(handle, "debuginfod_begin", &library->begin) &&
		library_symbol(handle, "debuginfod_end", &library->end) &&
		library_symbol(handle, "debuginfod_find_debuginfo", &library->find_debuginfo) &&
		library_symbol(handle, "debuginfod_set_progressfn", &library->set_progressfn);
	dlclose(handle);
	return found;
}

int debugserver_open(struct debugserver **ret_server, struct diag *diag)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	_cleanup_(debugserver_closep) struct debugserver *server = NULL;

	/* The library believes the environment: where to write its cache, for instance. */
	if (getauxval(AT_SECURE))
		return diag_add(diag, -ENOENT,
				"no server is asked for debug files: leaktrace has more rights "
				"than its caller");
	if (!urls || !urls[strspn(urls, " \t\n")]) {
		diag_add(diag, -ENOENT,
			 "no server is asked for debug files: DEBUGINFOD_URLS is not set");
		return diag_hint(diag, "sudo removes it: sudo --preserve-env=DEBUGINFOD_URLS ...");
	}
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	if (!library_load(&server->library)) {
		diag_add(diag, -ENOENT,
			 "no server is asked for debug files: " LIBRARY
			 " is not installed, or too old");
		return diag_hint(diag, "apt-get install libdebuginfod1");
	}
	*ret_server = TAKE_PTR(server);
	return 0;
}

void debugserver_close(struct debugserver *server)
{
	if (!server)
		return;
	if (server->client)
		server->library.end(server->client);
	free(server);
}

void debugserver_set_user(struct debugserver *server, const struct debugserver_user *user)
{
	server->user = *user;
}

void debugserver_watch(struct debugserver *server, debugserver_progress *progress, void *data)
{
	server->progress = progress;
	server->progress_data = data;
}

/* Called by the library at each arrival and about once a second; not 0 ends the fetch. */
static int fetch_progress(struct client *client, long done, long all)
{
	struct debugserver *server = fetching;
	uint64_t now_ns = clock_monotonic_ns();

	(void)client;
	/* Steps of one are the library's own turns, which it counts before the first byte. */
	if (done > server->done + 1)
		server->moved_ns = now_ns;
	server->done = done;
	if (server->progress)
		server->progress(server->progress_data, all > 0 && done > 0 ? (uint64_t)done : 0);
	server->cancelled = now_ns - server->moved_ns > server->silence_ns ||
			    server->spent_ns + (now_ns - server->begin_ns) > TOTAL_NS;
	return server->cancelled;
}

/*
 * The library reads its time limit from the environment; without one it waits for 90 s. Not done
 * before the first fetch: the traced command, which has been started by then, keeps its own.
 */
static int server_begin(struct debugserver *server)
{
	const char *text = getenv(TIMEOUT_VARIABLE);
	long seconds = text ? strtol(text, NULL, 10) : 0;
	char number[16];

	if (seconds <= 0 || seconds > SILENCE_MOST_S)
		seconds = SILENCE_S;
	snprintf(number, sizeof(number), "%ld", seconds);
	if (setenv(TIMEOUT_VARIABLE, number, 1) < 0)
		return -ENOMEM;
	server->silence_ns = (uint64_t)seconds * SECOND_NS;
	server->client = server->library.begin();
	if (!server->client)
		return -ENOMEM;
	server->library.set_progressfn(server->client, fetch_progress);
	return 0;
}

/* Where the library keeps what it knows: its documented search. NULL: no memory. */
static char *cache_folder(void)
{
	const char *dir = getenv("DEBUGINFOD_CACHE_PATH");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	_cleanup_free_ char *old = NULL;

	if (dir && *dir)
		return strdup(dir);
	old = str_printf("%s/.debuginfod_client_cache", home ? home : "");
	if (old && access(old, F_OK) == 0)
		return TAKE_PTR(old);
	if (xdg && *xdg)
		return str_printf("%s/debuginfod_client", xdg);
	return str_printf("%s/.cache/debuginfod_client", home ? home : "");
}

/* Whether whoever this thread is for files may write there, or make it. */
static bool cache_is_writable(void)
{
	_cleanup_free_ char *path = cache_folder();
	char *slash;

	while (path && faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) < 0 && errno == ENOENT) {
		slash = strrchr(path, '/');
		if (!slash)
			return faccessat(AT_FDCWD, ".", W_OK | X_OK, AT_EACCESS) == 0;
		if (slash == path)
			return faccessat(AT_FDCWD, "/", W_OK | X_OK, AT_EACCESS) == 0;
		*slash = '\0';
	}
	return path && faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/*
 * The library (0.188) notes a fetch that was cancelled as "no server has it", an empty file which
 * it and other tools believe for ten minutes.
 */
static void cache_forget(const uint8_t *build_id, size_t n)
{
	_cleanup_free_ char *folder = cache_folder(), *hex = str_hex(build_id, n), *path = NULL;
	struct stat st;

	if (folder && hex)
		path = str_printf("%s/%s/debuginfo", folder, hex);

	if (path && lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		unlink(path);
}

/* Notes a failure that is more than "no server has this file". */
static void server_failed(struct debugserver *server, int r, uint64_t took_ns)
{
	if (server->cancelled)
		r = -ETIMEDOUT;
	if (r == -ENOENT)
		return;
	server->fault = r;
	/* A failure that takes its time would take it again for every other file. */
	server->given_up |= server->cancelled || took_ns > SECOND_NS;
}

/* A descriptor, or a negative errno. */
static int server_find(struct debugserver *server, const uint8_t *build_id, size_t n,
		       char **ret_path)
{
	const struct debugserver_user *user = &server->user;
	bool as_user = false;
	int fd;

	if (user->begin) {
		user->begin(user->data);
		as_user = cache_is_writable();
		if (!as_user)
			user->end(user->data);
	}
	fd = server->library.find_debuginfo(server->client, build_id, (int)n, ret_path);
	if (fd < 0 && server->cancelled)
		cache_forget(build_id, n);
	if (as_user)
		user->end(user->data);
	return fd;
}

int debugserver_fetch(struct debugserver *server, const uint8_t *build_id, size_t n,
		      char **ret_path)
{
	uint64_t took_ns;
	int fd;

	if (server->given_up || (!server->client && server_begin(server) < 0))
		return -1;
	fetching = server;
	server->cancelled = false;
	server->done = 0;
	server->begin_ns = server->moved_ns = clock_monotonic_ns();
	fd = server_find(server, build_id, n, ret_path);
	fetching = NULL;
	took_ns = clock_monotonic_ns() - server->begin_ns;
	server->spent_ns += took_ns;
	log_debug(LOG_SYMBOLS, "debug file from a server: %s", fd >= 0 ? *ret_path : strerror(-fd));
	if (fd >= 0)
		return fd;
	server_failed(server, fd, took_ns);
	return -1;
}

void debugserver_explain(struct debugserver *server, struct diag *diag)
{
	if (!server->fault)
		return;
	diag_add(diag, server->fault, "debug files cannot be fetched from DEBUGINFOD_URLS: %s%s",
		 strerror(-server->fault), server->given_up ? "; no more are asked for" : "");
	server->fault = 0;
}
