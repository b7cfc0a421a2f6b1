/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of oom_judge(), see oom.h. */
#ifndef LT_MODEL_OOM_JUDGE_H
#define LT_MODEL_OOM_JUDGE_H

#include "model/oom.h"

/* An event on its way to a judgement. */
struct oom_judge {
	struct oom_event *event;
	const struct oom_victim *victim; /* the first one; NULL: the log has none */
	const struct oom_task *task;	 /* its line in the table; NULL */
	bool failed;			 /* out of memory: some text is missing */
};

/* The processes of one name, together. */
struct oom_alike {
	const char *name;
	size_t n;
	uint64_t bytes; /* what they hold; shared memory is counted in each */
};

struct oom_alike oom_alike_of(const struct oom_event *event, const char *name);

/* "the cgroup /a", "the machine": what ran out of memory, for a sentence. Fresh memory or NULL. */
char *oom_scope_text(const struct oom_event *event);

/* Adds what to do next, and what the log does not have. */
void oom_advise(struct oom_judge *judge);

/* Replaces *TO. */
void oom_say(struct oom_judge *judge, char **to, const char *format, ...) _printf_(3, 4);

/* A list of sentences. */
#define oom_add(judge, list, ...)                                                                  \
	do {                                                                                       \
		char *text_ = NULL;                                                                \
		oom_say(judge, &text_, __VA_ARGS__);                                               \
		if (text_ && vec_push(list, text_) < 0) {                                          \
			free(text_);                                                               \
			(judge)->failed = true;                                                    \
		}                                                                                  \
	} while (0)

#endif
