// SPDX-License-Identifier: BSD-2-Clause
/*
 * How the text of an option's value becomes a value: one setter per kind, each with its bounds
 * and its own sentence for a wrong text. Called through the table in config_options.c.
 */
#include "cmd/config_values.h"

#include <ctype.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"
#include "base/units.h"
#include "model/sites.h"
#include "probe/allocator_spec.h"

char *option_quote(const char *text, char to[OPTION_QUOTE_BYTES])
{
	if (snprintf(to, OPTION_QUOTE_BYTES, "%s", text) >= OPTION_QUOTE_BYTES)
		memcpy(to + OPTION_QUOTE_BYTES - 4, "...", 4);
	str_sanitize(to);
	return to;
}

int option_parse_bool(const char *text, bool *ret_value)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "off", "on" },
		{ "0", "1" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (int value = 0; value < 2; value++) {
			if (strcasecmp(text, words[i][value]))
				continue;
			*ret_value = value;
			return 0;
		}
	}
	return -EINVAL;
}

/* Reports that VALUE is not WHAT, and what to write instead. */
static int value_wrong(const struct option_input *in, const char *value, const char *what)
{
	char quoted[OPTION_QUOTE_BYTES];

	return diag_add(in->diag, -EINVAL, "%s: '%s' is not %s", in->label,
			option_quote(value, quoted), what);
}

static int value_out_of_range(const struct option_input *in, const char *value, const char *how,
			      const char *bound)
{
	char quoted[OPTION_QUOTE_BYTES];

	return diag_add(in->diag, -EINVAL, "%s: '%s' is too %s %s", in->label,
			option_quote(value, quoted), how, bound);
}

/* Decimal digits only: for numbers that have no unit, such as a pid. */
static int decimal_parse(const char *text, uint64_t most, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > most)
			return -ERANGE;
	}
	*ret_number = number;
	return 0;
}

static void *option_member(const struct setting *option, const struct option_input *in)
{
	return (char *)in->options + option->offset;
}

int value_set_flag(const struct setting *option, const char *value, const struct option_input *in)
{
	bool on = true;

	if (value && option_parse_bool(value, &on) < 0)
		return value_wrong(in, value, "yes or no");
	*(bool *)option_member(option, in) = on;
	return 0;
}

int value_set_enable(const struct setting *option, const char *value, const struct option_input *in)
{
	int r = value_set_flag(option, value, in);

	if (r < 0)
		return r;
	in->options->off = !in->options->off;
	return 0;
}

int value_set_verbose(const struct setting *option, const char *value,
		      const struct option_input *in)
{
	unsigned *verbose = option_member(option, in);
	bool on = true;

	if (value && option_parse_bool(value, &on) < 0)
		return value_wrong(in, value, "yes or no");
	if (value || in->options->verbose_source != in->source)
		*verbose = 0;
	in->options->verbose_source = in->source;
	*verbose += on;
	return 0;
}

int value_set_text(const struct setting *option, const char *value, const struct option_input *in)
{
	char **text = option_member(option, in);
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int value_add_text(const struct setting *option, const char *value, const struct option_input *in)
{
	__typeof__(in->options->config.suppressions) *texts = option_member(option, in);
	char *copy = strdup(value);
	int r = copy ? vec_push(texts, copy) : -ENOMEM;

	if (r < 0)
		free(copy);
	return r;
}

int value_add_allocator(const struct setting *option, const char *value,
			const struct option_input *in)
{
	_cleanup_(allocator_spec_done) struct allocator_spec spec = { 0 };
	int r = allocator_spec_parse(&spec, value, in->diag);

	return r < 0 ? r : value_add_text(option, value, in);
}

int value_set_stdout(const struct setting *option, const char *value, const struct option_input *in)
{
	char **file = option_member(option, in);
	bool on = true;

	if (value && option_parse_bool(value, &on) < 0)
		return value_wrong(in, value, "yes or no");
	if (on)
		return value_set_text(option, "-", in);
	free(*file);
	*file = NULL;
	return 0;
}

int value_set_time(const struct setting *option, const char *value, const struct option_input *in)
{
	char bound[UNITS_TEXT_BYTES], text[UNITS_TEXT_BYTES + 16];
	uint64_t ns;
	int r = units_parse_ns(value, &ns);

	if (r == -EINVAL)
		return value_wrong(in, value, "a time; write 250ms, 5s or 2m");
	if (r < 0 || ns > CONFIG_TIME_LIMIT_NS)
		return value_out_of_range(in, value, "long", "a time: ten years are the most");
	if (ns < option->least) {
		snprintf(text, sizeof(text), "a time: %s is the least",
			 units_format_ns(option->least, bound));
		return value_out_of_range(in, value, "short", text);
	}
	*(uint64_t *)option_member(option, in) = ns;
	return 0;
}

int value_set_bytes(const struct setting *option, const char *value, const struct option_input *in)
{
	uint64_t bytes = 0;
	int r = units_parse_bytes(value, &bytes);

	if (r == -ERANGE || (option->most && bytes > option->most))
		return value_out_of_range(in, value, "large", "a size");
	if (r == 0)
		*(uint64_t *)option_member(option, in) = bytes;
	return r < 0 ? value_wrong(in, value, "a size; write 512, 10k or 1.5M") : 0;
}

int value_set_count(const struct setting *option, const char *value, const struct option_input *in)
{
	char bound[UNITS_TEXT_BYTES], text[UNITS_TEXT_BYTES + 24];
	size_t n = strlen(value);
	uint64_t count;
	int r = units_parse_count(value, &count);

	/* "1.5M" is a count, "1.5" is not. */
	if (r == 0 && strchr(value, '.') && isdigit((unsigned char)value[n - 1]))
		r = -EINVAL;
	if (r == -EINVAL)
		return value_wrong(in, value, "a number; write 10, 5k or 2M");
	if (r == 0 && count >= option->least && (!option->most || count <= option->most)) {
		*(uint64_t *)option_member(option, in) = count;
		return 0;
	}
	if (r == 0 && count < option->least) {
		snprintf(text, sizeof(text), "a number: %s is the least",
			 units_format_count(option->least, bound));
		return value_out_of_range(in, value, "small", text);
	}
	snprintf(text, sizeof(text), "a number: %s is the most",
		 units_format_count(option->most ? option->most : UINT64_MAX, bound));
	return value_out_of_range(in, value, "large", text);
}

int value_set_exitcode(const struct setting *option, const char *value,
		       const struct option_input *in)
{
	uint64_t number;

	if (decimal_parse(value, 255, &number) < 0)
		return value_wrong(in, value, "an exit status; write a number from 0 to 255");
	*(int *)option_member(option, in) = (int)number;
	return 0;
}

/* Stores the position of VALUE in WORDS, which end with NULL, as an enum. */
static int set_word(const struct setting *option, const char *value, const struct option_input *in,
		    const char *const *words, const char *expected)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(value, words[i]) == 0) {
			*(int *)option_member(option, in) = i;
			return 0;
		}
	}
	return value_wrong(in, value, expected);
}

int value_set_color(const struct setting *option, const char *value, const struct option_input *in)
{
	static const char *const words[] = { "auto", "always", "never", NULL };

	return set_word(option, value, in, words, "one of auto, always and never");
}

int value_set_unwind(const struct setting *option, const char *value, const struct option_input *in)
{
	static const char *const words[] = { "auto", "dwarf", "fp", NULL };

	return set_word(option, value, in, words, "one of auto, dwarf and fp");
}

/*
 * Calls EACH for every word of a comma separated list, empty ones included, so that a stray
 * comma is an error of the word.
 */
static int list_each(const char *list,
		     int (*each)(const char *word, const struct option_input *in, void *to),
		     const struct option_input *in, void *to)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *word; r == 0 && (word = strsep(&rest, ","));) {
		while (*word == ' ')
			word++;
		for (size_t n = strlen(word); n && word[n - 1] == ' '; n--)
			word[n - 1] = '\0';
		r = each(word, in, to);
	}
	return r;
}

static int add_pid(const char *word, const struct option_input *in, void *to)
{
	__typeof__(in->options->config.pids) *pids = to;
	uint64_t number;

	if (decimal_parse(word, INT32_MAX, &number) < 0 || number == 0)
		return value_wrong(in, word, "a process id; write PID or PID,PID");
	vec_foreach(pid, pids) {
		if (*pid == (pid_t)number)
			return 0;
	}
	if (pids->n == CONFIG_MAX_PIDS)
		return diag_add(in->diag, -EINVAL, "%s: more than %d processes", in->label,
				CONFIG_MAX_PIDS);
	return vec_push(pids, (pid_t)number);
}

int value_set_pids(const struct setting *option, const char *value, const struct option_input *in)
{
	return list_each(value, add_pid, in, option_member(option, in));
}

static int check_subsystem(const char *word, const struct option_input *in, void *to)
{
	_cleanup_free_ char *names = str_printf("%s,all", log_names());
	_cleanup_free_ char *what = str_printf("a part of the log; write %s,all", log_names());
	char *rest = names;

	(void)to;
	if (!names || !what)
		return -ENOMEM;
	for (char *name; (name = strsep(&rest, ","));) {
		if (strcmp(name, word) == 0)
			return 0;
	}
	return value_wrong(in, word, what);
}

int value_set_log(const struct setting *option, const char *value, const struct option_input *in)
{
	_cleanup_free_ char *words = strdup(value);
	char *end = words;
	int r = list_each(value, check_subsystem, in, NULL);

	if (r < 0)
		return r;
	if (!words)
		return -ENOMEM;
	/* log_enable() wants the words without the spaces that list_each() passes over. */
	for (; *value; value++) {
		if (*value != ' ')
			*end++ = *value;
	}
	*end = '\0';
	return value_set_text(option, words, in);
}

int value_set_mask(const struct setting *option, const char *value, const struct option_input *in)
{
	char *end;

	errno = 0;
	*(uint64_t *)option_member(option, in) = strtoull(value, &end, 0);
	if (errno || end == value || *end || *value == '-')
		return value_wrong(in, value, "a number such as 0xff00000000000000");
	return 0;
}

static int add_show(const char *word, const struct option_input *in, void *to)
{
	int class = resource_class_parse(word);

	if (class != CLASS_REACHABLE && class != CLASS_INDIRECT && class != CLASS_OUTSTANDING &&
	    class != CLASS_RETAINED && class != CLASS_PEAK)
		return value_wrong(in, word,
				   "something to show; write some of reachable, indirect, "
				   "outstanding, retained, peak");
	*(uint32_t *)to |= 1u << class;
	return 0;
}

int value_set_show(const struct setting *option, const char *value, const struct option_input *in)
{
	return list_each(value, add_show, in, option_member(option, in));
}

static int add_kind(const char *word, const struct option_input *in, void *to)
{
	uint32_t *kinds = to;
	int kind = resource_kind_parse(word);

	if (kind < 0)
		return value_wrong(in, word,
				   "a kind of resource; write some of memory, mapping, fd, thread");
	*kinds |= 1u << kind;
	return 0;
}

int value_set_kinds(const struct setting *option, const char *value, const struct option_input *in)
{
	uint32_t kinds = 0;
	int r = list_each(value, add_kind, in, &kinds);

	if (r < 0)
		return r;
	*(uint32_t *)option_member(option, in) = kinds;
	return 0;
}

static int add_class(const char *word, const struct option_input *in, void *to)
{
	uint32_t *classes = to;
	int class = resource_class_parse(word);

	if (class < 0)
		return value_wrong(in, word,
				   "a class; write some of lost, indirect, reachable, outstanding, "
				   "retained, leaked, at-exit, before-attach, bad-close, growth, "
				   "peak");
	*classes |= 1u << class;
	return 0;
}

int value_set_classes(const struct setting *option, const char *value,
		      const struct option_input *in)
{
	uint32_t classes = 0;
	int r = list_each(value, add_class, in, &classes);

	if (r < 0)
		return r;
	*(uint32_t *)option_member(option, in) = classes;
	return 0;
}

struct fail_list {
	struct fail_on fail_on;
	bool none;
	bool any;
};

enum { MEMORY = 1u << KIND_MEMORY };

static void fail_on_add(struct fail_on *fail_on, uint32_t kinds, uint32_t classes)
{
	for (int kind = 0; kind < _KIND_MAX; kind++) {
		if (kinds & 1u << kind)
			fail_on->classes[kind] |= classes;
	}
}

static int add_fail_word(const char *word, const struct option_input *in, void *to)
{
	static const struct {
		const char *word;
		uint32_t kinds;
		uint32_t classes;
	} words[] = {
		{ "lost", MEMORY, 1u << CLASS_LOST | 1u << CLASS_INDIRECT },
		{ "indirect", MEMORY, 1u << CLASS_INDIRECT },
		{ "reachable", MEMORY, 1u << CLASS_REACHABLE },
		{ "outstanding", MEMORY | 1u << KIND_MAPPING, 1u << CLASS_OUTSTANDING },
		{ "retained", MEMORY, 1u << CLASS_RETAINED },
		{ "growth", ~0u, 1u << CLASS_GROWTH },
		{ "at-exit", ~0u, 1u << CLASS_AT_EXIT },
		{ "mapping", 1u << KIND_MAPPING, 1u << CLASS_LEAKED },
		{ "fd", 1u << KIND_FD, 1u << CLASS_LEAKED },
		{ "thread", 1u << KIND_THREAD, 1u << CLASS_LEAKED },
	};
	struct fail_list *list = to;

	if (strcmp(word, "none") == 0) {
		list->none = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, word) == 0) {
			fail_on_add(&list->fail_on, words[i].kinds, words[i].classes);
			list->any = true;
			return 0;
		}
	}
	return value_wrong(in, word,
			   "a kind of leak; write some of lost, indirect, reachable, "
			   "outstanding, retained, growth, at-exit, mapping, fd, thread, or none");
}

int value_set_fail_on(const struct setting *option, const char *value,
		      const struct option_input *in)
{
	struct fail_list list = { 0 };
	int r = list_each(value, add_fail_word, in, &list);

	if (r < 0)
		return r;
	if (list.none && list.any)
		return diag_add(in->diag, -EINVAL, "%s: 'none' excludes the other words",
				in->label);
	*(struct fail_on *)option_member(option, in) = list.fail_on;
	return 0;
}
