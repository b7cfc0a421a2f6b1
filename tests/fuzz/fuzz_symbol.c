// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for symbols and debug information: the input is an ELF file, of which some places
 * are looked up. With a fuzzing engine: clang -fsanitize=fuzzer,address,undefined. Without one, it
 * replays the files that are named on its command line, for instance those in corpus/symbol.
 */
#include <sys/mman.h>

#include "fuzz.h"

#include "base/str.h"
#include "symbol/binary.h"

enum { FUZZ_STEP = 0x33, FUZZ_MAX_OFFSET = 0x3000 };

const size_t fuzz_max_bytes = 1 << 20;

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
