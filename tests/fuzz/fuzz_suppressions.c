// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for suppressions: the input is a file of them, and what the patterns are matched
 * against. With a fuzzing engine: clang -fsanitize=fuzzer,address,undefined -DLT_FUZZ_ENGINE.
 * Without one, it replays the files that are named on its command line.
 */
#include "base/str.h"
#include "model/suppressions.h"

enum { FUZZ_MAX_BYTES = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(suppressions_done) struct suppressions suppressions = { 0 };
	_cleanup_(diag_done) struct diag diag = { 0 };
	_cleanup_free_ char *text = malloc(size + 1);
	int r;

	if (!text || size > FUZZ_MAX_BYTES)
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
