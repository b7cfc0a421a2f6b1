// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for kernel logs: the input is the text of a log. With a fuzzing engine:
 * clang -fsanitize=fuzzer,address,undefined. Without one, it replays the files
 * that are named on its command line, for instance those in corpus/oom.
 */
#include "fuzz.h"

#include "base/str.h"
#include "oom/kernel_log.h"
#include "oom/parser.h"

const size_t fuzz_max_bytes = 1 << 20;

/* The same bytes as one record of /dev/kmsg. */
static void check_record(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *record = strndup((const char *)data, size), *text = NULL;
	unsigned long long sequence;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	if (!record || !to)
		abort();
	kernel_log_record(record, to, &sequence);
	if (fclose(to) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oom_log log = { 0 };

	if (oom_parse((const char *)data, size, &log) < 0 || oom_judge(&log) < 0)
		abort();
	vec_foreach(event, &log.events) {
		if (!event->answer || !event->advice.n || (event->victims.n && !event->reason))
			abort();
	}
	oom_log_done(&log);
	check_record(data, size);
	return 0;
}
