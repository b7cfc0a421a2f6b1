// SPDX-License-Identifier: GPL-2.0
/*
 * One frame of unwinding: address -> mapping -> granule -> row -> rule -> the caller's registers.
 * Mappings are found in the kernel's own list when a stack first leads into them, so that a new
 * process, a fork or a freshly loaded library needs nobody's attention.
 */
#include "maps.bpf.h"
#include "events.bpf.h"
#include "unwind.bpf.h"
#include "window.bpf.h"

static __always_inline int stack_read(void *context, __u64 address, __u64 *value);
static __always_inline void stack_use(void *context, __u8 which);
#define LT_UNWIND_READ(context, address, value) stack_read(context, address, value)
#define LT_UNWIND_USE(context, reg)		stack_use(context, reg)
#include "leaktrace/unwind_step.h"

/* Notes that the stack depends on this word. */
static __always_inline void stack_note(struct lt_unwind *unwind, __u64 address, __u64 value)
{
	struct lt_known *known = &unwind->known;
	__u64 offset = (address - known->sp) / 8;
	__u32 n = known->n_words;

	if (n >= LT_KNOWN_WORDS || offset > 0xffff || (address & 7)) {
		unwind->forgettable = 1;
		return;
	}
	known->offsets[n] = (__u16)offset;
	known->words[n] = value;
	known->n_words = n + 1;
}

static __always_inline int stack_read(void *context, __u64 address, __u64 *value)
{
	if (window_read(context, address, value))
		return -1;
	stack_note(context, address, *value);
	return 0;
}

/* Notes that the stack depends on a register of its first frame. */
static __always_inline void stack_use(void *context, __u8 which)
{
	struct lt_unwind *unwind = context;

	if (which == LT_UNWIND_BP)
		unwind->known.bp_matters = 1;
	else
		unwind->known.bx_matters = 1;
}

static __always_inline __u64 inode_mtime(struct inode *inode)
{
	struct inode___mtime67 *mtime67 = (void *)inode;
	struct inode___mtime *mtime = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime_sec))
		return BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ull +
		       BPF_CORE_READ(inode, i_mtime_nsec);
	if (bpf_core_field_exists(mtime67->__i_mtime))
		return BPF_CORE_READ(mtime67, __i_mtime.tv_sec) * 1000000000ull +
		       BPF_CORE_READ(mtime67, __i_mtime.tv_nsec);
	return BPF_CORE_READ(mtime, i_mtime.tv_sec) * 1000000000ull +
	       BPF_CORE_READ(mtime, i_mtime.tv_nsec);
}

/*
 * What is behind the mapping is read by helper: each pointer that is loaded directly from one that
 * the verifier knows costs it a search through all types of the kernel, in each state it comes in.
 */
static long find_code_vma(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	struct lt_found_code *find = data;
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct inode *inode;

	find->start = vma->vm_start;
	find->end = vma->vm_end;
	find->is_code = (vma->vm_flags & LT_VM_EXEC) != 0;
	find->key.offset = (__u64)vma->vm_pgoff << LT_PAGE_SHIFT;
	if (!file) {
		if (find->start == find->vdso) {
			find->key.offset = 0;
			find->key.ino = LT_MODULE_VDSO;
			find->is_file = 1;
		}
		return 0;
	}
	inode = BPF_CORE_READ(file, f_inode);
	find->is_file = 1;
	find->key.ino = BPF_CORE_READ(inode, i_ino);
	find->key.size = BPF_CORE_READ(inode, i_size);
	find->key.generation = BPF_CORE_READ(inode, i_generation);
	find->key.mtime_ns = inode_mtime(inode);
	find->key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	return 0;
}

/* Asks user space for the table of the file that was found. */
static __always_inline void code_request(struct lt_task *task)
{
	struct lt_event_module *event = &task->unwind.request;

	event->event.type = LT_EVENT_MODULE;
	event->event.space = task->unwind.space;
	event->event.time_ns = bpf_ktime_get_ns();
	event->key = task->unwind.found.key;
	event->start = task->unwind.found.start;
	/* Lost, it is sent again with the next stack that leads there. */
	events_send(event, sizeof(*event));
}

/* The cache of a space, made when it is needed first. */
static __always_inline struct lt_space_code *code_cache(__u32 space)
{
	struct lt_space_code *known = bpf_map_lookup_elem(&lt_spaces_code, &space), *none;
	__u32 zero = 0;

	if (known)
		return known;
	none = bpf_map_lookup_elem(&lt_no_code, &zero);
	if (!none)
		return NULL;
	bpf_map_update_elem(&lt_spaces_code, &space, none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&lt_spaces_code, &space);
}

/* Keeps the mapping in task->unwind.code for the other stacks of the space. */
static __always_inline void code_remember(struct lt_task *task)
{
	struct lt_space_code *known = code_cache(task->unwind.space);
	struct lt_code *code;
	__u32 sequence;

	if (!known)
		return;
	code = &known->code[__sync_fetch_and_add(&known->n_written, 1) & (LT_MAX_CODE - 1)];
	sequence = code->sequence;
	/* Someone else is writing here: then this mapping is looked up again. */
	if ((sequence & 1) ||
	    __sync_val_compare_and_swap(&code->sequence, sequence, sequence + 1) != sequence)
		return;
	code->n_granules = task->unwind.code.n_granules;
	code->first_granule = task->unwind.code.first_granule;
	code->generation = task->unwind.generation;
	code->start = task->unwind.code.start;
	code->bias = task->unwind.code.bias;
	code->end = task->unwind.code.end;
	__sync_fetch_and_add(&code->sequence, 1);
}

/*
 * Looks once for the mapping of PC in the kernel's list; what it finds is in task->unwind.found. A
 * function of its own, so that the verifier walks through it once.
 */
__noinline long code_look(struct lt_task *task, __u64 pc)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct lt_found_code found = {}; /* the helper wants it on the stack */
	struct lt_module *module;
	long r;

	/* Older kernels have no such helper: then user space has turned tables off. */
	if (!task || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		return -1;
	found.vdso = (__u64)BPF_CORE_READ(current, mm, context.vdso);
	r = bpf_find_vma(current, pc, find_code_vma, &found, 0);
	task->unwind.found = found;
	task->unwind.has_module = 0;
	/* Here, since Linux before 6.2 wants keys on the stack. */
	module = r == 0 && found.is_file ? bpf_map_lookup_elem(&lt_modules, &found.key) : NULL;
	if (module) {
		task->unwind.module = *module;
		task->unwind.has_module = 1;
	}
	return r;
}

/* Finds the mapping of PC in the kernel's list. Another thread may hold that list: try again. */
__noinline int code_find(struct lt_task *task, __u64 pc)
{
	struct lt_found_code *found;
	long r = -1;

	if (!task)
		return LT_UNWIND_NO_RULE;
	/* What is there may be half of an entry that was written over while it was copied. */
	task->unwind.code.end = 0;
	for (int i = 0; i < 64 && r; i++) {
		r = code_look(task, pc);
		if (r == -2) /* -ENOENT: nothing is mapped there */
			return LT_UNWIND_ASTRAY;
	}
	if (r)
		return LT_UNWIND_NO_MODULE;
	found = &task->unwind.found;
	if (!found->is_code)
		return LT_UNWIND_ASTRAY;
	task->unwind.code.start = found->start;
	task->unwind.code.bias = found->start;
	task->unwind.code.n_granules = 0;
	if (found->is_file) {
		if (!task->unwind.has_module) {
			code_request(task);
			return LT_UNWIND_NO_MODULE;
		}
		task->unwind.code.bias = found->start - task->unwind.module.pc_at_start;
		task->unwind.code.first_granule = task->unwind.module.first_granule;
		task->unwind.code.n_granules = task->unwind.module.n_granules;
	}
	task->unwind.code.end = found->end;
	code_remember(task);
	return 0;
}

/* Copies the entry that holds PC, if it is one and stays the same meanwhile. */
static __always_inline bool code_copy(struct lt_unwind *unwind, const volatile struct lt_code *code,
				      __u64 pc)
{
	__u32 sequence = code->sequence;

	if (pc < code->start || pc >= code->end || (sequence & 1) ||
	    code->generation != unwind->generation)
		return false;
	unwind->code.start = code->start;
	unwind->code.end = code->end;
	unwind->code.bias = code->bias;
	unwind->code.first_granule = code->first_granule;
	unwind->code.n_granules = code->n_granules;
	return code->sequence == sequence;
}

struct code_search {
	struct lt_unwind *unwind;
	const struct lt_space_code *known;
	__u64 pc;
	bool found;
};

static long code_try(__u32 i, void *data)
{
	struct code_search *search = data;

	if (i >= LT_MAX_CODE || i >= search->known->n_written)
		return 1;
	search->found = code_copy(search->unwind, &search->known->code[i], search->pc);
	return search->found;
}

/* Makes task->unwind.code the mapping of PC. Returns 0 or an enum lt_unwind_result. */
__noinline int code_select(struct lt_task *task, __u64 pc)
{
	struct code_search search = { .pc = pc };
	__u32 space;

	if (!task)
		return LT_UNWIND_NO_RULE;
	space = task->unwind.space;
	search.unwind = &task->unwind;
	search.known = bpf_map_lookup_elem(&lt_spaces_code, &space);
	if (search.known)
		bpf_loop(LT_MAX_CODE, code_try, &search, 0);
	return search.found ? 0 : code_find(task, pc);
}

/* The id of the rule for PC, an address within the module. */
__noinline int rule_find(__u32 first_granule, __u32 pc)
{
	__u32 key = first_granule + (pc >> LT_UNWIND_GRANULE_SHIFT), only = 0, lo, hi;
	void *granules = bpf_map_lookup_elem(&lt_granules, &only);
	void *rows = bpf_map_lookup_elem(&lt_rows, &only);
	struct lt_unwind_granule *granule;
	struct lt_unwind_row *row;

	if (!granules || !rows)
		return LT_UNWIND_RULE_NONE;
	granule = bpf_map_lookup_elem(granules, &key);
	if (!granule)
		return LT_UNWIND_RULE_NONE;
	lo = granule->first_row;
	hi = granule->next_first_row;
	/* The last row whose pc is not above ours; a granule has 257 rows at most. */
	for (int i = 0; i < 9; i++) {
		__u32 mid = (lo + hi) / 2;

		if (hi - lo <= 1)
			break;
		row = bpf_map_lookup_elem(rows, &mid);
		if (!row)
			return LT_UNWIND_RULE_NONE;
		if (row->pc > pc)
			hi = mid;
		else
			lo = mid;
	}
	row = bpf_map_lookup_elem(rows, &lo);
	return row && row->pc <= pc ? (int)row->rule : LT_UNWIND_RULE_NONE;
}

/* So many returns may be redirected at a time on one thread's stack. */
#define LT_MAX_RETURNS 64

struct return_search {
	struct return_instance *instance;
	__u64 sp;
	__u64 trampoline;
	__u64 original; /* 0: not found yet */
};

static long return_try(__u32 i, void *data)
{
	struct return_search *search = data;
	struct return_instance *instance = search->instance;
	__u64 original;

	if (!instance)
		return 1;
	original = BPF_CORE_READ(instance, orig_ret_vaddr);
	if (BPF_CORE_READ(instance, stack) + LT_RETURN_SP_DELTA == search->sp &&
	    original != search->trampoline) {
		search->original = original;
		return 1;
	}
	search->instance = BPF_CORE_READ(instance, next);
	return 0;
}

/*
 * A return address that a uprobe has redirected: the true one is with the kernel, by the place
 * on the stack that it was taken from.
 */
__noinline int return_repair(struct lt_task *task)
{
	struct uprobe_task *utask = BPF_CORE_READ(bpf_get_current_task_btf(), utask);
	struct return_search search = {};

	if (!task || !utask)
		return LT_UNWIND_ASTRAY;
	task->unwind.forgettable = 1;
	search.instance = BPF_CORE_READ(utask, return_instances);
	search.sp = task->unwind.regs.sp;
	search.trampoline = task->unwind.trampoline;
	bpf_loop(LT_MAX_RETURNS, return_try, &search, 0);
	if (!search.original)
		return LT_UNWIND_ASTRAY;
	task->unwind.regs.ip = search.original;
	return 0;
}

struct redirected_search {
	struct return_instance *instance;
	struct lt_task *task;
};

static long redirected_next(__u32 i, void *data)
{
	struct redirected_search *search = data;
	struct return_instance *instance = search->instance;
	struct lt_redirected *redirected;
	__u64 original;

	if (!instance)
		return 1;
	original = BPF_CORE_READ(instance, orig_ret_vaddr);
	/* Another probe has redirected it before: that one knows. */
	if (original != search->task->unwind.trampoline) {
		redirected = &search->task->redirected[i & (LT_MAX_REDIRECTED - 1)];
		redirected->sp = BPF_CORE_READ(instance, stack) + LT_RETURN_SP_DELTA;
		redirected->ip = original;
	}
	search->instance = BPF_CORE_READ(instance, next);
	return 0;
}

__attribute__((noinline)) int unwind_redirected(struct lt_task *task)
{
	struct uprobe_task *utask = BPF_CORE_READ(bpf_get_current_task_btf(), utask);
	struct redirected_search search = { .task = task };

	if (!task)
		return 0;
	__builtin_memset(task->redirected, 0, sizeof(task->redirected));
	if (utask)
		search.instance = BPF_CORE_READ(utask, return_instances);
	bpf_loop(LT_MAX_REDIRECTED, redirected_next, &search, 0);
	return 0;
}

/*
 * Whether the frame is the one that returns from a signal handler, in a C library that has no
 * unwind information for it: then the code itself tells, as it is the same everywhere
 * (mov $15, %rax; syscall).
 */
static __always_inline bool is_signal_return(const struct lt_unwind *unwind)
{
#if defined(__TARGET_ARCH_x86)
	__u64 code = 0;

	return unwind->regs.is_return &&
	       bpf_probe_read_user(&code, sizeof(code), (void *)unwind->regs.ip) == 0 &&
	       code == 0x0f0000000fc0c748ull;
#else
	return false;
#endif
}

/* Rules that need no lookup, and the one for frame pointers. */
static __always_inline int unwind_by_rule(struct lt_task *task, __u32 id)
{
	struct lt_unwind *unwind = &task->unwind;
	struct lt_unwind_rule *rule;
	__u32 innermost = unwind->innermost;

	if (id == LT_UNWIND_RULE_END)
		return LT_UNWIND_COMPLETE;
	if (id == LT_UNWIND_RULE_NONE) {
		unwind->innermost = is_signal_return(unwind);
		if (!unwind->innermost)
			return LT_UNWIND_NO_RULE;
		return lt_unwind_signal(unwind, &unwind->regs);
	}
	if (id == LT_UNWIND_RULE_FP) {
		unwind->used_bp++;
		unwind->innermost = 0;
		return lt_unwind_frame_pointer(unwind, &unwind->regs);
	}
	rule = bpf_map_lookup_elem(&lt_rules, &id);
	if (!rule)
		return LT_UNWIND_NO_RULE;
	unwind->innermost = id == LT_UNWIND_RULE_SIGNAL;
	return lt_unwind_apply(unwind, &unwind->regs, rule, innermost);
}

int unwind_step(struct lt_task *task)
{
	struct lt_unwind *unwind;
	__u64 pc, rel;
	int r;

	if (!task)
		return LT_UNWIND_NO_RULE;
	unwind = &task->unwind;
	pc = unwind->regs.ip - (unwind->regs.is_return & 1);
	if (pc < unwind->code.start || pc >= unwind->code.end) {
		r = code_select(task, pc);
		if (r)
			return r;
	}
	rel = pc - unwind->code.bias;
	if (!unwind->code.n_granules)
		r = unwind_by_rule(task, LT_UNWIND_RULE_FP);
	else if (rel >> LT_UNWIND_GRANULE_SHIFT < unwind->code.n_granules)
		r = unwind_by_rule(task, rule_find(unwind->code.first_granule, (__u32)rel));
	else
		r = LT_UNWIND_NO_RULE;
	if (r == LT_UNWIND_STEPPED && unwind->trampoline && unwind->regs.ip == unwind->trampoline)
		r = return_repair(task);
	return r;
}
