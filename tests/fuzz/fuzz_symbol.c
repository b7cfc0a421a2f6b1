// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for symbols and debug information: the input is an ELF file, of which some places
 * are looked up. With a fuzzing engine: clang -fsanitize=fuzzer,address,undefined
 * -DLT_FUZZ_ENGINE. Without one, it replays the files that are named on its command line, for
 * instance those in corpus/symbol.
 */
#include <sys/mman.h>

#include "base/str.h"
#include "symbol/binary.h"

enum { FUZZ_MAX_BYTES = 1 << 20, FUZZ_STEP = 0x33, FUZZ_MAX_OFFSET = 0x3000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frames(const struct frames *frames)
{
	for (size_t i = 0; i < frames->list.n; i++)
		if (frames->list.items[i].inlined != (i + 1 < frames->list.n))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(frames_done) struct frames frames = { 0 };
	_cleanup_(binary_closep) struct binary *binary = NULL;
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (binary_open(fd, "input", "/nonexistent", &binary) < 0)
		return 0;
	for (uint64_t offset = 0; offset < FUZZ_MAX_OFFSET; offset += FUZZ_STEP) {
		frames_clear(&frames);
		if (binary_add_frames(binary, offset, &frames) < 0)
			return 0;
		check_frames(&frames);
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
