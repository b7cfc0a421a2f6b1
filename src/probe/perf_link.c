// SPDX-License-Identifier: BSD-2-Clause
/* Uprobes as perf events: see perf_link.h. libbpf would keep a second descriptor for each. */
#include "probe/perf_link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe/apart.h"

#define UPROBE_PMU "/sys/bus/event_source/devices/uprobe/"

/* The number in a file of the kernel's that has the given form. */
static int number_read(const char *path, const char *format)
{
	FILE *file = fopen(path, "re");
	int number, r;

	if (!file)
		return -errno;
	r = fscanf(file, format, &number) == 1 && number >= 0 ? number : -EINVAL;
	fclose(file);
	return r;
}

static int event_open(const struct perf_link_request *request)
{
	int type = number_read(UPROBE_PMU "type", "%d");
	int bit = number_read(UPROBE_PMU "format/retprobe", "config:%d");
	struct perf_event_attr attr = { .size = sizeof(attr) };
	int fd;

	if (type < 0 || bit < 0 || bit > 63)
		return type < 0 ? type : -EINVAL;
	attr.type = (uint32_t)type;
	attr.config = request->at_return ? 1ull << bit : 0;
	attr.uprobe_path = (uintptr_t)request->path;
	attr.probe_offset = request->offset;
	fd = (int)syscall(SYS_perf_event_open, &attr, request->pid ? request->pid : -1,
			  request->pid ? -1 : 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The link keeps the event. */
static long link_create(void *data)
{
	const struct perf_link_request *request = data;
	LIBBPF_OPTS(bpf_link_create_opts, options, .perf_event.bpf_cookie = request->cookie);
	_cleanup_close_ int event_fd = event_open(request);
	_cleanup_close_ int fd = -1;

	if (event_fd < 0)
		return event_fd;
	fd = bpf_link_create(request->program_fd, event_fd, BPF_PERF_EVENT, &options);
	if (fd < 0 || ioctl(event_fd, PERF_EVENT_IOC_ENABLE, 0) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int perf_link_open(const struct perf_link_request *request)
{
	struct perf_link_request copy = *request;

	return (int)apart_open(link_create, &copy);
}
