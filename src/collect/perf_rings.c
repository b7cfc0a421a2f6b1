// SPDX-License-Identifier: BSD-2-Clause
/* Reading PERF_RECORD_MMAP2, COMM, FORK and EXIT: see perf_rings.h. */
#include "collect/perf_rings.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RING_PAGES = 128 };

struct perf_ring {
	int fd;
	struct perf_event_mmap_page *page;
	size_t page_bytes;
};

struct perf_rings {
	VEC(struct perf_ring) rings;
	size_t data_bytes;
	uint64_t order;
};

/* At the end of each record, by sample_id_all and PERF_SAMPLE_TID | PERF_SAMPLE_TIME. */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time_ns;
};

/* PERF_RECORD_MMAP2 with PERF_RECORD_MISC_MMAP_BUILD_ID; the path follows. */
struct mmap2_body {
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	uint8_t build_id_bytes;
	uint8_t reserved[3];
	uint8_t build_id[20];
	uint32_t prot, flags;
	char path[];
};

struct task_body {
	uint32_t pid, ppid, tid, ptid;
};

struct comm_body {
	uint32_t pid, tid;
};

static int ring_open(struct perf_rings *rings, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.mmap = 1,
		.mmap2 = 1,
		.build_id = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = 1,
	};
	struct perf_ring ring = { .page_bytes = (size_t)sysconf(_SC_PAGESIZE) };

	ring.fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring.fd < 0)
		return -errno;
	ring.page = mmap(NULL, ring.page_bytes * (1 + RING_PAGES), PROT_READ | PROT_WRITE,
			 MAP_SHARED, ring.fd, 0);
	if (ring.page == MAP_FAILED || vec_push(&rings->rings, ring) < 0) {
		int r = ring.page == MAP_FAILED ? -errno : -ENOMEM;

		close(ring.fd);
		return r;
	}
	rings->data_bytes = ring.page_bytes * RING_PAGES;
	return 0;
}

int perf_rings_open(struct perf_rings **ret_rings, struct diag *diag)
{
	_cleanup_(perf_rings_closep) struct perf_rings *rings = calloc(1, sizeof(*rings));
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (!rings)
		return -ENOMEM;
	for (int cpu = 0; cpu < n_cpus; cpu++) {
		int r = ring_open(rings, cpu);

		if (r == -ENODEV) /* offline */
			continue;
		if (r < 0)
			return diag_add(diag, r,
					"cannot watch which files are mapped "
					"(perf_event_open on CPU %d): %s",
					cpu, strerror(-r));
	}
	*ret_rings = TAKE_PTR(rings);
	return 0;
}

void perf_rings_close(struct perf_rings *rings)
{
	if (!rings)
		return;
	vec_foreach(ring, &rings->rings) {
		munmap(ring->page, ring->page_bytes * (1 + RING_PAGES));
		close(ring->fd);
	}
	vec_done(&rings->rings);
	free(rings);
}

int perf_rings_watch(struct perf_rings *rings, int epoll_fd)
{
	vec_foreach(ring, &rings->rings) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = ring->fd };

		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ring->fd, &event) < 0)
			return -errno;
	}
	return 0;
}

/* Anonymous executable memory ("//anon") and kernel inventions other than the vdso. */
static const char *mapped_path(const char *path)
{
	if (path[0] == '/' && path[1] != '/')
		return path;
	return strcmp(path, "[vdso]") == 0 ? path : "[anon]";
}

static int add_map(struct records *to, struct record *record, const uint8_t *bytes, size_t n,
		   bool has_build_id)
{
	const struct mmap2_body *body = (const void *)bytes;

	if (n < sizeof(*body) + 1 || !memchr(body->path, '\0', n - sizeof(*body)))
		return 0;
	record->kind = RECORD_MAP;
	record->pid = body->pid;
	record->start = body->addr;
	record->end = body->addr + body->len;
	record->offset = body->pgoff;
	if (has_build_id && body->build_id_bytes <= BUILD_ID_MAX_BYTES) {
		record->build_id_bytes = body->build_id_bytes;
		memcpy(record->build_id, body->build_id, body->build_id_bytes);
	}
	record->payload = strdup(mapped_path(body->path));
	if (!record->payload)
		return -ENOMEM;
	if (vec_push(&to->items, *record) < 0) {
		free(record->payload);
		return -ENOMEM;
	}
	return 0;
}

static int add_task(struct records *to, struct record *record, const uint8_t *bytes, size_t n,
		    bool fork)
{
	const struct task_body *body = (const void *)bytes;

	/* Threads come and go within their process. */
	if (n < sizeof(*body) || body->pid != body->tid || (fork && body->pid == body->ppid))
		return 0;
	record->kind = fork ? RECORD_FORK : RECORD_GONE;
	record->pid = body->pid;
	record->parent = body->ppid;
	return vec_push(&to->items, *record);
}

static int ring_record(struct perf_rings *rings, struct records *to, const uint8_t *bytes,
		       uint64_t *ret_lost)
{
	const struct perf_event_header *header = (const void *)bytes;
	const uint8_t *body = bytes + sizeof(*header);
	struct record record = { .order = rings->order++ };
	struct sample_id id;
	size_t n;

	if (header->size < sizeof(*header) + sizeof(id))
		return 0;
	n = header->size - sizeof(*header) - sizeof(id);
	memcpy(&id, bytes + header->size - sizeof(id), sizeof(id));
	record.time_ns = id.time_ns;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		return add_map(to, &record, body, n, header->misc & PERF_RECORD_MISC_MMAP_BUILD_ID);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return add_task(to, &record, body, n, header->type == PERF_RECORD_FORK);
	case PERF_RECORD_COMM:
		if (!(header->misc & PERF_RECORD_MISC_COMM_EXEC) || n < sizeof(struct comm_body))
			return 0;
		record.kind = RECORD_EXEC_MAPS;
		record.pid = ((const struct comm_body *)(const void *)body)->pid;
		return vec_push(&to->items, record);
	case PERF_RECORD_LOST:
		if (n >= 2 * sizeof(uint64_t))
			*ret_lost += ((const uint64_t *)(const void *)body)[1];
		return 0;
	default:
		return 0;
	}
}

static int ring_read(struct perf_rings *rings, struct perf_ring *ring, struct records *to,
		     uint64_t *ret_lost)
{
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	const uint8_t *data = (const uint8_t *)ring->page + ring->page_bytes;
	_Alignas(8) uint8_t copy[UINT16_MAX + 1];
	int r = 0;

	while (r == 0 && tail < head) {
		size_t at = tail % rings->data_bytes;
		/* Records are multiples of 8 bytes, so the header itself never wraps. */
		size_t n = ((const struct perf_event_header *)(const void *)(data + at))->size;
		size_t n_first = rings->data_bytes - at;

		if (n < sizeof(struct perf_event_header) || n > head - tail)
			break;
		memcpy(copy, data + at, n < n_first ? n : n_first);
		if (n > n_first)
			memcpy(copy + n_first, data, n - n_first);
		r = ring_record(rings, to, copy, ret_lost);
		tail += n;
	}
	__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
	return r;
}

int perf_rings_read(struct perf_rings *rings, struct records *to, uint64_t *ret_lost)
{
	vec_foreach(ring, &rings->rings) {
		int r = ring_read(rings, ring, to, ret_lost);

		if (r < 0)
			return r;
	}
	return 0;
}
