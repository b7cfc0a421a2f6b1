// SPDX-License-Identifier: BSD-2-Clause
/* The test that a process runs, from procfs: see relatives.h. */
#include "cmd/relatives.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/mapped.h"
#include "collect/procfs.h"
#include "model/result.h"
#include "probe/elf_functions.h"
#include "testrun/kin.h"

/* Runners start shells that start wrappers that start tests; more than that has lost its way. */
enum { MAX_RELATIVES = 24 };

static void kin_read(struct kin *kin, pid_t pid)
{
	kin->pid = (uint32_t)pid;
	procfs_thread_name(pid, pid, kin->name);
	if (procfs_command(pid, &kin->command) < 0)
		kin->command = NULL;
	if (procfs_environment(pid, &kin->environment, &kin->environment_bytes) < 0)
		kin->environment = NULL;
}

static void kin_done(struct kin *kin, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		strv_free(kin[i].command);
		free(kin[i].environment);
	}
}

static void test_set(struct flight_test *test, const struct kin_test *kin)
{
	test->how = !kin->name	  ? FLIGHT_HOW_UNKNOWN :
		    kin->variable ? FLIGHT_HOW_VARIABLE :
				    FLIGHT_HOW_COMMAND;
	test->name = kin->name;
	test->runner = kin->runner;
	test->variable = kin->variable;
}

void relatives_test(pid_t pid, struct flight_test *ret)
{
	struct kin kin[MAX_RELATIVES] = { 0 };
	struct kin_test test;
	size_t n = 0;

	for (; pid > 1 && n < MAX_RELATIVES; pid = procfs_parent(pid))
		kin_read(&kin[n++], pid);
	if (kin_find_test(kin, n, &test) == 0)
		test_set(ret, &test);
	kin_done(kin, n);
}

void relatives_add_variable(struct flight_test *test, const char *variable, const char *value)
{
	struct kin_test kin = { test->name, test->runner, test->variable };

	if (kin_add_variable(&kin, variable, value) == 0)
		test_set(test, &kin);
}

struct search {
	pid_t pid;
	const char *exe;
	uint64_t address;
};

/* A program that names the variable has it itself; else it is in the C library. */
static int mapping_look(void *data, const struct procfs_mapping *mapping)
{
	const char *name = str_basename(mapping->path);
	_cleanup_(elf_file_closep) struct elf_file *elf = NULL;
	struct search *search = data;
	bool is_exe = strcmp(mapping->path, search->exe) == 0;
	uint64_t of_code, of_variable;
	_cleanup_close_ int fd = -1;

	if (mapping->path[0] != '/' ||
	    (!is_exe && (search->address ||
			 (!str_starts_with(name, "libc.") && !str_starts_with(name, "libc-") &&
			  !str_starts_with(name, "ld-musl")))))
		return 0;
	fd = mapped_file_open(search->pid, mapping->path);
	if (fd < 0 || elf_file_open(fd, &elf) < 0 ||
	    !elf_file_address(elf, mapping->offset, &of_code) ||
	    !elf_file_variable(elf, "environ", &of_variable))
		return 0;
	search->address = mapping->start - of_code + of_variable;
	return 0;
}

uint64_t relatives_environ(pid_t pid, const char *exe)
{
	struct search search = { .pid = pid, .exe = exe };

	if (!exe || (!str_starts_with(str_basename(exe), "python") &&
		     !str_starts_with(str_basename(exe), "pypy")))
		return 0;
	return procfs_mappings(pid, mapping_look, &search) < 0 ? 0 : search.address;
}
