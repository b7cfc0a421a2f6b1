// SPDX-License-Identifier: BSD-2-Clause
/* The ring of processes that wait: see holds.h. */
#include "collect/holds.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/shared.h"
#include "leaktrace/abi.h"

struct holds {
	struct ring_buffer *ring;
	struct lt_space *spaces; /* shared with the programs */
	void (*held)(void *data, const struct held *held);
	void *data;
};

static int holds_event(void *data, void *bytes, size_t n)
{
	struct holds *holds = data;
	const struct lt_event_hold *event = bytes;
	struct held held;

	if (n < sizeof(*event))
		return 0;
	held = (struct held){ .tears_down = event->why == LT_HOLD_TEARDOWN,
			      .space = event->event.space,
			      .pid = (pid_t)event->pid,
			      .tid = (pid_t)event->tid,
			      .sp = event->sp };
	memcpy(held.registers, event->registers, sizeof(held.registers));
	holds->held(holds->data, &held);
	return 0;
}

int holds_open(int fd, int spaces_fd, struct holds **ret_holds, struct diag *diag)
{
	_cleanup_(holds_closep) struct holds *holds = calloc(1, sizeof(*holds));

	if (!holds)
		return -ENOMEM;
	holds->spaces = shared_map(spaces_fd, LT_MAX_SPACES * sizeof(*holds->spaces));
	if (!holds->spaces)
		return diag_add(diag, -errno, "cannot map the table of processes: %s",
				strerror(errno));
	holds->ring = ring_buffer__new(fd, holds_event, holds, NULL);
	if (!holds->ring)
		return diag_add(diag, -errno, "cannot read the ring buffer: %s", strerror(errno));
	*ret_holds = TAKE_PTR(holds);
	return 0;
}

void holds_close(struct holds *holds)
{
	if (!holds)
		return;
	ring_buffer__free(holds->ring);
	if (holds->spaces)
		munmap(holds->spaces, LT_MAX_SPACES * sizeof(*holds->spaces));
	free(holds);
}

int holds_fd(const struct holds *holds)
{
	return ring_buffer__epoll_fd(holds->ring);
}

void holds_read(struct holds *holds, void (*held)(void *data, const struct held *held), void *data)
{
	holds->held = held;
	holds->data = data;
	ring_buffer__consume(holds->ring);
}

void holds_release(struct holds *holds, uint32_t space)
{
	if (space < LT_MAX_SPACES)
		__atomic_fetch_and(&holds->spaces[space].hold, ~(LT_HOLD_EXIT | LT_HOLD_TEARDOWN),
				   __ATOMIC_RELEASE);
}
