// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for names: the input is a mangled name. With a fuzzing engine:
 * clang -fsanitize=fuzzer,address,undefined -DLT_FUZZ_ENGINE. Without one, it replays the files
 * that are named on its command line, for instance those in corpus/demangle.
 */
#include "base/str.h"
#include "symbol/demangle.h"

enum { FUZZ_MAX_BYTES = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *name = strndup((const char *)data, size);
	_cleanup_free_ char *demangled = name ? demangle_name(name) : NULL;

	if (!demangled || strlen(demangled) > DEMANGLE_MAX_BYTES)
		abort();
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
