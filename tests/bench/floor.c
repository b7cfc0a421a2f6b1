// SPDX-License-Identifier: BSD-2-Clause
/*
 * floor empty|stackid [-p PID FILE] COMMAND [ARG...]: runs COMMAND with probes where leaktrace has
 * them in the C library, or in PID alone in the allocator FILE, but with programs that do nothing,
 * or that only call bpf_get_stackid() at each return: what no tracer of allocations can be cheaper
 * than. Exit status 77: not on this kernel.
 */
#include <bpf/bpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/allocators.h"
#include "probe/multi_link.h"

enum { SKIP = 77, FAIL = 125, MAX_SITES = 64 };

static int program_load(const struct bpf_insn *code, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = (enum bpf_attach_type)ATTACH_UPROBE_MULTI);

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "floor", "GPL", code, n, &options);
}

static int load_empty(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return program_load(code, sizeof(code) / sizeof(code[0]));
}

static int load_stackid(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_STACK_TRACE, "floor", 4, 127 * 8, 16384, NULL);
	const struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = BPF_F_USER_STACK },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_stackid },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return map < 0 ? map : program_load(code, sizeof(code) / sizeof(code[0]));
}

/* Where the probes go. */
struct target {
	const char *path;
	pid_t pid; /* 0: every process */
};

/* Probes on the sites of one kind. */
static int attach(const struct allocator *allocator, const struct target *target,
		  enum site_kind kind, int program, uint32_t flags)
{
	uint64_t offsets[MAX_SITES], cookies[MAX_SITES] = { 0 };
	struct multi_link_request request = { .program_fd = program,
					      .attach_type = ATTACH_UPROBE_MULTI,
					      .flags = flags,
					      .path = target->path,
					      .pid = target->pid,
					      .offsets = offsets,
					      .cookies = cookies };

	for (size_t i = 0; i < allocator->sites.n && request.n < MAX_SITES; i++) {
		if (allocator->sites.items[i].kind == kind)
			offsets[request.n++] = allocator->sites.items[i].offset;
	}
	return multi_link_open(&request);
}

static int attach_all(const struct target *target, bool stackid)
{
	struct elf_file *file;
	struct allocator allocator;
	int empty = load_empty(), at_return = stackid ? load_stackid() : empty;
	int fd = open(target->path, O_RDONLY | O_CLOEXEC);

	if (empty < 0 || at_return < 0)
		return -ENOTSUP;
	if (fd < 0 || elf_file_open(fd, &file) < 0 ||
	    allocator_find(file, target->path, NULL, &allocator) <= 0)
		return -ENOENT;
	if (attach(&allocator, target, SITE_RELEASE, empty, 0) < 0 ||
	    attach(&allocator, target, SITE_CALL, at_return, MULTI_LINK_RETURN) < 0 ||
	    attach(&allocator, target, SITE_CALL, empty, 0) < 0)
		return -ENOTSUP;
	return 0;
}

/* Reads the arguments; returns those of the command, NULL: they make no sense. */
static char **target_parse(char **argv, int argc, struct target *target)
{
	static Dl_info info;

	if (argc >= 6 && strcmp(argv[2], "-p") == 0) {
		target->pid = atoi(argv[3]);
		target->path = argv[4];
		return target->pid > 0 ? argv + 5 : NULL;
	}
	if (argc < 3 || !dladdr((void *)(uintptr_t)fopen, &info))
		return NULL;
	target->path = info.dli_fname;
	return argv + 2;
}

int main(int argc, char **argv)
{
	struct target target = { 0 };
	char **command = target_parse(argv, argc, &target);
	int status;
	pid_t pid;

	if (!command)
		return FAIL;
	if (attach_all(&target, strcmp(argv[1], "stackid") == 0) < 0)
		return SKIP;
	pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		_exit(FAIL);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return FAIL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAIL;
}
