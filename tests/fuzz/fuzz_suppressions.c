// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for suppressions: the input is a file of them, and what the patterns are matched
 * against. With a fuzzing engine: clang -fsanitize=fuzzer,address,undefined.
 * Without one, it replays the files that are named on its command line.
 */
#include "fuzz.h"

#include "base/str.h"
#include "model/suppressions.h"

const size_t fuzz_max_bytes = 1 << 12;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(suppressions_done) struct suppressions suppressions = { 0 };
	_cleanup_(diag_done) struct diag diag = { 0 };
	_cleanup_free_ char *text = malloc(size + 1);
	int r;

	if (!text || size > fuzz_max_bytes)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	r = suppressions_parse(&suppressions, "fuzz", text, size, &diag);
	if ((r < 0) != (diag.lines.n > 0))
		abort();
	vec_foreach(suppression, &suppressions.list) {
		const char *pattern = strchr(suppression->text, ':') + 1;

		suppression_matches(pattern, text);
		/* A pattern without anything special is found in itself. */
		if (!strpbrk(pattern, "^$*") && !suppression_matches(pattern, pattern))
			abort();
	}
	return 0;
}
