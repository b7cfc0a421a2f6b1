/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes two call sites the same in two runs of a program that may have been built anew: kind,
 * class, test, and the functions of the stack with the names of their files; not addresses,
 * build-ids or lines.
 */
#ifndef LT_MODEL_IDENTITY_H
#define LT_MODEL_IDENTITY_H

#include "model/result.h"

/* It in words, fresh memory or NULL. The symbols of RESULT must be known. */
char *identity_of(const struct result *result, const struct site_key *key);

#endif
