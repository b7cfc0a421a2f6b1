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
			return -errno;
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

static ssize_t stream_write(void *cookie, const char *text, size_t n)
{
	return gzip_write(cookie, (const uint8_t *)text, n) < 0 ? 0 : (ssize_t)n;
}

static int stream_close(void *cookie)
{
	int r = gzip_finish(cookie);

	gzip_close(cookie);
	errno = r < 0 ? -r : 0;
	return r < 0 ? -1 : 0;
}

int gzip_stream(FILE *to, FILE **ret_stream)
{
	const cookie_io_functions_t functions = { .write = stream_write, .close = stream_close };
	_cleanup_(gzip_closep) struct gzip *gzip = NULL;

	if (gzip_open(to, &gzip) < 0)
		return -ENOMEM;
	*ret_stream = fopencookie(gzip, "w", functions);
	if (!*ret_stream)
		return -ENOMEM;
	TAKE_PTR(gzip);
	return 0;
}
