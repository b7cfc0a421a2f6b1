// SPDX-License-Identifier: BSD-2-Clause
/*
 * Words of a command line. Splitting serves LEAKTRACE_OPTIONS; explaining serves every command
 * line, because getopt prints its errors itself or not at all.
 */
#include "cmd/config_words.h"

#include <ctype.h>

#include "base/str.h"
#include "cmd/config_options.h"
#include "cmd/config_values.h"

void words_done(struct words *words)
{
	vec_done(&words->list);
	free(words->text);
	words->text = NULL;
}

/*
 * Copies one word from *FROM to *TO without its quotes, and moves both behind it. Returns why
 * it cannot, or NULL.
 */
static const char *word_copy(const char **from, char **to)
{
	const char *in = *from;
	char *out = *to;
	char quote = '\0';

	for (; *in && (quote || !isspace((unsigned char)*in)); in++) {
		if (quote && *in == quote) {
			quote = '\0';
		} else if (!quote && (*in == '\'' || *in == '"')) {
			quote = *in;
		} else if (*in == '\\' && quote != '\'') {
			if (!in[1])
				return "a backslash at the end";
			/* In double quotes only these lose the backslash. */
			if (quote && !strchr("\"\\$`\n", in[1]))
				*out++ = *in;
			*out++ = *++in;
		} else {
			*out++ = *in;
		}
	}
	if (quote)
		return quote == '"' ? "a double quote (\") is not closed" :
				      "a single quote (') is not closed";
	*out++ = '\0';
	*from = in;
	*to = out;
	return NULL;
}

int words_split(struct words *words, const char *first, const char *text, const char **ret_why)
{
	char *out;

	/* Every word is followed by white space or the end, so the copies need no more room. */
	words->text = out = malloc(strlen(text) + 1);
	if (!out || vec_push(&words->list, (char *)first) < 0)
		return -ENOMEM;
	for (;;) {
		char *word = out;

		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return vec_push(&words->list, NULL);
		*ret_why = word_copy(&text, &out);
		if (*ret_why)
			return -EINVAL;
		if (vec_push(&words->list, word) < 0)
			return -ENOMEM;
	}
}

static int explain_long(const char *word, const char *where, struct diag *diag)
{
	size_t n_name = strcspn(word + 2, "="), n_options, n_found = 0;
	_cleanup_free_ char *found = strdup("");
	const struct setting *list = options_list(&n_options), *option = NULL;
	char quoted[OPTION_QUOTE_BYTES];

	for (size_t i = 0; found && n_name && i < n_options; i++) {
		char *longer;

		if (!list[i].group || strncmp(list[i].name, word + 2, n_name))
			continue;
		option = &list[i];
		longer = str_printf("%s%s--%s", found, n_found++ ? ", " : "", option->name);
		free(found);
		found = longer;
		if (strlen(option->name) == n_name) {
			n_found = 1;
			break;
		}
	}
	if (!found)
		return -ENOMEM;
	if (n_found > 1)
		return diag_add(diag, -EINVAL, "%s'%s' can mean %s", where,
				option_quote(word, quoted), found);
	if (option && option->arg)
		return diag_add(diag, -EINVAL, "%s--%s: a value is missing; it needs %s", where,
				option->name, option->arg);
	if (option)
		return diag_add(diag, -EINVAL, "%s--%s takes no value", where, option->name);
	diag_add(diag, -EINVAL, "%sthere is no option '%s'", where, option_quote(word, quoted));
	return diag_hint(diag, "\"leaktrace --help\" lists the options");
}

int words_explain(const char *word, const char *where, struct diag *diag)
{
	if (str_starts_with(word, "--"))
		return explain_long(word, where, diag);
	for (const char *letter = word + 1; *letter; letter++) {
		const struct setting *option = options_find_key((unsigned char)*letter);
		char text[] = { '-', *letter, '\0' };

		if (option && !option->arg)
			continue;
		if (option)
			return diag_add(diag, -EINVAL, "%s%s: a value is missing; it needs %s",
					where, text, option->arg);
		str_sanitize(text);
		diag_add(diag, -EINVAL, "%sthere is no option '%s'", where, text);
		return diag_hint(diag, "\"leaktrace --help\" lists the options");
	}
	/* Not reached unless getopt and the table disagree. */
	return diag_add(diag, -EINVAL, "%s'%s' is not understood", where, word);
}
