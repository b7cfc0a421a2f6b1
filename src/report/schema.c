// SPDX-License-Identifier: BSD-2-Clause
/*
 * The description of the JSON report inside the program, so that the two cannot part. The
 * assembler reads the file; the path is relative to the top of the source tree, where make runs.
 */
#include "report/report.h"

#include "base/stream.h"

__asm__(".pushsection .rodata\n"
	".global report_schema_start\n"
	".global report_schema_end\n"
	"report_schema_start:\n"
	".incbin \"docs/OUTPUT.md\"\n"
	"report_schema_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char report_schema_start[];
extern const char report_schema_end[];

int report_schema(FILE *to)
{
	size_t n = (size_t)(report_schema_end - report_schema_start);

	return fwrite(report_schema_start, 1, n, to) == n ? stream_flush(to) : -errno;
}
