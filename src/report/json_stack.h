/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks in JSON reports. A report has each of them in full, however often it occurs, but few
 * places: each is put into words once.
 */
#ifndef LT_REPORT_JSON_STACK_H
#define LT_REPORT_JSON_STACK_H

#include <jansson.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "model/result.h"

/* The frames of a stack; NULL without memory. */
json_t *json_stack(const struct result *result, const struct stack *stack);

/* What was written of each place. */
struct json_places {
	const struct result *result;
	char **texts; /* by id of the place; NULL: not yet */
	size_t n;
};

int json_places_init(struct json_places *places, const struct result *result) _must_check_;
void json_places_done(struct json_places *places);

/* Writes the frames of a stack, as json_stack() has them. 0 or -ENOMEM. */
int json_places_write(struct json_places *places, const struct stack *stack, FILE *to) _must_check_;

#endif
