// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for the .eh_frame compiler: the input is an ELF file. With a fuzzing engine:
 * clang -fsanitize=fuzzer,address,undefined -DLT_FUZZ_ENGINE. Without one, it replays the files
 * that are named on its command line, for instance those in corpus/eh_frame.
 */
#include "base/str.h"
#include "unwind/eh_frame.h"

enum { FUZZ_MAX_GRANULES = 1 << 16, FUZZ_MAX_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

#ifndef LT_FUZZ_ENGINE
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		_cleanup_free_ char *data = NULL;
		size_t n;
		int r = str_read_file(argv[i], FUZZ_MAX_BYTES, &data, &n);

		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)data, n);
	}
	printf("1..1\nok 1 - %d inputs replayed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
#endif
