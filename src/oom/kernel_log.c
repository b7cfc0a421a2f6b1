// SPDX-License-Identifier: BSD-2-Clause
/*
 * The log of the running kernel. /dev/kmsg says which lines were overwritten; where it cannot be
 * opened (some containers), klogctl() gives the same text without that.
 */
#include "oom/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/klog.h>

enum {
	RECORD_MAX = 16384,
	/* The ring buffer of the kernel has at most 2 GiB; a record takes some bytes of it. */
	RECORDS_MAX = 1 << 26,
	KLOG_READ_ALL = 3,
	KLOG_SIZE = 10,
};

int kernel_log_record(const char *record, FILE *to, unsigned long long *ret_sequence)
{
	unsigned long long us;
	const char *text = strchr(record, ';');

	if (sscanf(record, "%*u,%20llu,%20llu,", ret_sequence, &us) < 2 || !text)
		return -EINVAL;
	text++;
	/* What follows the first line is about devices. */
	fprintf(to, "[%5llu.%06llu] %.*s\n", us / 1000000, us % 1000000, (int)strcspn(text, "\n"),
		text);
	return 0;
}

static int records_read(int fd, FILE *to, bool *ret_starts_late)
{
	char record[RECORD_MAX];
	bool first = true;

	for (unsigned i = 0; i < RECORDS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		unsigned long long sequence;

		if (n < 0 && errno == EAGAIN)
			return 0;
		/* Overwritten while we read: the next read goes on with what there is. */
		if (n < 0 && errno == EPIPE)
			*ret_starts_late = true;
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		record[n] = '\0';
		if (kernel_log_record(record, to, &sequence) < 0)
			continue;
		*ret_starts_late |= first && sequence > 0;
		first = false;
	}
	return 0;
}

static int klog_read(FILE *to, struct diag *diag)
{
	int size = klogctl(KLOG_SIZE, NULL, 0), n;
	_cleanup_free_ char *text = size > 0 ? malloc((size_t)size) : NULL;

	n = text ? klogctl(KLOG_READ_ALL, text, size) : -1;
	if (n < 0) {
		int r = text || size < 0 ? -errno : -ENOMEM;

		diag_add(diag, r, "cannot read the kernel's log: %s", strerror(-r));
		return diag_hint(diag, "run as root, or give a file: \"leaktrace oom --explain "
				       "FILE\" (\"journalctl -k | leaktrace oom --explain -\")");
	}
	fwrite(text, 1, (size_t)n, to);
	return 0;
}

int kernel_log_read(char **ret_text, size_t *ret_n, bool *ret_starts_late, struct diag *diag)
{
	_cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *to = open_memstream(ret_text, ret_n);
	int r = -EIO;

	*ret_starts_late = false;
	if (!to)
		return -ENOMEM;
	if (fd >= 0)
		r = records_read(fd, to, ret_starts_late);
	if (r < 0)
		r = klog_read(to, diag);
	if (fclose(to) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0) {
		free(*ret_text);
		*ret_text = NULL;
	}
	return r;
}
