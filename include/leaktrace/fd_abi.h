/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The part of the contract that is about descriptors: what a system call does to them, what is
 * recorded of each, and what an open file is. Included by abi.h.
 */
#ifndef LEAKTRACE_FD_ABI_H
#define LEAKTRACE_FD_ABI_H

#include <linux/types.h>

/* What a system call does to the table of descriptors. */
enum lt_fd_call {
	LT_FD_RESULT = 1,  /* its result is a new descriptor */
	LT_FD_PAIR,	   /* two new ones, where its first argument points */
	LT_FD_PAIR4,	   /* the same for its fourth argument */
	LT_FD_DUP2,	   /* (old, new): may close the one that new is */
	LT_FD_CLOSE,	   /* (fd) */
	LT_FD_CLOSE_RANGE, /* (first, last, flags) */
	LT_FD_FCNTL,	   /* (fd, command): F_DUPFD makes one */
	LT_FD_IOCTL,	   /* (fd, command): the result may be one */
	LT_FD_BPF,	   /* (command): some make one */
	LT_FD_SECCOMP,	   /* (operation, flags): a listener is one */
	LT_FD_RECVMSG,	   /* (fd, message): some may have come with it */
	LT_FD_RECVMMSG,	   /* (fd, messages): the same for each of them */
	LT_FD_CLONE,	   /* (flags, stack, where the pidfd goes) */
	LT_FD_CLONE3,	   /* (arguments) */
	LT_FD_UNSHARE,	   /* (flags): the table may now be a copy */
};

/* Key of lt_fds. A table is named by the process that it was made for. */
struct lt_fd_key {
	__u32 table;
	__u32 fd;
};

enum lt_fd_flags {
	LT_FD_INHERITED = 1, /* it came with a fork, or was there when the command began */
	LT_FD_BEFORE = 2,    /* it was open when leaktrace attached */
	LT_FD_CARRIED = 4,   /* an earlier program of the process opened it and called exec */
};

/* Value of lt_fds: an open descriptor. */
struct lt_fd {
	__u64 file;	/* which open file it is, see lt_file.identity */
	__u64 birth_ns; /* the same for all that one call has made */
	__u32 space;	/* STACK is one of its */
	__u32 stack;
	__u32 epoch; /* the test it was born in; 0: none */
	__u32 flags; /* enum lt_fd_flags */
};
_Static_assert(sizeof(struct lt_fd) == 32, "the same on both sides");

/* All descriptors of all traced processes. */
#define LT_MAX_FDS (1u << 18)

/* Key and value of lt_bad_closes: closes of what was not open, by call site. */
struct lt_bad_close_key {
	__u32 space;
	__u32 stack;
};

struct lt_bad_close {
	__u64 n;
	__u64 first_ns;
	__s32 fd; /* of the first of them */
	__u32 epoch;
};
#define LT_MAX_BAD_CLOSES 16384

/* A file name: its parts, the last one first, each ended by a NUL. */
#define LT_MAX_NAME_BYTES  4096
#define LT_MAX_NAME_PARTS  128
#define LT_NAME_PART_BYTES 256

enum lt_file_flags {
	LT_FILE_DELETED = 1, /* the name is gone */
	LT_FILE_PSEUDO = 2,  /* it is in no directory: its name is that of its kind */
	LT_FILE_CUT = 4,     /* the name is longer than what is there of it */
	LT_FILE_UNSEEN = 8,  /* that it was opened was not seen: there is no record of it */
	LT_FILE_CLOEXEC = 16,
	LT_FILE_PEER = 32, /* the name is that of the other end */
};

/* What an open file is. */
struct lt_file {
	__u64 identity; /* differs from that of other open files, as far as can be told */
	__u64 ino;
	__u64 magic; /* of its file system */
	__u32 mode;
	__u32 open_flags;
	__u32 flags;	    /* enum lt_file_flags */
	__u32 n_name_bytes; /* that follow the struct */
	__u64 sock;	    /* the kernel's address of a socket; 0: it is none */
	__u64 peer;	    /* of the socket at the other end of an AF_UNIX one */
	__u8 local[16];	    /* address, for AF_INET its first 4 bytes */
	__u8 remote[16];    /* the same for the other end */
	__u16 local_port;
	__u16 remote_port;
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u8 state; /* TCP_... */
	__u8 padding[5];
};
_Static_assert(sizeof(struct lt_file) == 104, "the same on both sides");

#endif
