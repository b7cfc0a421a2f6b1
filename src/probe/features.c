// SPDX-License-Identifier: BSD-2-Clause
/* Feature detection: small programs are loaded and attached to a function of leaktrace itself. */
#include "probe/features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <link.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "probe/multi_link.h"

/* The function that the test probes are put on. */
__attribute__((noinline, used)) void features_target(void);
void features_target(void)
{
	__asm__ volatile("nop" ::: "memory");
}

struct own_file {
	uintptr_t address;
	uint64_t offset;
};

static int own_file_visit(struct dl_phdr_info *info, size_t size, void *data)
{
	struct own_file *own = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && own->address >= start &&
		    own->address < start + p->p_filesz) {
			own->offset = own->address - start + p->p_offset;
			return 1;
		}
	}
	return 0;
}

/* The place of features_target() in /proc/self/exe; 0 if it cannot be found. */
static uint64_t target_offset(void)
{
	struct own_file own = { .address = (uintptr_t)features_target };

	dl_iterate_phdr(own_file_visit, &own);
	return own.offset;
}

/* A program that counts its runs in the only value of MAP_FD. */
static int load_counter(int map_fd, int attach_type)
{
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = map_fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 1 },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC,
		  .dst_reg = 1,
		  .src_reg = 2,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = (enum bpf_attach_type)attach_type);
	int fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "lt_feature", "GPL", code,
			       sizeof(code) / sizeof(code[0]), &opts);

	return fd;
}

static void *call_target(void *unused)
{
	(void)unused;
	features_target();
	return NULL;
}

/* Calls the target in another thread and returns how often the program ran. */
static uint64_t count_in_thread(int map_fd)
{
	uint32_t key = 0;
	uint64_t count = 0;
	pthread_t thread;

	if (pthread_create(&thread, NULL, call_target, NULL) != 0)
		return 0;
	pthread_join(thread, NULL);
	if (bpf_map_lookup_elem(map_fd, &key, &count) < 0)
		return 0;
	return count;
}

/* True if the kernel knows multi links of this type: it gets as far as looking at the file. */
static bool try_multi(int map_fd, int attach_type)
{
	_cleanup_close_ int program_fd = load_counter(map_fd, attach_type);
	_cleanup_close_ int link_fd = -1;
	uint64_t offset = 1, cookie = 1;
	struct multi_link_request request = {
		.program_fd = program_fd,
		.attach_type = attach_type,
		.path = "/",
		.offsets = &offset,
		.cookies = &cookie,
		.n = 1,
	};

	if (program_fd < 0)
		return false;
	link_fd = multi_link_open(&request);
	return link_fd == -EBADF;
}

/* True if a multi link for one process sees all its threads: early kernels take but one. */
static bool try_multi_process(int map_fd)
{
	_cleanup_close_ int program_fd = load_counter(map_fd, ATTACH_UPROBE_MULTI);
	_cleanup_close_ int link_fd = -1;
	uint64_t offset = target_offset(), cookie = 1, before = 0;
	uint32_t key = 0;
	struct multi_link_request request = {
		.program_fd = program_fd,
		.attach_type = ATTACH_UPROBE_MULTI,
		.path = "/proc/self/exe",
		.offsets = &offset,
		.cookies = &cookie,
		.n = 1,
		.pid = getpid(),
	};

	if (program_fd < 0 || !offset)
		return false;
	link_fd = multi_link_open(&request);
	if (link_fd < 0)
		return false;
	bpf_map_lookup_elem(map_fd, &key, &before);
	return count_in_thread(map_fd) > before;
}

static bool try_perf_build_id(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.build_id = 1,
	};
	_cleanup_close_ int fd =
		(int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return fd >= 0;
}

/* LEAKTRACE_FEATURES=-session,-multi,... */
static void features_mask(struct features *features)
{
	const char *list = getenv("LEAKTRACE_FEATURES");

	if (!list)
		return;
	if (strstr(list, "-session"))
		features->uprobe_session = false;
	if (strstr(list, "-multi"))
		features->uprobe_multi = features->uprobe_session = false;
	if (strstr(list, "-process"))
		features->uprobe_multi_process = false;
	if (strstr(list, "-find_vma"))
		features->find_vma = false;
}

static int features_refuse(int r, struct diag *diag)
{
	if (r == -EPERM || r == -EACCES) {
		diag_add(diag, r,
			 "tracing needs the capabilities CAP_BPF, CAP_PERFMON and "
			 "CAP_SYS_PTRACE, or root, and this process has not got them");
		return diag_hint(diag,
				 "run it with sudo; 'leaktrace doctor' shows what is missing");
	}
	diag_add(diag, r, "the kernel refuses to load BPF programs: %s", strerror(-r));
	return diag_hint(diag, "'leaktrace doctor' shows what this machine allows");
}

/* The inode number of the first pid namespace: PROC_PID_INIT_INO of the kernel. */
#define INIT_PID_NAMESPACE 0xEFFFFFFCu

int features_check_pids(struct diag *diag)
{
	struct stat st;

	/* A kernel without namespaces has no such file. */
	if (stat("/proc/self/ns/pid", &st) < 0 || st.st_ino == INIT_PID_NAMESPACE)
		return 0;
	diag_add(diag, -ENOTSUP,
		 "this is not the first pid namespace: probes see other pids than leaktrace does");
	return diag_hint(diag, "run leaktrace outside of the container, or: "
			       "docker run --privileged --pid=host ...");
}

int features_probe(struct features *ret, struct diag *diag)
{
	LIBBPF_OPTS(bpf_map_create_opts, map_opts);
	_cleanup_close_ int map_fd = -1;
	_cleanup_close_ int program_fd = -1;
	struct features f = { .btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0 };

	*ret = f;
	if (!f.btf) {
		diag_add(diag, -ENOTSUP,
			 "this kernel has no type information "
			 "(/sys/kernel/btf/vmlinux)");
		return diag_hint(diag, "use a kernel that was built with CONFIG_DEBUG_INFO_BTF=y");
	}
	map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "lt_feature", 4, 8, 1, &map_opts);
	if (map_fd < 0)
		return features_refuse(-errno, diag);
	program_fd = load_counter(map_fd, 0);
	if (program_fd < 0)
		return features_refuse(-errno, diag);
	f.bpf = true;
	f.uprobe_perf = access("/sys/bus/event_source/devices/uprobe/type", R_OK) == 0;
	f.uprobe_multi = try_multi(map_fd, ATTACH_UPROBE_MULTI);
	f.uprobe_session = f.uprobe_multi && try_multi(map_fd, ATTACH_UPROBE_SESSION);
	/* Taking a probe away takes a while. Sessions came after the filter was right. */
	f.uprobe_multi_process = f.uprobe_session || (f.uprobe_multi && try_multi_process(map_fd));
	f.find_vma = libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_find_vma, NULL) == 1;
	f.perf_mmap2_build_id = try_perf_build_id();
	features_mask(&f);
	*ret = f;
	log_debug(LOG_FEATURES,
		  "uprobe_multi %d, session %d, process filter %d, perf uprobes %d, find_vma %d, "
		  "build-ids from the kernel %d",
		  f.uprobe_multi, f.uprobe_session, f.uprobe_multi_process, f.uprobe_perf,
		  f.find_vma, f.perf_mmap2_build_id);
	if (!f.uprobe_multi && !f.uprobe_perf)
		return diag_add(diag, -ENOTSUP,
				"this kernel was built without uprobes "
				"(CONFIG_UPROBES)");
	return 0;
}
