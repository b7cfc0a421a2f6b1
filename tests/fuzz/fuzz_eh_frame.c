// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for the .eh_frame compiler: the input is an ELF file. With a fuzzing engine:
 * clang -fsanitize=fuzzer,address,undefined. Without one, it replays the files
 * that are named on its command line, for instance those in corpus/eh_frame.
 */
#include "fuzz.h"

#include "base/str.h"
#include "unwind/eh_frame.h"

enum { FUZZ_MAX_GRANULES = 1 << 16 };

const size_t fuzz_max_bytes = 1 << 20;

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_frame(const struct eh_frame *frame, const struct unwind_rules *rules)
{
	static struct lt_unwind_granule granules[FUZZ_MAX_GRANULES];
	size_t n = eh_frame_n_granules(frame);
	uint64_t bias;

	check(frame->rows.n && frame->rows.items[0].pc == 0);
	for (size_t i = 0; i < frame->rows.n; i++) {
		check(frame->rows.items[i].rule < rules->items.n);
		check(!i || frame->rows.items[i].pc > frame->rows.items[i - 1].pc);
	}
	check(eh_frame_bias(frame, 0x10000, frame->code.items[0].offset, &bias) <= 0);
	if (n > FUZZ_MAX_GRANULES)
		return;
	eh_frame_write_granules(frame, 0, granules);
	for (size_t i = 0; i < n; i++) {
		check(granules[i].first_row < granules[i].next_first_row);
		check(granules[i].next_first_row <= frame->rows.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_rules rules;
	struct eh_frame frame;

	if (unwind_rules_init(&rules) < 0)
		return 0;
	if (eh_frame_compile_memory(data, size, "input", &rules, NULL, &frame) == 0) {
		check_frame(&frame, &rules);
		eh_frame_done(&frame);
	}
	unwind_rules_done(&rules);
	return 0;
}
