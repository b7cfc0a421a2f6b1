// SPDX-License-Identifier: BSD-2-Clause
/*
 * Annotations for GitHub's actions: an error at each source line of the project from which
 * something leaked, and a warning for what has no verdict. A step shows ten of each kind, so no
 * more are written, what matters most first, and the last warning counts the rest.
 */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "base/stream.h"
#include "report/facts.h"
#include "report/leaks.h"

enum {
	MAX_SHOWN = 10,
	MAX_DETAIL_BYTES = 3000,
};

/* All that leaked from one line. */
struct annotation {
	const char *file; /* in the project; NULL: no frame of the stack is in it */
	uint32_t line;
	VEC(struct leak) leaks;
};

struct github {
	const struct leaks *leaks;
	const struct result *result;
	FILE *to;
	struct annotation errors[MAX_SHOWN];
	size_t n_errors, n_more_errors;
	size_t n_warnings, n_more_warnings;
};

/* Escaped as the commands of a workflow want it; PROPERTY: one of file, line, title. */
static int github_text(FILE *to, const char *text, bool property)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy;

	if (!copy)
		return -ENOMEM;
	if (property)
		str_sanitize(copy);
	for (char *line; (line = strsep(&rest, "\n"));) {
		str_sanitize(line);
		for (const char *s = line; *s; s++) {
			if (*s == '%' || (property && (*s == ':' || *s == ',')))
				fprintf(to, "%%%02X", (unsigned)*s);
			else
				fputc(*s, to);
		}
		if (rest)
			fputs("%0A", to);
	}
	return 0;
}

/* The innermost line of the stack that is in the project. */
static void annotation_place(const struct github *github, struct annotation *annotation,
			     const struct stack *stack)
{
	const char *tree = github->leaks->options.tree;

	for (uint32_t i = 0; i < stack->n; i++) {
		const struct place *place = stacks_place(github->result->stacks, stack, i);
		size_t n;
		const struct frame *frames = facts_frames(github->result, place, &n);

		for (size_t k = 0; k < n; k++) {
			annotation->file = facts_in_tree(&frames[k], tree);
			annotation->line = frames[k].line;
			if (annotation->file)
				return;
		}
	}
}

static bool annotation_is_at(const struct annotation *a, const struct annotation *b)
{
	if (!a->file || !b->file)
		return false;
	return a->line == b->line && strcmp(a->file, b->file) == 0;
}

static int github_add(struct github *github, const struct leak *leak)
{
	struct annotation fresh = { 0 };
	struct annotation *found = NULL;

	annotation_place(github, &fresh, stacks_get(github->result->stacks, leak->group->stack));
	for (size_t i = 0; i < github->n_errors && !found; i++) {
		if (annotation_is_at(&github->errors[i], &fresh))
			found = &github->errors[i];
	}
	if (!found && github->n_errors == MAX_SHOWN) {
		github->n_more_errors++;
		return 0;
	}
	if (!found) {
		found = &github->errors[github->n_errors++];
		*found = fresh;
	}
	return vec_push(&found->leaks, *leak);
}

/* "leaktrace: storage / Cache.Evict", or without a test. */
static int annotation_title(const struct github *github, const struct annotation *annotation)
{
	const struct leak *first = &annotation->leaks.items[0];
	const struct test *test = tests_get(&github->result->tests, first->group->test);

	fputs("leaktrace", github->to);
	if (!test)
		return 0;
	fputs("%3A ", github->to);
	return github_text(github->to, test->name, true);
}

static int annotation_write(const struct github *github, const struct annotation *annotation)
{
	const struct leak_span all = { annotation->leaks.items, annotation->leaks.n };
	const struct leak_span first = { annotation->leaks.items, 1 };
	_cleanup_free_ char *sentence = leaks_sentence(github->leaks, all);
	_cleanup_free_ char *paragraph = leaks_paragraphs(github->leaks, first);

	if (!sentence || !paragraph)
		return -ENOMEM;
	fputs("::error ", github->to);
	if (annotation->file) {
		fputs("file=", github->to);
		if (github_text(github->to, annotation->file, true) < 0)
			return -ENOMEM;
		fprintf(github->to, ",line=%" PRIu32 ",", annotation->line);
	}
	fputs("title=", github->to);
	if (annotation_title(github, annotation) < 0)
		return -ENOMEM;
	fputs("::", github->to);
	if (strlen(paragraph) > MAX_DETAIL_BYTES)
		strcpy(paragraph + MAX_DETAIL_BYTES - strlen("..."), "...");
	if (github_text(github->to, sentence, false) < 0)
		return -ENOMEM;
	fputs("%0A%0A", github->to);
	if (github_text(github->to, paragraph, false) < 0)
		return -ENOMEM;
	fputc('\n', github->to);
	return 0;
}

static int github_warning(struct github *github, const char *name, const char *text)
{
	/* The last one may be needed to count the others. */
	if (github->n_warnings + 1 >= MAX_SHOWN) {
		github->n_more_warnings++;
		return 0;
	}
	github->n_warnings++;
	fputs("::warning title=leaktrace", github->to);
	if (name) {
		fputs("%3A ", github->to);
		if (github_text(github->to, name, true) < 0)
			return -ENOMEM;
	}
	fputs("::", github->to);
	if (github_text(github->to, text, false) < 0)
		return -ENOMEM;
	fputc('\n', github->to);
	return 0;
}

static int github_warnings(struct github *github)
{
	int r = 0;

	if (github->result->verdict == VERDICT_INCOMPLETE) {
		_cleanup_free_ char *notes = leaks_notes(github->leaks);

		r = notes ? github_warning(github, "not everything was seen", notes) : -ENOMEM;
	}
	vec_foreach(test, &github->result->tests.items) {
		if (r == 0 && test->reason) {
			_cleanup_free_ char *text = str_printf("no verdict: %s", test->reason);

			r = text ? github_warning(github, test->name, text) : -ENOMEM;
		}
	}
	if (r == 0 && github->n_more_errors + github->n_more_warnings)
		fprintf(github->to,
			"::warning title=leaktrace::not shown here: %zu more call sites that "
			"leaked, %zu more warnings\n",
			github->n_more_errors, github->n_more_warnings);
	return r;
}

int report_github(const struct result *result, const struct report_options *options, FILE *to)
{
	struct leaks leaks;
	struct github github = { .leaks = &leaks, .result = result, .to = to };
	int r = leaks_find(result, options, &leaks);
	struct leak_span span;

	if (r < 0)
		return r;
	span = leaks_all(&leaks);
	for (size_t i = 0; r == 0 && i < span.n; i++)
		r = github_add(&github, &span.items[i]);
	for (size_t i = 0; r == 0 && i < github.n_errors; i++)
		r = annotation_write(&github, &github.errors[i]);
	if (r == 0)
		r = github_warnings(&github);
	for (size_t i = 0; i < github.n_errors; i++)
		vec_done(&github.errors[i].leaks);
	leaks_done(&leaks);
	return r < 0 ? r : stream_flush(to);
}
