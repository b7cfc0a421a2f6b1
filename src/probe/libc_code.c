// SPDX-License-Identifier: BSD-2-Clause
/* The C library's part of a static program: see libc_code.h. */
#include "probe/libc_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "probe/elf_functions.h"

/* Of what makes descriptors, threads and mappings: those that have no second, reserved name. */
static const char *const names[] = {
	"accept",	  "accept4",	    "brk",	     "clone",	      "close",
	"close_range",	  "closefrom",	    "creat",	     "dup",	      "dup2",
	"dup3",		  "epoll_create",   "epoll_create1", "eventfd",	      "fanotify_init",
	"fcntl",	  "fcntl64",	    "fdopendir",     "fopen",	      "fopen64",
	"freopen",	  "freopen64",	    "inotify_init",  "inotify_init1", "ioctl",
	"memfd_create",	  "mkostemp",	    "mkostemp64",    "mkstemp",	      "mkstemp64",
	"mmap",		  "mmap64",	    "mq_open",	     "mremap",	      "open",
	"open64",	  "openat",	    "openat64",	     "opendir",	      "openpty",
	"pidfd_open",	  "pipe",	    "pipe2",	     "popen",	      "posix_openpt",
	"pthread_create", "recvmmsg",	    "recvmsg",	     "sbrk",	      "shm_open",
	"shmat",	  "signalfd",	    "socket",	     "socketpair",    "syscall",
	"thrd_create",	  "timerfd_create", "tmpfile",	     "tmpfile64",
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

static bool is_reserved(const char *name)
{
	static const char *const prefixes[] = { "__", "_dl_", "_IO_", "_nl_", "_int_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (str_starts_with(name, prefixes[i]))
			return true;
	}
	return bsearch(name, names, sizeof(names) / sizeof(names[0]), sizeof(names[0]),
		       compare_names);
}

static int add_function(void *data, const struct elf_function *function)
{
	struct module *module = data;
	struct code_range range = { function->offset, function->offset + function->size };

	return is_reserved(function->name) ? vec_push(&module->library, range) : 0;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct code_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

int libc_code_find(struct elf_file *file, struct module *module)
{
	int r;

	if (!elf_file_is_static(file))
		return 0;
	r = elf_file_each_function(file, add_function, module);
	if (module->library.n)
		qsort(module->library.items, module->library.n, sizeof(*module->library.items),
		      compare_ranges);
	return r;
}
