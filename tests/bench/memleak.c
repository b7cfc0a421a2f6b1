// SPDX-License-Identifier: BSD-2-Clause
/*
 * memleak OBJECT FILE COMMAND [ARG...]: runs COMMAND with the programs of memleak.bpf.c on the C
 * library's functions, as perf events. Writes into FILE what measure does, and to standard error
 * how many allocations were seen and how many blocks are alive. Exit status 77: not here.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

enum { SKIP = 77, FAIL = 125 };

static const struct {
	const char *program;
	const char *function;
	int at_return;
} probes[] = {
	{ "on_free", "free", 0 },	{ "on_return", "malloc", 1 },
	{ "on_return", "calloc", 1 },	{ "on_return", "realloc", 1 },
	{ "on_malloc", "malloc", 0 },	{ "on_calloc", "calloc", 0 },
	{ "on_realloc", "realloc", 0 },
};

static int attach(struct bpf_object *object, pid_t pid)
{
	Dl_info info;

	if (!dladdr((void *)(uintptr_t)fopen, &info))
		return -1;
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, probes[i].program);
		LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = probes[i].at_return,
			    .func_name = probes[i].function);

		if (!program ||
		    !bpf_program__attach_uprobe_opts(program, pid, info.dli_fname, 0, &options))
			return -1;
	}
	return 0;
}

static uint64_t map_count(const struct bpf_object *object, const char *name)
{
	int fd = bpf_map__fd(bpf_object__find_map_by_name(object, name));
	uint64_t key, next, n = 0;
	void *at = NULL;

	for (; bpf_map_get_next_key(fd, at, &next) == 0; n++) {
		key = next;
		at = &key;
	}
	return n;
}

static uint64_t allocations_count(const struct bpf_object *object)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	uint64_t n = 0;
	uint32_t zero = 0;

	return map && bpf_map_lookup_elem(bpf_map__fd(map), &zero, &n) == 0 ? n : 0;
}

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

static int usage_write(const char *path, uint64_t begin, const struct rusage *usage)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -1;
	fprintf(file, "%llu %llu %llu %ld 0\n", (unsigned long long)begin,
		(unsigned long long)clock_ns(CLOCK_MONOTONIC),
		(unsigned long long)(timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime)),
		usage->ru_maxrss);
	return fclose(file);
}

static void child_run(const int gate[2], char **command)
{
	char byte;

	close(gate[1]);
	if (read(gate[0], &byte, 1) == 1)
		execvp(command[0], command);
	_exit(FAIL);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct rusage usage;
	int gate[2], status;
	uint64_t begin;
	pid_t pid;

	if (argc < 4 || pipe2(gate, O_CLOEXEC) < 0)
		return FAIL;
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object) < 0)
		return SKIP;
	pid = fork();
	if (pid == 0)
		child_run(gate, argv + 3);
	if (pid < 0 || attach(object, pid) < 0)
		return SKIP;
	begin = clock_ns(CLOCK_MONOTONIC);
	if (write(gate[1], "", 1) != 1 || wait4(pid, &status, 0, &usage) != pid ||
	    usage_write(argv[2], begin, &usage) < 0)
		return FAIL;
	fprintf(stderr, "memleak %llu %llu\n", (unsigned long long)allocations_count(object),
		(unsigned long long)map_count(object, "allocs"));
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAIL;
}
