// SPDX-License-Identifier: BSD-2-Clause
/* Reads what --allocator says: see allocator_spec.h. */
#include "probe/allocator_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "leaktrace/abi.h"

/* The members of a call, see LT_CALL_SIZE and the others. */
enum role {
	ROLE_SIZE,
	ROLE_COUNT,
	ROLE_BLOCK,
	ROLE_RESULT,
	_ROLE_MAX,
};

static const char *const role_names[_ROLE_MAX] = { "size", "count", "block", "result" };

static const struct {
	const char *word;
	uint32_t call;
	unsigned needs;	   /* roles without which it means nothing */
	unsigned allows;   /* further ones */
	enum role unnamed; /* what an argument without a name is */
} words[] = {
	{ "acquire", LT_CALL_ACQUIRE, 0, 1u << ROLE_SIZE | 1u << ROLE_COUNT | 1u << ROLE_RESULT,
	  ROLE_SIZE },
	{ "new", LT_CALL_ACQUIRE | LT_CALL_AT_RET | LT_CALL_THROWS, 0,
	  1u << ROLE_SIZE | 1u << ROLE_COUNT, ROLE_SIZE },
	{ "realloc", LT_CALL_REALLOC, 1u << ROLE_BLOCK, 1u << ROLE_SIZE | 1u << ROLE_COUNT,
	  ROLE_BLOCK },
	{ "resize", LT_CALL_RESIZE, 1u << ROLE_BLOCK | 1u << ROLE_SIZE, 1u << ROLE_COUNT,
	  ROLE_BLOCK },
	{ "release", LT_CALL_RELEASE, 1u << ROLE_BLOCK, 0, ROLE_BLOCK },
};

enum { N_WORDS = sizeof(words) / sizeof(words[0]), MAX_ARGUMENT = 4 };

struct reader {
	const char *at;
	struct diag *diag;
};

static void skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t\n");
}

static int wrong(const struct reader *reader, const char *wanted)
{
	return diag_add(reader->diag, -EINVAL,
			"--allocator: expected %s at \"%.40s\", as in "
			"\"acquire=my_alloc(size=arg0) release=my_free(arg0)\"",
			wanted, reader->at);
}

/* Is WORD next, and then END? Goes past both. */
static bool reader_take(struct reader *reader, const char *word, char end)
{
	size_t n = strlen(word);

	if (strncmp(reader->at, word, n) != 0 || reader->at[n] != end)
		return false;
	reader->at += n + 1;
	return true;
}

/* One argument, "size=arg0" or "arg0", into the call of a function of WORDS[word]. */
static int argument_read(struct reader *reader, size_t word, uint32_t *call, unsigned *seen)
{
	enum role role = words[word].unnamed;
	const char *begin = reader->at;

	for (int i = 0; i < _ROLE_MAX; i++) {
		if (reader_take(reader, role_names[i], '='))
			role = (enum role)i;
	}
	if (strncmp(reader->at, "arg", 3) != 0 || reader->at[3] < '0' ||
	    reader->at[3] > '0' + MAX_ARGUMENT)
		return wrong(reader, "an argument, arg0 to arg4,");
	if (!((words[word].needs | words[word].allows) & 1u << role) || *seen & 1u << role) {
		reader->at = begin;
		return wrong(reader, "another argument");
	}
	*call |= (uint32_t)(reader->at[3] - '0' + 1) << (4 + 4 * role);
	*seen |= 1u << role;
	reader->at += 4;
	return 0;
}

/* "(size=arg0, count=arg1)" */
static int arguments_read(struct reader *reader, size_t word, uint32_t *call)
{
	unsigned seen = 0;
	int r = 0;

	skip_blanks(reader);
	while (r == 0 && *reader->at != ')') {
		r = argument_read(reader, word, call, &seen);
		skip_blanks(reader);
		if (r == 0 && *reader->at == ',') {
			reader->at++;
			skip_blanks(reader);
		} else if (r == 0 && *reader->at != ')') {
			return wrong(reader, "a comma or a closing parenthesis");
		}
	}
	if (r == 0 && (words[word].needs & ~seen))
		return wrong(reader, words[word].needs & ~seen & 1u << ROLE_BLOCK ? "block=argN" :
										    "size=argN");
	if (r == 0)
		reader->at++;
	return r;
}

/* "acquire=my_alloc(size=arg0)" */
static int function_read(struct reader *reader, struct allocator_spec *spec)
{
	struct allocator_function function = { 0 };
	size_t word = 0, n;
	int r;

	while (word < N_WORDS && !reader_take(reader, words[word].word, '='))
		word++;
	if (word == N_WORDS)
		return wrong(reader, "acquire=, new=, realloc=, resize= or release=");
	n = strcspn(reader->at, "( \t\n,=");
	if (n == 0 || reader->at[n] != '(')
		return wrong(reader, "the name of a function and its arguments");
	function.name = strndup(reader->at, n);
	if (!function.name)
		return -ENOMEM;
	reader->at += n + 1;
	function.call = words[word].call;
	r = arguments_read(reader, word, &function.call);
	if (r == 0)
		r = vec_push(&spec->functions, function);
	if (r < 0)
		free(function.name);
	return r;
}

int allocator_spec_parse(struct allocator_spec *spec, const char *text, struct diag *diag)
{
	struct reader reader = { text, diag };
	int r = 0;

	skip_blanks(&reader);
	if (!*reader.at)
		return wrong(&reader, "a function");
	while (r == 0 && *reader.at) {
		r = function_read(&reader, spec);
		skip_blanks(&reader);
	}
	return r;
}

void allocator_spec_done(struct allocator_spec *spec)
{
	vec_foreach(function, &spec->functions)
		free(function->name);
	vec_done(&spec->functions);
}
