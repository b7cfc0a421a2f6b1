// SPDX-License-Identifier: BSD-2-Clause
/*
 * The main function of a fuzz target that is built without a fuzzing engine: gives it the files
 * that are named on the command line, one after the other, and says TAP.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		_cleanup_free_ char *data = NULL;
		size_t n;
		int r = str_read_file(argv[i], fuzz_max_bytes, &data, &n);

		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)data, n);
	}
	printf("1..1\nok 1 - %d inputs replayed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
