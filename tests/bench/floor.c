// SPDX-License-Identifier: BSD-2-Clause
/*
 * floor empty|stackid COMMAND [ARG...]: runs COMMAND with probes where leaktrace has them in the
 * C library, but with programs that do nothing, or that only call bpf_get_stackid() at each
 * return: what no tracer of allocations can be cheaper than. Exit status 77: not on this kernel.
 */
#include <bpf/bpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

/* Probes on the sites of one kind. */
static int attach(const struct allocator *allocator, const char *path, enum site_kind kind,
		  int program, uint32_t flags)
{
	uint64_t offsets[MAX_SITES], cookies[MAX_SITES] = { 0 };
	struct multi_link_request request = { .program_fd = program,
					      .attach_type = ATTACH_UPROBE_MULTI,
					      .flags = flags,
					      .path = path,
					      .offsets = offsets,
					      .cookies = cookies };

	for (size_t i = 0; i < allocator->sites.n && request.n < MAX_SITES; i++) {
		if (allocator->sites.items[i].kind == kind)
			offsets[request.n++] = allocator->sites.items[i].offset;
	}
	return multi_link_open(&request);
}

static int attach_libc(bool stackid)
{
	struct elf_file *file;
	struct allocator allocator;
	int empty = load_empty(), at_return = stackid ? load_stackid() : empty;
	Dl_info info;
	int fd;

	if (empty < 0 || at_return < 0 || !dladdr((void *)(uintptr_t)fopen, &info))
		return -ENOTSUP;
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || elf_file_open(fd, &file) < 0 ||
	    allocator_find(file, info.dli_fname, NULL, &allocator) <= 0)
		return -ENOENT;
	if (attach(&allocator, info.dli_fname, SITE_RELEASE, empty, 0) < 0 ||
	    attach(&allocator, info.dli_fname, SITE_CALL, at_return, MULTI_LINK_RETURN) < 0 ||
	    attach(&allocator, info.dli_fname, SITE_CALL, empty, 0) < 0)
		return -ENOTSUP;
	return 0;
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 3)
		return FAIL;
	if (attach_libc(strcmp(argv[1], "stackid") == 0) < 0)
		return SKIP;
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(FAIL);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return FAIL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAIL;
}
