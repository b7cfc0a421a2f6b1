// SPDX-License-Identifier: GPL-2.0
/* Walks through whole tables of descriptors: see fd_table.bpf.h. */
#include "events.bpf.h"
#include "fd_table.bpf.h"
#include "file.bpf.h"
#include "space.bpf.h"

#define WORD_BITS 64
#define MAX_WORDS (1u << 14) /* 2^20 descriptors: more need a changed fs.nr_open */

/* As the last descriptor to look at. */
#define ALL 0xffffffffu

enum sweep_what {
	SWEEP_CLOSED,  /* forget what is closed */
	SWEEP_INHERIT, /* note what is open as inherited */
	SWEEP_EXEC,    /* what is open goes on in the new space, what is closed is forgotten */
	SWEEP_LEAVE,   /* what was opened in one space goes on in another */
	SWEEP_END,     /* tell user space of what is open, forget all */
	SWEEP_FORGET,  /* forget all */
};

/* A table that is being walked through: addresses in the kernel. */
struct fd_sweep {
	__u64 files; /* an array of pointers */
	__u64 open;  /* a bit for each descriptor */
	__u64 cloexec;
	__u32 n;     /* descriptors that fit */
	__u32 what;  /* enum sweep_what */
	__u32 table; /* as in struct lt_fd_key */
	__u32 space;
	__u32 old_space; /* SWEEP_LEAVE: what to look for */
	__u32 first;	 /* to look at; also of those that do not fit */
	__u32 last;
	__u32 word_first; /* what the first bit of WORD is about */
	__u64 word;	  /* of OPEN */
};

/* The address of the file behind FD. */
static __always_inline __u64 sweep_file(const struct fd_sweep *sweep, __u32 fd)
{
	__u64 file = 0;

	bpf_probe_read_kernel(&file, sizeof(file), (void *)(sweep->files + 8ull * fd));
	return file;
}

static __always_inline bool sweep_cloexec(const struct fd_sweep *sweep, __u32 fd)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)(sweep->cloexec + fd / 64 * 8ull));
	return (word >> (fd & 63)) & 1;
}

/* FD is open and came from elsewhere. */
__noinline int sweep_inherit(const struct fd_sweep *sweep, __u32 fd, __u64 file)
{
	struct lt_fd_key key = { .fd = fd };
	struct lt_fd value = { .flags = LT_FD_INHERITED };

	if (!sweep)
		return 0;
	key.table = sweep->table;
	value.file = file_identity(file);
	value.space = sweep->space;
	value.birth_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&lt_fds, &key, &value, BPF_ANY))
		loss(sweep->space, LT_LOSS_FDS_FULL);
	return 0;
}

/*
 * What is recorded of FD goes on in the new space, with a stack that user space copies there. A
 * function of its own: the stack of the programs is small.
 */
__noinline int sweep_carry(const struct fd_sweep *sweep, __u32 fd)
{
	struct lt_event_carried event = { .event.type = LT_EVENT_CARRIED };
	struct lt_fd_key key = { .fd = fd };
	struct lt_space *space;
	struct lt_fd *known;

	if (!sweep)
		return 0;
	key.table = sweep->table;
	known = bpf_map_lookup_elem(&lt_fds, &key);
	space = space_get(sweep->space);
	if (!known || !space || known->flags & (LT_FD_INHERITED | LT_FD_BEFORE))
		return 0;
	event.event.space = sweep->space;
	event.event.time_ns = bpf_ktime_get_ns();
	event.old_space = known->space;
	event.old_index = known->stack;
	event.index = __sync_fetch_and_add(&space->n_stacks, 1) + 1;
	known->space = sweep->space;
	known->stack = 0;
	known->flags |= LT_FD_CARRIED;
	if (!event.old_index || event.index > LT_STACK_MAX)
		return 0;
	if (events_send_later(&event, sizeof(event)))
		loss(sweep->space, LT_LOSS_STACK_UNSENT);
	else
		known->stack = event.index;
	return 0;
}

/* Sends FD, which is open at the end of its process. */
static __always_inline void sweep_send(const struct fd_sweep *sweep, __u32 fd, __u64 file,
				       const struct lt_fd *known)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct lt_task *task =
		bpf_task_storage_get(&lt_tasks, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u32 n;

	if (!task) {
		loss(sweep->space, LT_LOSS_FDS_UNTOLD);
		return;
	}
	n = file_describe(task, file, (__u64)BPF_CORE_READ(current, fs)) & (LT_MAX_NAME_BYTES - 1);
	task->fd.event.type = LT_EVENT_FD;
	task->fd.event.space = sweep->space;
	task->fd.event.time_ns = bpf_ktime_get_ns();
	task->fd.pid = current->tgid;
	task->fd.fd = fd;
	bpf_probe_read_kernel_str(task->fd.comm, sizeof(task->fd.comm), current->comm);
	if (sweep_cloexec(sweep, fd))
		task->fd.file.flags |= LT_FILE_CLOEXEC;
	if (known)
		task->fd.record = *known;
	else
		__builtin_memset(&task->fd.record, 0, sizeof(task->fd.record));
	if (!known || known->file != task->fd.file.identity)
		task->fd.file.flags |= LT_FILE_UNSEEN;
	if (events_send_later(&task->fd, sizeof(task->fd) + n))
		loss(sweep->space, LT_LOSS_FDS_UNTOLD);
}

/* FD at the end of its process; FILE is 0 if it is not open. */
static __always_inline void sweep_end(const struct fd_sweep *sweep, __u32 fd, __u64 file,
				      const struct lt_fd *known)
{
	__u64 identity = file ? file_identity(file) : 0;

	if (known && known->file != identity)
		loss(sweep->space, LT_LOSS_FDS_UNSEEN_CLOSED);
	if (!file || (known && known->file == identity && known->flags & LT_FD_INHERITED))
		return;
	sweep_send(sweep, fd, file, known);
}

__noinline int sweep_one(struct fd_sweep *sweep, __u32 fd, __u32 is_open)
{
	struct lt_fd_key key = { .fd = fd };
	struct lt_fd *known;
	__u64 file;

	if (!sweep || fd < sweep->first || fd > sweep->last)
		return 0;
	file = is_open ? sweep_file(sweep, fd) : 0;
	if (sweep->what == SWEEP_INHERIT) {
		if (file)
			sweep_inherit(sweep, fd, file);
		return 0;
	}
	key.table = sweep->table;
	known = bpf_map_lookup_elem(&lt_fds, &key);
	if (known && file && sweep->what == SWEEP_EXEC)
		sweep_carry(sweep, fd);
	else if (known && sweep->what == SWEEP_LEAVE && known->space == sweep->old_space)
		sweep_carry(sweep, fd);
	else if (sweep->what == SWEEP_END)
		sweep_end(sweep, fd, file, known);
	if (known && (!file || sweep->what >= SWEEP_END))
		bpf_map_delete_elem(&lt_fds, &key);
	return 0;
}

static long sweep_bit(__u32 bit, void *data)
{
	struct fd_sweep *sweep = data;
	__u32 is_open = (sweep->word >> (bit & (WORD_BITS - 1))) & 1;

	if (is_open || sweep->what != SWEEP_INHERIT)
		sweep_one(sweep, sweep->word_first + bit, is_open);
	return 0;
}

/* The descriptors of one word of the bitmap: the one of the first to look at, and I. */
static long sweep_word(__u32 i, void *data)
{
	struct fd_sweep *sweep = data;
	__u32 word = sweep->first / WORD_BITS + i;

	sweep->word_first = word * WORD_BITS;
	if (sweep->word_first >= sweep->n || sweep->word_first > sweep->last)
		return 1;
	if (i == MAX_WORDS) {
		loss(sweep->space, LT_LOSS_FDS_FULL);
		return 1;
	}
	sweep->word = 0;
	bpf_probe_read_kernel(&sweep->word, sizeof(sweep->word),
			      (void *)(sweep->open + sizeof(sweep->word) * word));
	bpf_loop(WORD_BITS, sweep_bit, sweep, 0);
	return 0;
}

/* Walks through the table at FILES (struct files_struct; 0: the process has none any more). */
static __always_inline int sweep_table(struct fd_sweep *sweep, __u64 files)
{
	struct fdtable *table;

	if (!files)
		return 0;
	table = BPF_CORE_READ((struct files_struct *)files, fdt);
	sweep->files = (__u64)BPF_CORE_READ(table, fd);
	sweep->open = (__u64)BPF_CORE_READ(table, open_fds);
	sweep->cloexec = (__u64)BPF_CORE_READ(table, close_on_exec);
	sweep->n = BPF_CORE_READ(table, max_fds);
	bpf_loop(MAX_WORDS + 1, sweep_word, sweep, 0);
	return 0;
}

/* The same for the table of the running process. */
static __always_inline int sweep_own(struct fd_sweep *sweep)
{
	return sweep_table(sweep, (__u64)BPF_CORE_READ(bpf_get_current_task_btf(), files));
}

int fd_table_closed(__u32 table, __u32 first, __u32 last)
{
	struct fd_sweep sweep = {
		.what = SWEEP_CLOSED, .table = table, .first = first, .last = last
	};

	return sweep_own(&sweep);
}

int fd_table_inherit(__u64 files, __u32 table, __u32 space)
{
	struct fd_sweep sweep = {
		.what = SWEEP_INHERIT, .table = table, .space = space, .last = ALL
	};

	return sweep_table(&sweep, files);
}

int fd_table_exec(__u32 table, __u32 space)
{
	struct fd_sweep sweep = { .what = SWEEP_EXEC, .table = table, .space = space, .last = ALL };

	return sweep_own(&sweep);
}

int fd_table_leave(__u32 table, __u32 old_space, __u32 space)
{
	struct fd_sweep sweep = { .what = SWEEP_LEAVE,
				  .table = table,
				  .space = space,
				  .old_space = old_space,
				  .last = ALL };

	return sweep_own(&sweep);
}

int fd_table_end(__u32 table, __u32 space)
{
	struct fd_sweep sweep = {
		.what = SWEEP_FORGET, .table = table, .space = space, .last = ALL
	};
	struct lt_space *own = space_get(space);

	/* A child of vfork() that ends without an exec has no image that could hold anything. */
	if (own && own->tgid == (__u32)bpf_get_current_task_btf()->tgid)
		sweep.what = SWEEP_END;
	return sweep_own(&sweep);
}
