// SPDX-License-Identifier: BSD-2-Clause
/*
 * fd_ring: descriptors that an io_uring opens and closes: no system call about them is made. One
 * is left open that the ring opened, and one is closed by it that open() opened.
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "truth.h"

struct ring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array;
	unsigned *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static void *ring_map(int fd, size_t bytes, off_t offset)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			    offset);

	if (memory == MAP_FAILED)
		_exit(97);
	return memory;
}

static int ring_open(struct ring *ring)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	ring->fd = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (ring->fd < 0)
		return -1;
	sq = ring_map(ring->fd, p.sq_off.array + p.sq_entries * 4, IORING_OFF_SQ_RING);
	cq = ring_map(ring->fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		      IORING_OFF_CQ_RING);
	ring->sqes = ring_map(ring->fd, p.sq_entries * sizeof(struct io_uring_sqe),
			      IORING_OFF_SQES);
	ring->sq_tail = (unsigned *)(sq + p.sq_off.tail);
	ring->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	ring->sq_array = (unsigned *)(sq + p.sq_off.array);
	ring->cq_head = (unsigned *)(cq + p.cq_off.head);
	ring->cq_tail = (unsigned *)(cq + p.cq_off.tail);
	ring->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return 0;
}

/* Does one thing and returns its result. */
static int ring_do(struct ring *ring, const struct io_uring_sqe *sqe)
{
	unsigned tail = *ring->sq_tail, slot = tail & *ring->sq_mask, head = *ring->cq_head;
	int result;

	ring->sqes[slot] = *sqe;
	ring->sq_array[slot] = slot;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1 ||
	    __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == head)
		_exit(97);
	result = ring->cqes[head & *ring->cq_mask].res;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

int main(void)
{
	struct io_uring_sqe open_one = { .opcode = IORING_OP_OPENAT,
					 .fd = AT_FDCWD,
					 .addr = (uint64_t)(uintptr_t)"/etc/group",
					 .open_flags = O_RDONLY };
	struct io_uring_sqe close_one = { .opcode = IORING_OP_CLOSE };
	struct ring ring;

	truth_begin();
	if (ring_open(&ring) < 0) {
		truth_word("refused", "io_uring_setup");
		truth_end();
		return 0;
	}
	close_one.fd = open("/etc/passwd", O_RDONLY);
	if (close_one.fd < 0 || ring_do(&ring, &close_one) != 0 || ring_do(&ring, &open_one) < 0)
		return 97;
	close(ring.fd);
	truth_end();
	return 0;
}
