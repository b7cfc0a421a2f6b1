/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The contract between bpf/ (which writes most of this) and src/ (which reads it): keys, values,
 * events and limits. Fixed sizes, explicit padding, no bit-fields.
 *
 * A "space" is one process image: an address space from fork or exec until the process ends or
 * executes another program. Processes that share an address space (vfork) share the space. All
 * accounting is per space, so nothing is ever mixed up by a reused pid.
 */
#ifndef LEAKTRACE_ABI_H
#define LEAKTRACE_ABI_H

#include <linux/types.h>

#include "leaktrace/test_abi.h"
#include "leaktrace/call_abi.h"
#include "leaktrace/fd_abi.h"
#include "leaktrace/unwind_abi.h"

#ifndef __bpf__
#include <assert.h>
#define LT_ASSERT(e) static_assert(e, #e)
#else
#define LT_ASSERT(e) _Static_assert(e, #e)
#endif

/* --- spaces --- */

#define LT_SPACE_BITS 13
#define LT_MAX_SPACES (1u << LT_SPACE_BITS) /* alive, or ended and not yet drained; 0 is none */
#define LT_MAX_PROCS  32768		    /* processes alive at once, in lt_procs */

enum lt_space_state {
	LT_SPACE_FREE = 0, /* its id is in lt_free_spaces, or not handed out yet */
	LT_SPACE_LIVE = 1,
	LT_SPACE_ENDED = 2, /* nothing is added any more; user space drains it and frees the id */
};

enum lt_space_end {
	LT_END_NONE = 0,
	LT_END_EXIT = 1,
	LT_END_EXEC = 2,
};

/* Losses that BPF counts per space: the first lines of loss.def. */
enum lt_loss {
#define LOSS(name, id, text) LT_LOSS_##name,
#include "leaktrace/loss.def"
#undef LOSS
	LT_LOSS_COUNT,
};
#define LT_MAX_LOSSES 32
LT_ASSERT(LT_LOSS_COUNT <= LT_MAX_LOSSES);

/* Event counts are spread over cache lines by CPU; the sum counts. */
#define LT_SHARDS 4

struct lt_counts {
	__u64 allocations;   /* calls that gave a block */
	__u64 frees;	     /* blocks given back */
	__u64 unknown_frees; /* releases of blocks that are not in the table */
	__u64 padding[5];
};
LT_ASSERT(sizeof(struct lt_counts) == 64);

/* Value of lt_spaces, an mmapable array indexed by space; entry 0 collects what has no space. */
struct lt_space {
	__u32 state;	    /* enum lt_space_state */
	__u32 users;	    /* processes in this address space: 1, more under vfork */
	__u32 tgid;	    /* of the process it was made for */
	__u32 ppid;	    /* tgid of its parent then */
	__u32 parent_space; /* fork: whose copy it is; exec: which image it replaced; else 0 */
	__u32 end;	    /* enum lt_space_end */
	__s32 wait_status;  /* as wait(2) gives it, for LT_END_EXIT */
	__u32 n_stacks;	    /* stack indexes handed out, from 1 */
	__u64 start_ns;	    /* CLOCK_MONOTONIC */
	__u64 end_ns;
	__u64 peak_rss_pages;	/* of the process, at its exit; 0: not known */
	__u64 rss_before_pages; /* exec: the peak of the images before this one in the process */
	/*
	 * Pages of code that the process mapped (mm_struct.exec_vm) when the last stack was taken,
	 * and how often that number has been another one than before: with each change, a library
	 * may have taken the place of another. dlopen allocates before it maps, so a dlclose and
	 * a dlopen are two changes even where the number ends as it began.
	 */
	__u64 exec_vm;
	__u64 code_generation;
	__u32 epoch;	  /* of the test that runs in it; 0: none */
	__u32 base_epoch; /* of the test that it was started in: the epoch between its own tests */
	__u32 runner;	  /* 1 + index in lt_runners: what the program in it is; 0: no runner */
	__u32 hold;	  /* enum lt_hold: why it waits; user space clears a bit to let it go on */
	__u32 last_epoch; /* of the last test that began in it, or that it was started in */
	__u32 full;	  /* 1: nothing more is recorded, see --max-blocks-per-process */
	__u64 signals;	  /* how many signals of frameworks were functions that it called */
	__u64 loaded_ns;  /* when it last went on to run what it had mapped; 0: not seen yet */
	__u32 libtest;	  /* enum lt_libtest */
	__u32 n_test_threads; /* that libtest has made */
	__u32 written;	      /* what unittest has written last, for written.bpf.c alone */
	__u32 written_epoch;  /* of the test that began with a line, and ends with one; 0: none */
	__u32 has_mapped;     /* 1: the program may have mapped memory itself */
	__u32 n_untraced;     /* processes that it has started and that are not followed */
	__u64 losses[LT_MAX_LOSSES]; /* by enum lt_loss */
	struct lt_counts counts[LT_SHARDS];
};
LT_ASSERT(sizeof(struct lt_space) == 144 + 8 * LT_MAX_LOSSES + 64 * LT_SHARDS);

/* Value of lt_procs, keyed by tgid. */
struct lt_proc {
	__u32 space;	/* 0 while only armed */
	__u32 armed;	/* 1: give it a space at its next exec (the command before it starts) */
	__u32 fd_table; /* tgid of the process whose descriptors it shares; 0: they are its own */
	__u32 epoch;	/* from vfork to exec: of the thread that made it, at that moment */
};

/* --- live blocks --- */

/*
 * A block is found by a 64-bit key: the space in the upper 20 bits, the address without its
 * lowest 3 bits in the rest. Addresses that do not fit (not a multiple of 8, or 2^47 and above)
 * and blocks that find no slot live in lt_overflow, which is keyed in full.
 */
#define LT_KEY_ADDR_BITS 44
LT_ASSERT(LT_SPACE_BITS + LT_KEY_ADDR_BITS <= 64);

#define LT_STACK_BITS	  24 /* 0: no stack; else the index of a stack within the space */
#define LT_STACK_MAX	  ((1u << LT_STACK_BITS) - 1)
#define LT_BLOCK_MAX_SIZE ((1ull << 40) - 1)
#define LT_BIRTH_SHIFT	  20 /* birth times count units of 2^20 ns (1.05 ms) from the start */

struct lt_block {
	__u64 size_stack; /* size << LT_STACK_BITS | stack */
	__u32 birth;	  /* (CLOCK_MONOTONIC - lt_start_ns) >> LT_BIRTH_SHIFT */
	__u32 epoch;	  /* the test it was born in; 0: none */
};
LT_ASSERT(sizeof(struct lt_block) == 16);

/*
 * The table: LT_LEVELS hash tables, each twice as large as the one before, made by user space when
 * they are needed. New blocks go to the newest level. Each key has two buckets per level: it goes
 * to the second one if the first is full, and that is counted there, so that nobody looks for a key
 * in a second bucket where none can be. A slot is free when its key is 0. Keys and count are one
 * cache line.
 */
#define LT_BUCKET_SLOTS	  7
#define LT_LEVELS	  10
#define LT_LEVEL0_BUCKETS (1u << 14)
#define LT_MAX_OVERFLOW	  65536
#define LT_GROW_OVERFLOW  (LT_MAX_OVERFLOW / 16) /* so many in it: time for the next level */

struct lt_bucket {
	__u64 keys[LT_BUCKET_SLOTS];
	__u64 n_spilled; /* keys that have this as their first bucket and are in their second one */
	struct lt_block blocks[LT_BUCKET_SLOTS];
	__u64 padding[2];
};
LT_ASSERT(sizeof(struct lt_bucket) == 192);

/* MurmurHash3's finalizer: every bit of N reaches every bit of the result. */
static inline __attribute__((always_inline)) __u64 lt_mix(__u64 n)
{
	n ^= n >> 33;
	n *= 0xff51afd7ed558ccdull;
	n ^= n >> 33;
	n *= 0xc4ceb9fe1a85ec53ull;
	n ^= n >> 33;
	return n;
}

/*
 * Which bucket is the first of a key, and which the second, modulo their number in the level.
 * Blocks of 64 neighbouring bytes have the same first one, and those of a page (4 KiB) have theirs
 * side by side: a program that goes through its memory goes through the table in the same way. With
 * buckets all over the table each block costs two or three misses of the caches and of the TLB,
 * which was a sixth of the time of a Python program with a million of them. The second one may be
 * anywhere.
 */
#define LT_NEAR_SHIFT 3 /* 64 bytes, in units of 8 */
#define LT_FAR_SHIFT  9 /* 4 KiB */

static inline __attribute__((always_inline)) __u32 lt_first_bucket(__u64 key)
{
	__u64 near = key >> LT_NEAR_SHIFT & ((1u << (LT_FAR_SHIFT - LT_NEAR_SHIFT)) - 1);

	return (__u32)(lt_mix(key >> LT_FAR_SHIFT) ^ near);
}

static inline __attribute__((always_inline)) __u32 lt_second_bucket(__u64 key)
{
	return (__u32)(lt_mix(key) >> 32);
}

struct lt_overflow_key {
	__u64 address;
	__u32 space;
	__u32 padding;
};

/* --- system calls --- */

/* What a system call is about, by its number. */
enum lt_family {
	LT_FAMILY_NONE = 0,
	LT_FAMILY_MAPPING,
	LT_FAMILY_FD,
	LT_FAMILY_WRITE,
	LT_FAMILY_PATH, /* messages about tests */
	LT_FAMILY_NAME, /* a thread is named, perhaps after a test */
};
#define LT_MAX_SYSCALLS 512 /* numbers from here on are not looked at */

/* --- unwinding -------------------------------------------------------------------------------- */

/* The tables of all modules together; see unwind_abi.h for rows, granules and rules. */
#define LT_MAX_ROWS	(1u << 21)
#define LT_MAX_GRANULES (1u << 19)
#define LT_MAX_MODULES	16384

/*
 * Key of lt_modules: a file as the kernel knows it, and which part of it is mapped. Generation,
 * size and time are there because inode numbers are used again and files are written over.
 */
struct lt_module_key {
	__u64 ino;
	__u64 size;
	__u64 mtime_ns;
	__u64 offset; /* of the mapping in the file */
	__u32 dev;    /* as the kernel encodes it */
	__u32 generation;
};
LT_ASSERT(sizeof(struct lt_module_key) == 40);

/* The keys of code that is in no file; no inode has these numbers on device 0. */
#define LT_MODULE_VDSO 1

/* Value of lt_modules: pc = address - start of the mapping + pc_at_start. */
struct lt_module {
	__u64 pc_at_start;
	__u32 first_granule;
	__u32 n_granules; /* 0: no table, go by frame pointers */
};
LT_ASSERT(sizeof(struct lt_module) == 16);

/*
 * Value of lt_spaces_code, by space: the mappings that stacks of the space have gone through.
 * Found by the programs themselves, one by one, when a stack leads into them. An entry holds for
 * one code generation of the space. SEQUENCE is odd while an entry is being written.
 */
#define LT_MAX_CODE 64

struct lt_code {
	__u32 sequence;
	__u32 first_granule;
	__u32 n_granules;
	__u32 padding;
	__u64 generation;
	__u64 start;
	__u64 end;  /* 0: no entry */
	__u64 bias; /* pc = address - bias */
};
LT_ASSERT(sizeof(struct lt_code) == 48);

struct lt_space_code {
	__u32 n_written; /* the next one goes to this index, modulo LT_MAX_CODE */
	__u32 padding;
	struct lt_code code[LT_MAX_CODE];
};

/*
 * Value of lt_known: what unwinding one stack has read, so that the same stack is recognised by
 * comparing instead of unwinding. Unwinding depends on nothing else: if the first frame and all
 * these words are the same, so is the stack. Written once, and deleted with its space. With its
 * header in the kernel an entry takes 2048 bytes, as one with fewer words would.
 */
#define LT_KNOWN_WORDS 192

struct lt_known {
	__u64 ip; /* of the first frame */
	__u64 sp;
	__u64 generation;
	__u64 bp; /* of the first frame, if BP_MATTERS */
	__u64 bx;
	__u32 index; /* of the stack within its space */
	__u32 n_words;
	__u8 bp_matters;
	__u8 bx_matters;
	__u8 padding[6];
	__u16 offsets[LT_KNOWN_WORDS]; /* of the words from sp, in words */
	__u64 words[LT_KNOWN_WORDS];
};
#define LT_MAX_KNOWN 32768

/* --- events, through the ring buffer lt_events --- */

#define LT_MAX_FRAMES 127
#define LT_MAX_ARGS   4096 /* argv travels with an exec event, cut before this many bytes */
#define LT_RING_BYTES (8u << 20)
#define LT_MAX_STACKS (1u << 18) /* distinct call stacks of all spaces that are alive */

enum lt_event_type {
	LT_EVENT_FORK = 1, /* struct lt_event_process, without args */
	LT_EVENT_EXEC,	   /* struct lt_event_process */
	LT_EVENT_END,	   /* struct lt_event: the space has ended */
	LT_EVENT_STACK,	   /* struct lt_event_stack */
	LT_EVENT_GROW,	   /* struct lt_event: the newest level of the block table is in use */
	LT_EVENT_MODULE,   /* struct lt_event_module: a table is missing */
	LT_EVENT_RAW,	   /* struct lt_event_raw: unwind this for me */
	LT_EVENT_KNOWN,	   /* struct lt_event_known: an entry to delete with the space */
	LT_EVENT_MAPPING,  /* struct lt_event_mapping, in mapping_abi.h */
	LT_EVENT_FD,	   /* struct lt_event_fd: the process ends with this descriptor open */
	LT_EVENT_TEST,	   /* struct lt_event_test */
	LT_EVENT_CARRIED,  /* struct lt_event_carried: a stack is now one of this space as well */
	LT_EVENT_HOLD,	   /* struct lt_event_hold: the process waits */
	LT_EVENT_THREAD,   /* struct lt_event_thread, in thread_abi.h */
};

struct lt_event {
	__u32 type;
	__u32 space;
	__u64 time_ns; /* CLOCK_MONOTONIC */
};

struct lt_event_process {
	struct lt_event event;
	__u32 args_bytes; /* of the whole argv; the first n_args of them follow */
	__u32 n_args;	  /* bytes that do follow */
	char args[];
};

/* How a stack ended. */
enum lt_stack_end {
	LT_STACK_COMPLETE = 0,	/* at the first function of the thread */
	LT_STACK_FRAME_POINTER, /* frame pointers were used on the way */
	LT_STACK_TRUNCATED,	/* LT_MAX_FRAMES */
	LT_STACK_UNREADABLE,	/* memory of the stack could not be read */
	LT_STACK_UNKNOWN_CODE,	/* code without unwind information */
	LT_STACK_NO_MODULE,	/* code of a file whose table was not there yet */
};

/* In pcs[]: this is no call, but the frame that the kernel made for a signal handler. */
#define LT_PC_SIGNAL (1ull << 63)

struct lt_event_stack {
	struct lt_event event;
	__u64 hash;  /* its key in lt_stacks */
	__u32 index; /* within the space */
	__u16 n;     /* of pcs */
	__u8 end;    /* enum lt_stack_end */
	__u8 padding;
	__u64 pcs[]; /* where the calls are: return addresses less 1; innermost first */
};
LT_ASSERT(sizeof(struct lt_event_stack) == 32);

struct lt_event_test {
	struct lt_event event;
	struct lt_test test;
	char texts[]; /* test.n_bytes of them */
};

/* A stack went through a file that has no entry in lt_modules. */
struct lt_event_module {
	struct lt_event event;
	struct lt_module_key key;
	__u64 start; /* of the mapping */
};

struct lt_event_known {
	struct lt_event event;
	__u64 key;	  /* in lt_known */
	__u64 generation; /* of the code; entries of earlier ones are of no use any more */
};

/* A descriptor: open when its process ended, or one of those that the iterator shows. */
struct lt_event_fd {
	struct lt_event event;
	__u32 pid;
	__u32 fd;
	struct lt_fd record; /* zeros if there is none */
	struct lt_file file;
	char comm[16]; /* of the process */
	char name[];   /* n_name_bytes of it */
};

/* exec: what the old image left open has a stack in the new one. */
struct lt_event_carried {
	struct lt_event event;
	__u32 index; /* within the space */
	__u32 old_space;
	__u32 old_index;
	__u32 padding;
};

/*
 * A stack that the kernel could not unwind, for lack of a table that user space will soon have:
 * the registers of the innermost frame and the stack memory from regs.sp on. Through lt_raws.
 */
#define LT_RAW_MAX_BYTES  32768
#define LT_RAW_RING_BYTES (16u << 20)

/* A return address on a stack that a uprobe has put its own in place of. */
struct lt_redirected {
	__u64 sp; /* behind the return; 0: no entry */
	__u64 ip; /* where it leads */
};
#define LT_MAX_REDIRECTED 8 /* on one stack that is copied: behind these it cannot be told */

struct lt_event_raw {
	struct lt_event event;
	__u32 index; /* within the space */
	__u32 n_bytes;
	__u64 trampoline; /* what is in their place; 0: there are none */
	struct lt_redirected redirected[LT_MAX_REDIRECTED];
	struct lt_unwind_regs regs;
	__u8 bytes[];
};

#include "leaktrace/hold_abi.h"

#endif
