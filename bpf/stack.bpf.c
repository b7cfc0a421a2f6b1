// SPDX-License-Identifier: GPL-2.0
/* Walking, telling apart and sending stacks: see stack.bpf.h. */
#include "maps.bpf.h"
#include "events.bpf.h"
#include "stack.bpf.h"
#include "unwind.bpf.h"
#include "window.bpf.h"

static __always_inline __u64 stack_hash(__u64 hash, __u64 pc)
{
	hash = (hash ^ pc) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/* The code generation of the space: see struct lt_space. */
static __always_inline __u64 code_generation(struct lt_space *space, __u64 exec_vm)
{
	__u64 generation;

	if (space->exec_vm == exec_vm)
		return space->code_generation;
	/* First, or a thread that finds its own number there would go on with what was mapped. */
	generation = __sync_fetch_and_add(&space->code_generation, 1) + 1;
	space->exec_vm = exec_vm;
	return generation;
}

/* Sets up task->unwind for the space and the moment. */
static __always_inline void walk_begin(struct lt_task *task)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct mm_struct *mm = current->mm;
	struct lt_unwind *unwind = &task->unwind;
	__u32 key = task->space & (LT_MAX_SPACES - 1);
	struct lt_space *space = bpf_map_lookup_elem(&lt_spaces, &key);
	struct xol_area *area;
	__u64 generation;

	task->first = unwind->regs;
	unwind->space = task->space;
	/* No two spaces have both the same id and the same start. */
	unwind->seed = stack_hash(key, space ? space->start_ns : 0);
	unwind->window_start = 0;
	unwind->innermost = 0;
	unwind->used_bp = 0;
	unwind->trampoline = 0;
	unwind->forgettable = 0;
	if (!mm || !space)
		return;
	generation = code_generation(space, mm->exec_vm);
	if (unwind->generation != generation)
		unwind->code.end = 0;
	unwind->generation = generation;
	area = mm->uprobes_state.xol_area;
	if (area)
		unwind->trampoline = area->vaddr;
}

/* What a result of unwind_step() says about the whole stack. */
static __always_inline __u8 walk_end(const struct lt_task *task, int result)
{
	switch (result) {
	case LT_UNWIND_COMPLETE:
		return task->unwind.used_bp ? LT_STACK_FRAME_POINTER : LT_STACK_COMPLETE;
	case LT_UNWIND_UNREADABLE:
		return LT_STACK_UNREADABLE;
	case LT_UNWIND_NO_MODULE:
		return LT_STACK_NO_MODULE;
	case LT_UNWIND_STEPPED:
		return LT_STACK_TRUNCATED;
	}
	return task->unwind.used_bp ? LT_STACK_FRAME_POINTER : LT_STACK_UNKNOWN_CODE;
}

/* Without tables: by frame pointers, believed as far as they lead upwards in small steps. */
#define LT_MAX_FRAME_BYTES (1u << 20)

__noinline int step_by_frame_pointer(struct lt_task *task)
{
	struct lt_unwind_regs *regs;
	struct {
		__u64 bp;
		__u64 ip;
	} record;

	if (!task)
		return LT_UNWIND_NO_RULE;
	regs = &task->unwind.regs;
	task->unwind.used_bp++;
	if ((regs->bp & 7) || regs->bp < regs->sp || regs->bp - regs->sp > LT_MAX_FRAME_BYTES ||
	    bpf_probe_read_user(&record, sizeof(record), (void *)regs->bp) || record.ip < 4096 ||
	    record.ip >> 56)
		return LT_UNWIND_COMPLETE;
	regs->sp = regs->bp + sizeof(record);
	regs->bp = record.bp;
	regs->ip = record.ip;
	return LT_UNWIND_STEPPED;
}

/*
 * Adds the frame that task->unwind has come to as number I, and moves on to its caller. A function
 * of its own, so that the verifier walks through it once.
 */
__noinline int walk_frame(struct lt_task *task, __u32 i)
{
	struct lt_unwind *unwind;
	__u32 is_return;
	__u64 pc;
	int result;

	if (!task)
		return LT_UNWIND_NO_RULE;
	unwind = &task->unwind;
	is_return = unwind->regs.is_return & 1;
	pc = unwind->regs.ip - is_return;
	result = lt_use_tables ? unwind_step(task) : step_by_frame_pointer(task);
	/* A frame made for a signal was not called: its address is what it is. */
	if (unwind->innermost && result != LT_UNWIND_NO_MODULE)
		pc = (pc + is_return) | LT_PC_SIGNAL;
	task->stack.pcs[i & 255] = pc;
	/* At one address there may be one file after another. */
	task->stack.hash =
		stack_hash(task->stack.hash, pc ^ (__u64)unwind->code.first_granule << 44);
	return result;
}

/* Fills task->stack; returns what the last step came to. */
static __always_inline int stack_walk(struct lt_task *task)
{
	int result = LT_UNWIND_STEPPED;
	__u32 n = 0;

	task->stack.hash = task->unwind.seed;
	for (__u32 i = 0; i < LT_MAX_FRAMES; i++) {
		result = walk_frame(task, i);
		n = i + 1;
		if (result)
			break;
	}
	task->stack.n = (__u16)n;
	task->stack.end = walk_end(task, result);
	return result;
}

/* A fresh index in the task's space, 0 when they are used up. */
static __always_inline __u32 index_new(const struct lt_task *task)
{
	__u32 key = task->space & (LT_MAX_SPACES - 1), index;
	struct lt_space *space = bpf_map_lookup_elem(&lt_spaces, &key);

	if (!space)
		return 0;
	index = __sync_fetch_and_add(&space->n_stacks, 1) + 1;
	if (index <= LT_STACK_MAX)
		return index;
	loss(key, LT_LOSS_STACKS_FULL);
	return 0;
}

/* Sends the frames once; returns their index in the space, 0 if that failed. */
static __always_inline __u32 stack_send(struct lt_task *task)
{
	__u32 index = index_new(task), n = task->stack.n;
	__u64 hash = task->stack.hash;
	__u32 *known;

	if (!index)
		return 0;
	if (n > LT_MAX_FRAMES)
		n = LT_MAX_FRAMES;
	task->stack.event.type = LT_EVENT_STACK;
	task->stack.event.space = task->space;
	task->stack.event.time_ns = bpf_ktime_get_ns();
	task->stack.index = index;
	if (events_send_later(&task->stack, sizeof(task->stack) + 8 * n)) {
		/* Not known as sent, so the next allocation from here tries again. */
		loss(task->space, LT_LOSS_STACK_UNSENT);
		return 0;
	}
	if (bpf_map_update_elem(&lt_stacks, &hash, &index, BPF_NOEXIST) == 0)
		return index;
	/* Another thread was faster, or the map is full: then it is sent every time. */
	known = bpf_map_lookup_elem(&lt_stacks, &hash);
	return known ? *known : index;
}

/* How much of the stack there is to copy, by where the main thread's began. */
static __always_inline __u64 raw_bytes(__u64 sp)
{
	__u64 start = BPF_CORE_READ(bpf_get_current_task_btf(), mm, start_stack);

	/* Another thread's, or a very deep one: as much as there is. */
	return start > sp && start - sp < LT_RAW_MAX_BYTES ? (start - sp + 63) & ~63ull :
							     LT_RAW_MAX_BYTES;
}

/* STEP if R is 0, without a branch: the verifier would walk both ways after each of the steps. */
static __always_inline __u32 raw_step(__u32 step, __s64 r)
{
	__u64 failed = (__u64)r | -(__u64)r;

	barrier_var(failed);
	return step & ~(__u32)((__s64)failed >> 63);
}

/*
 * Copies up to N bytes of the stack, from its top on: halves of what BYTES has room for, so that
 * it ends close to where the stack's memory does. Returns how many.
 */
static __always_inline __u32 raw_copy(__u8 *bytes, __u32 space, __u64 sp, __u64 n)
{
	__u32 done = 0;

#pragma unroll
	for (__u32 step = space / 2; step >= 64; step /= 2) {
		__s64 r = -1;

		/* A multiple of what was copied at a time before, which Linux 6.1 does not see. */
		barrier_var(done);
		done &= (space - 1) & ~(2 * step - 1);
		if (done + step <= n)
			r = bpf_probe_read_user(bytes + done, step, (void *)(sp + done));
		done += raw_step(step, r);
	}
	return done;
}

#define RAW_SEND(name, space_bytes)                                                                \
	static __noinline __u32 name(struct lt_task *task, __u32 index, __u64 n)                   \
	{                                                                                          \
		struct lt_event_raw *raw =                                                         \
			bpf_ringbuf_reserve(&lt_raws, sizeof(*raw) + (space_bytes), 0);            \
                                                                                                   \
		if (!raw)                                                                          \
			return 0;                                                                  \
		raw->event.type = LT_EVENT_RAW;                                                    \
		raw->event.space = task->space;                                                    \
		raw->event.time_ns = bpf_ktime_get_ns();                                           \
		raw->index = index;                                                                \
		raw->trampoline = task->unwind.trampoline;                                         \
		/* Less for the verifier than a copy word by word. */                              \
		bpf_probe_read_kernel(raw->redirected, sizeof(raw->redirected), task->redirected); \
		raw->regs = task->first;                                                           \
		raw->n_bytes = raw_copy(raw->bytes, space_bytes, task->first.sp, n);               \
		bpf_ringbuf_submit(raw, 0);                                                        \
		return index;                                                                      \
	}

RAW_SEND(raw_send_1k, 1024)
RAW_SEND(raw_send_4k, 4096)
RAW_SEND(raw_send_8k, 8192)
RAW_SEND(raw_send_32k, LT_RAW_MAX_BYTES)

/* What raw_copy() can copy into so many bytes. */
#define RAW_ROOM(n) (n - 64)

/*
 * For a stack that leads through a file whose table is not there yet: user space unwinds a copy
 * of it. Each such stack has an index of its own; a library is new for a few milliseconds only.
 * Returns 0 if there was no room.
 */
static __always_inline __u32 stack_send_raw(struct lt_task *task)
{
	__u32 index = index_new(task);
	__u64 n = raw_bytes(task->first.sp);

	if (!index)
		return 0;
	unwind_redirected(task);
	if (bpf_ringbuf_query(&lt_raws, BPF_RB_AVAIL_DATA) > LT_RAW_RING_BYTES / 2)
		events_pause();
	if (n <= RAW_ROOM(1024))
		return raw_send_1k(task, index, n);
	if (n <= RAW_ROOM(4096))
		return raw_send_4k(task, index, n);
	if (n <= RAW_ROOM(8192))
		return raw_send_8k(task, index, n);
	return raw_send_32k(task, index, n);
}

/* The key of a stack that begins like this one. */
static __always_inline __u64 known_key(const struct lt_task *task)
{
	const struct lt_unwind *unwind = &task->unwind;

	return stack_hash(stack_hash(stack_hash(unwind->seed, task->first.sp), task->first.ip),
			  unwind->generation);
}

/* After so many branches a stack is unwound each time. */
#define KNOWN_BRANCHES 32

/* So many words are compared at a time; the last ones may be fewer. */
#define KNOWN_STEP 16

/*
 * The number of the first word that is not what it was, of up to KNOWN_STEP from FIRST on, and the
 * word in task->unwind.word; LT_KNOWN_WORDS if they are all the same, above that if one cannot be
 * read. A function of its own, so that the verifier walks through it once.
 */
__noinline __u32 known_compare(struct lt_task *task, const struct lt_known *known, __u32 first)
{
	__u64 word = 0, sp;
	__u32 n;

	if (!task || !known || first > LT_KNOWN_WORDS - KNOWN_STEP)
		return LT_KNOWN_WORDS + 1;
	sp = known->sp;
	n = known->n_words;
#pragma unroll
	for (__u32 i = 0; i < KNOWN_STEP; i++) {
		if (first + i >= n)
			break;
		if (window_read(&task->unwind, sp + 8ull * known->offsets[first + i], &word))
			return LT_KNOWN_WORDS + 1;
		if (word != known->words[first + i]) {
			task->unwind.word = word;
			return first + i;
		}
	}
	return LT_KNOWN_WORDS;
}

/* The key of the stacks that are like those with KEY up to one thing, and have VALUE there. */
static __always_inline __u64 known_branch(__u64 key, __u32 which, __u64 value)
{
	return stack_hash(stack_hash(key, which + 1), value);
}

#define KNOWN_BP LT_KNOWN_WORDS
#define KNOWN_BX (LT_KNOWN_WORDS + 1)

/*
 * Compares the stack with one entry, from word *FIRST on. Returns 0 if it is another stack, with
 * the key of the next entry to look at in task->unwind.known_key; that is 0 if there is none.
 */
__noinline __u32 known_match(struct lt_task *task, const struct lt_known *known, __u32 *first)
{
	struct lt_unwind *unwind;
	__u32 n = LT_KNOWN_WORDS;
	__u64 key;

	if (!task || !known || !first)
		return 0;
	unwind = &task->unwind;
	key = unwind->known_key;
	unwind->known_key = 0;
	if (known->ip != task->first.ip || known->sp != task->first.sp ||
	    known->generation != unwind->generation)
		return 0;
	if (known->bp_matters && known->bp != task->first.bp) {
		unwind->known_key = known_branch(key, KNOWN_BP, task->first.bp);
		return 0;
	}
	if (known->bx_matters && known->bx != task->first.bx) {
		unwind->known_key = known_branch(key, KNOWN_BX, task->first.bx);
		return 0;
	}
	for (__u32 i = *first; i < LT_KNOWN_WORDS && i < known->n_words; i += KNOWN_STEP) {
		n = known_compare(task, known, i);
		if (n != LT_KNOWN_WORDS)
			break;
	}
	if (n == LT_KNOWN_WORDS)
		return known->index;
	if (n < LT_KNOWN_WORDS) {
		unwind->known_key = known_branch(key, n, unwind->word);
		*first = n - n % KNOWN_STEP;
	}
	return 0;
}

/*
 * The index of a stack that was unwound before, if this one is the same; else 0. Different stacks
 * may begin with the same frame, interpreters have thousands. So the entries are a tree: where
 * a word is another one than in the entry that was found, the stacks which have this word there
 * are next, and what came before is the same in all of them. Each word is compared about once.
 */
__noinline __u32 known_find(struct lt_task *task)
{
	const struct lt_known *known;
	__u32 first = 0, index;
	__u64 key;

	if (!task)
		return 0;
	task->unwind.known_key = known_key(task);
	for (int i = 0; i < KNOWN_BRANCHES; i++) {
		key = task->unwind.known_key;
		if (!key)
			return 0;
		known = bpf_map_lookup_elem(&lt_known, &key);
		if (!known)
			return 0;
		index = known_match(task, known, &first);
		if (index)
			return index;
	}
	task->unwind.known_key = 0;
	return 0;
}

/* Before a stack is unwound: what is read from now on is noted. */
static __always_inline void known_begin(struct lt_task *task)
{
	struct lt_known *known = &task->unwind.known;

	known->ip = task->first.ip;
	known->sp = task->first.sp;
	known->generation = task->unwind.generation;
	known->bp = task->first.bp;
	known->bx = task->first.bx;
	known->n_words = 0;
	known->bp_matters = 0;
	known->bx_matters = 0;
}

/* Keeps what was read for the next stack like this. */
static __always_inline void known_add(struct lt_task *task, __u32 index)
{
	struct lt_event_known event = { .event.type = LT_EVENT_KNOWN };
	struct lt_task *stored;

	if (!index || !task->unwind.known_key || task->unwind.forgettable ||
	    task->stack.end != LT_STACK_COMPLETE)
		return;
	/* The same as TASK; Linux before 6.2 refuses an argument as the value of an update. */
	stored = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0, 0);
	if (!stored)
		return;
	event.event.space = task->space;
	event.event.time_ns = bpf_ktime_get_ns();
	event.key = task->unwind.known_key;
	event.generation = task->unwind.generation;
	task->unwind.known.index = index;
	if (bpf_map_update_elem(&lt_known, &event.key, &stored->unwind.known, BPF_NOEXIST))
		return;
	/* User space must know of it, to delete it one day. */
	if (events_send_later(&event, sizeof(event)))
		bpf_map_delete_elem(&lt_known, &event.key);
}

__u32 stack_index(struct lt_task *task)
{
	__u32 *known, index;
	__u64 hash;
	int result;

	if (!task)
		return 0;
	walk_begin(task);
	if (!lt_exact_stacks && lt_use_tables) {
		index = known_find(task);
		if (index)
			return index;
	}
	known_begin(task);
	result = stack_walk(task);
	if (result == LT_UNWIND_NO_MODULE) {
		index = stack_send_raw(task);
		if (index)
			return index;
		/* No room for a copy: the frames up to the unknown file are better than none. */
		loss(task->space, LT_LOSS_STACK_CUT);
	}
	hash = task->stack.hash;
	known = bpf_map_lookup_elem(&lt_stacks, &hash);
	if (!known)
		return stack_send(task);
	index = *known;
	/* Remembering costs more than unwinding, and most stacks of a short process come once. */
	if (!lt_exact_stacks && lt_use_tables)
		known_add(task, index);
	return index;
}
