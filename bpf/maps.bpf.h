/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every kernel map once: what it holds, who writes it, who reads it, when an entry dies, and
 * what "full" means. Defined in maps.bpf.c.
 */
#ifndef LT_MAPS_BPF_H
#define LT_MAPS_BPF_H

#include "kernel.bpf.h"
#include "leaktrace/abi.h"
#include "leaktrace/mapping_abi.h"
#include "leaktrace/unwind_abi.h"

/*
 * tgid -> space. Written by process.bpf.c at fork, exec and exit, and by user space for the
 * command and for attached processes. Full: the process is not traced, LT_LOSS_PROCS_FULL.
 */
struct lt_procs_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LT_MAX_PROCS);
	__type(key, __u32);
	__type(value, struct lt_proc);
};
extern struct lt_procs_map lt_procs SEC(".maps");

/*
 * What is known of each space. Made by process.bpf.c, counted in by the probes, read and
 * recycled by user space, which maps it.
 */
struct lt_spaces_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LT_MAX_SPACES);
	__type(key, __u32);
	__type(value, struct lt_space);
};
extern struct lt_spaces_map lt_spaces SEC(".maps");

/*
 * Ids of spaces that were used and are free again, the ones freed last on top. Filled by user
 * space, taken by process.bpf.c. Empty: the next id that was never used is taken; where there is
 * none the new process is not traced, LT_LOSS_SPACES_FULL.
 */
struct lt_free_spaces_map {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, LT_MAX_SPACES);
	__type(value, __u32);
};
extern struct lt_free_spaces_map lt_free_spaces SEC(".maps");

/* One level of the table of live blocks: what user space makes and puts into lt_levels. */
struct lt_level_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1); /* those in use have more */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct lt_bucket));
};

/*
 * The table of live blocks (see abi.h). Blocks are added and removed by the probes; those of an
 * ended space by user space. No room in any level and in lt_overflow: LT_LOSS_BLOCKS_FULL.
 */
struct lt_levels_map {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, LT_LEVELS);
	__type(key, __u32);
	__array(values, struct lt_level_map);
};
extern struct lt_levels_map lt_levels SEC(".maps");

/* Blocks that have no slot or no key in the table. */
struct lt_overflow_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_OVERFLOW);
	__type(key, struct lt_overflow_key);
	__type(value, struct lt_block);
};
extern struct lt_overflow_map lt_overflow SEC(".maps");

/*
 * Hash of a call stack -> its index within its space: the stacks whose frames have been sent.
 * Written by the probes; user space deletes those of ended spaces. Full: frames are sent each time,
 * with another index; those of a space used up: LT_LOSS_STACKS_FULL.
 */
struct lt_stacks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_STACKS);
	__type(key, __u64);
	__type(value, __u32);
};
extern struct lt_stacks_map lt_stacks SEC(".maps");

/*
 * The unwind tables: filled by user space, which maps them; read by unwind.bpf.c. Only ever
 * appended to, so that a reader needs no lock. Rows and granules are in the one array that is in
 * the map at the time: user space puts a larger one there, with the same items, before it appends
 * what the old one has no room for.
 */
#define LT_GROWING_MAP(name, item)                                                                 \
	struct name##_array {                                                                      \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);                               \
		__uint(max_entries, 1); /* those in use have more */                               \
		__uint(key_size, sizeof(__u32));                                                   \
		__uint(value_size, sizeof(item));                                                  \
	};                                                                                         \
                                                                                                   \
	struct name##_map {                                                                        \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);                                          \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__array(values, struct name##_array);                                              \
	}

LT_GROWING_MAP(lt_rows, struct lt_unwind_row);
extern struct lt_rows_map lt_rows SEC(".maps");

LT_GROWING_MAP(lt_granules, struct lt_unwind_granule);
extern struct lt_granules_map lt_granules SEC(".maps");

struct lt_rules_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LT_UNWIND_MAX_RULES);
	__type(key, __u32);
	__type(value, struct lt_unwind_rule);
};
extern struct lt_rules_map lt_rules SEC(".maps");

/*
 * File -> its part of the tables. Written by user space when its table is complete. Missing:
 * the stack goes to user space as it is, with a request for the table.
 */
struct lt_modules_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_MODULES);
	__type(key, struct lt_module_key);
	__type(value, struct lt_module);
};
extern struct lt_modules_map lt_modules SEC(".maps");

/*
 * Space -> the mappings that its stacks lead through: a cache, filled by unwind.bpf.c from the
 * kernel's own list of mappings. Deleted by user space when the space is freed. Full: mappings
 * are looked up each time.
 */
struct lt_spaces_code_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_SPACES);
	__type(key, __u32);
	__type(value, struct lt_space_code);
};
extern struct lt_spaces_code_map lt_spaces_code SEC(".maps");

/* One value of zeros: what an entry of lt_spaces_code begins with. */
struct lt_no_code_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lt_space_code);
};
extern struct lt_no_code_map lt_no_code SEC(".maps");

/*
 * First frame of a stack, and where it differs from others with that frame -> what unwinding it
 * has read: see struct lt_known and known_find(). Written by stack.bpf.c; user space deletes those
 * of ended spaces. Full: stacks are unwound each time.
 */
struct lt_known_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_KNOWN);
	__type(key, __u64);
	__type(value, struct lt_known);
};
extern struct lt_known_map lt_known SEC(".maps");

/* A mapping as the kernel knows it. */
struct lt_found_code {
	struct lt_module_key key;
	__u64 start;
	__u64 end;
	__u64 vdso; /* where that is in this process */
	__u32 is_file;
	__u32 is_code;
};

/* A stack that is being unwound. */
#define LT_WINDOW_BYTES 1024

struct lt_unwind {
	struct lt_unwind_regs regs;
	__u64 window_start; /* address of window[0]; 0: nothing has been read */
	__u8 window[LT_WINDOW_BYTES];
	struct lt_code code;	    /* the mapping that the last frame was in */
	struct lt_found_code found; /* the mapping that was looked for last */
	struct lt_module module;    /* where its table is, if HAS_MODULE */
	__u64 has_module;
	struct lt_event_module request; /* for user space, on its way */
	__u64 seed;			/* of the keys of this space's stacks */
	__u64 generation;		/* of the space's code, when this stack began */
	__u64 trampoline; /* where redirected returns go; 0: there is none in this process */
	__u32 space;
	__u32 innermost;       /* no frame has been left yet, or a signal broke in here */
	__u32 used_bp;	       /* frames that went by the frame pointer */
	__u32 forgettable;     /* what was read cannot be told in KNOWN */
	struct lt_known known; /* what has been read */
	__u64 known_key;       /* where in lt_known to look next; 0: nowhere */
	__u64 word;	       /* of the stack, not the one that was expected */
};

/* A call of pthread_create or pthread_join, or of a relative, in progress. */
struct lt_thread_call {
	__u64 sp;     /* at its entry; 0: none */
	__u64 handle; /* pthread_join: the thread; pthread_create: where its handle goes */
	__u64 routine;
	__u32 detached;
	__u32 joins;		      /* pthread_join */
	struct lt_unwind_regs caller; /* pthread_create: where its caller's stack begins */
};

/*
 * What a thread is doing: its allocator call in progress, and room to work in (a per-CPU buffer
 * would be shared with whoever preempts the probe). Dies with the thread.
 */
struct lt_task {
	__u64 sp;    /* at the entry of the outermost call in progress; 0: none */
	__u64 block; /* the old block of a realloc */
	__u64 size;
	__u64 to_sample;     /* bytes from here to the next sample; 0: to be drawn */
	__u64 result_at;     /* where the result goes; 0: it is returned */
	struct lt_block old; /* of BLOCK, taken out of the table while realloc runs */
	__u32 call;	     /* see LT_CALL_KIND */
	__u32 space;
	__u32 had_old;	   /* OLD holds something */
	__u32 is_recorded; /* the call in progress makes a block that is to be recorded */
	__u32 home;	   /* space of the thread's process; 0: not looked for since its exec */
	__u32 epoch;	   /* of this thread's blocks, if it is not that of the space; 0: it is */
	__u32 outer_epoch; /* what EPOCH is again when the signal in progress has returned */
	__u32 test_thread; /* which of the threads that libtest makes for tests, from 1; 0: none */
	/* A call that an exception may leave, beside the one above: see LT_CALL_THROWS. */
	struct {
		__u64 sp; /* 0: none */
		__u64 size;
		__u64 inner; /* the last block that was recorded since it began */
		__u64 inner_bytes;
		__u32 space;
		__u32 padding;
	} throwing;
	__u64 released; /* by a call that may call another one for it, at RELEASED_SP */
	__u64 released_sp;
	__u64 arguments[8]; /* by their numbers; [0] is 1, for no COUNT */
	/* When the thread called exit(); exit_sp 0: it has not. */
	__u64 exit_sp;
	__u64 exit_registers[LT_EXIT_REGISTERS];
	struct lt_thread_call thread;
	struct lt_unwind_regs first; /* where the stack begins */
	struct lt_redirected redirected[LT_MAX_REDIRECTED];
	struct lt_unwind unwind;
	/* Buffers of events before they are sent. */
	union {
		struct lt_event_stack stack;
		struct lt_event_process process;
		struct lt_event_mapping mapping;
		struct lt_event_fd fd;
		struct lt_event_test test;
		/* A part of a name may be written behind what counts of it. */
		__u8 event[sizeof(struct lt_event_fd) + LT_MAX_NAME_BYTES + LT_NAME_PART_BYTES];
	};
};

struct lt_tasks_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lt_task);
};
extern struct lt_tasks_map lt_tasks SEC(".maps");

/*
 * The open descriptors of traced processes. Written by fd.bpf.c when a call that opens or closes
 * returns, and by fd_table.bpf.c at fork, exec and exit; by user space at an attach. An entry goes
 * when the descriptor is closed, at the latest when its process ends. Full: LT_LOSS_FDS_FULL.
 */
struct lt_fds_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_FDS);
	__type(key, struct lt_fd_key);
	__type(value, struct lt_fd);
};
extern struct lt_fds_map lt_fds SEC(".maps");

/*
 * Closes of what was not open, by call site. Written by fd.bpf.c; user space reads them, and
 * deletes those of ended spaces. Full: LT_LOSS_BAD_CLOSES_FULL.
 */
struct lt_bad_closes_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_BAD_CLOSES);
	__type(key, struct lt_bad_close_key);
	__type(value, struct lt_bad_close);
};
extern struct lt_bad_closes_map lt_bad_closes SEC(".maps");

/*
 * What was released after its test had ended. Written by boundary.bpf.c, read by user space for
 * the report; if releases are told apart, user space takes those of a space out when the space has
 * ended. Full: LT_LOSS_RELEASES_FULL.
 */
struct lt_releases_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_RELEASES);
	__type(key, struct lt_release_key);
	__type(value, struct lt_release);
};
extern struct lt_releases_map lt_releases SEC(".maps");

/* The signals of test frameworks. Written by user space before it puts probes on them. */
struct lt_signals_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LT_MAX_SIGNALS);
	__type(key, __u32);
	__type(value, struct lt_signal);
};
extern struct lt_signals_map lt_signals SEC(".maps");

/* Events for user space. Full: the event is dropped and counted; see each sender. */
struct lt_events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LT_RING_BYTES);
};
extern struct lt_events_map lt_events SEC(".maps");

/* Processes that wait for probes on what they have loaded. Full: they do not wait. */
struct lt_loads_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LT_LOAD_RING_BYTES);
};
extern struct lt_loads_map lt_loads SEC(".maps");

/* What user space has put probes on already. Written by it. Full: programs wait each time. */
struct lt_seen_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_SEEN);
	__type(key, struct lt_seen_key);
	__type(value, __u8);
};
extern struct lt_seen_map lt_seen SEC(".maps");

/*
 * Threads that wait before an exec, by tid. Written by load.bpf.c; user space deletes an entry to
 * let its thread go on. Full: they do not wait.
 */
struct lt_starts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LT_MAX_STARTS);
	__type(key, __u32);
	__type(value, __u8);
};
extern struct lt_starts_map lt_starts SEC(".maps");

/* Copies of stacks that user space unwinds; a ring of their own, so that they delay nothing. */
struct lt_raws_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LT_RAW_RING_BYTES);
};
extern struct lt_raws_map lt_raws SEC(".maps");

/* Processes that wait; a ring of their own, so that they need not wait for anything else. */
struct lt_holds_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LT_HOLD_RING_BYTES);
};
extern struct lt_holds_map lt_holds SEC(".maps");

/* Set by user space before the load. */
extern const volatile __u64 lt_start_ns;      /* CLOCK_MONOTONIC that birth times count from */
extern const volatile bool lt_follow;	      /* children are traced too */
extern const volatile bool lt_exact_stacks;   /* unwind each time */
extern const volatile bool lt_use_tables;     /* unwind by tables; else by frame pointers */
extern const volatile bool lt_trace_fds;      /* descriptors are traced */
extern const volatile __u64 lt_sample_bytes;  /* one sample in so many bytes; 0: every block */
extern const volatile bool lt_releases_apart; /* late releases by call site and time */
extern const volatile bool lt_skip_returns;   /* of calls that are not recorded */
extern const volatile __u32 lt_owner;	      /* leaktrace's own process */

extern const volatile struct lt_runner lt_runners[LT_MAX_RUNNERS]; /* up to the first of none */

/* Somebody answers processes that wait; written by user space, and cleared when that ends. */
extern volatile __u32 lt_holds_answered;

extern volatile __u32 lt_last_space; /* the highest id that was ever taken */

/* The newest level in use and the newest that exists. BPF moves the first up to the second. */
extern volatile __u32 lt_level_used;
extern volatile __u32 lt_level_ready;  /* written by user space */
extern volatile __u32 lt_level_wanted; /* the highest level that user space should make */
/* Blocks in lt_overflow. Who takes one out counts it. */
extern volatile __u32 lt_overflow_used;

extern volatile __u32 lt_last_epoch; /* how many tests have begun */

static __always_inline void loss(__u32 space, enum lt_loss which)
{
	__u32 key = space & (LT_MAX_SPACES - 1);
	struct lt_space *s = bpf_map_lookup_elem(&lt_spaces, &key);

	if (s && which < LT_MAX_LOSSES)
		__sync_fetch_and_add(&s->losses[which], 1);
}

#endif
