// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for names: the input is a mangled name. With a fuzzing engine:
 * clang -fsanitize=fuzzer,address,undefined. Without one, it replays the files
 * that are named on its command line, for instance those in corpus/demangle.
 */
#include "fuzz.h"

#include "base/str.h"
#include "symbol/demangle.h"

const size_t fuzz_max_bytes = 1 << 16;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *name = strndup((const char *)data, size);
	_cleanup_free_ char *demangled = name ? demangle_name(name) : NULL;

	if (!demangled || strlen(demangled) > DEMANGLE_MAX_BYTES)
		abort();
	return 0;
}
