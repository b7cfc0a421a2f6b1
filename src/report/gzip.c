// SPDX-License-Identifier: BSD-2-Clause
/* A gzip file on top of a stream: see gzip.h. */
#include "report/gzip.h"

#include <errno.h>
#include <zlib.h>

struct gzip {
	z_stream stream;
	FILE *to;
	uint8_t out[16384];
};

enum { GZIP_WINDOW_BITS = 15 + 16, GZIP_MEMORY_LEVEL = 8 };

int gzip_open(FILE *to, struct gzip **ret_gzip)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (!gzip ||
	    deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS,
			 GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(gzip);
		return -ENOMEM;
	}
	gzip->to = to;
	*ret_gzip = gzip;
	return 0;
}

void gzip_close(struct gzip *gzip)
{
	deflateEnd(&gzip->stream);
	free(gzip);
}

/* Until nothing is left to take in, or with Z_FINISH to put out. */
static int gzip_pump(struct gzip *gzip, int flush)
{
	int status;

	do {
		size_t n;

		gzip->stream.next_out = gzip->out;
		gzip->stream.avail_out = sizeof(gzip->out);
		status = deflate(&gzip->stream, flush);
		n = sizeof(gzip->out) - gzip->stream.avail_out;
		if (fwrite(gzip->out, 1, n, gzip->to) != n)
			return -EIO;
	} while (gzip->stream.avail_out == 0 && status != Z_STREAM_END);
	return 0;
}

int gzip_write(struct gzip *gzip, const uint8_t *bytes, size_t n)
{
	gzip->stream.next_in = (uint8_t *)bytes;
	gzip->stream.avail_in = (unsigned)n;
	return gzip_pump(gzip, Z_NO_FLUSH);
}

int gzip_finish(struct gzip *gzip)
{
	gzip->stream.avail_in = 0;
	return gzip_pump(gzip, Z_FINISH);
}
