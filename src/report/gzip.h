/* SPDX-License-Identifier: BSD-2-Clause */
/* A gzip file on top of a stream. */
#ifndef LT_REPORT_GZIP_H
#define LT_REPORT_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"

struct gzip;

/* 0 or -ENOMEM. */
int gzip_open(FILE *to, struct gzip **ret_gzip) _must_check_;

/* Frees it; what was not finished is lost. */
void gzip_close(struct gzip *gzip);
DEFINE_GUARD(struct gzip, gzip_close)

/* 0, or why the stream failed. */
int gzip_write(struct gzip *gzip, const uint8_t *bytes, size_t n) _must_check_;

/*
 * A stream into a gzip file on top of TO, which stays open; closing it writes the end, so that what
 * fclose() returns tells. 0 or -ENOMEM.
 */
int gzip_stream(FILE *to, FILE **ret_stream) _must_check_;

/* Writes the end. 0, or why the stream failed. */
int gzip_finish(struct gzip *gzip) _must_check_;

#endif
