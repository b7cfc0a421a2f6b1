/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of options. It feeds argp (command line and LEAKTRACE_OPTIONS) and the reader of
 * the configuration file, so that the three know the same names, units and bounds.
 */
#ifndef LT_CMD_CONFIG_OPTIONS_H
#define LT_CMD_CONFIG_OPTIONS_H

#include <argp.h>

#include "cmd/config.h"

/* Where a value came from; also a bit of struct setting.sources. */
enum option_source {
	SOURCE_FILE = 1 << 0,
	SOURCE_VARIABLE = 1 << 1,
	SOURCE_COMMAND_LINE = 1 << 2,
};

/* What the sources read so far say. Later sources overwrite what earlier ones said. */
struct options {
	struct config config;
	char *log; /* argument of --log or NULL */
	bool off;  /* "enable = no" */
	bool help;
	bool usage;
	bool version;
	bool schema;
	enum option_source verbose_source; /* -v adds up within one source only */
};

struct setting;

/* What a setter needs besides the option and the text of its value. */
struct option_input {
	struct options *options;
	enum option_source source;
	const char *label; /* how an error names the option: "--top", "/x/.leaktrace.conf:3: top" */
	struct diag *diag;
};

struct setting {
	const char *name;
	int letter;	  /* the short option, or 0 */
	const char *arg;  /* what the value is, for people; NULL: a flag */
	int group;	  /* of --help */
	unsigned sources; /* bit per enum option_source that may set it */
	unsigned verbs;	  /* bit (1 << enum verb) per verb that it has a meaning for */
	int (*set)(const struct setting *option, const char *value, const struct option_input *in);
	size_t offset; /* of the member of struct options that SET fills */
	uint64_t least;
	uint64_t most; /* 0: any */
	const char *help;
};

/* The table; *ret_n is how many. */
const struct setting *options_list(size_t *ret_n);

const struct setting *options_find(const char *name);

/* The option that argp calls KEY, or NULL. */
const struct setting *options_find_key(int key);

/* The same as argp rows: to be freed, NULL when there is no memory. */
struct argp_option *options_argp(void);

/*
 * Sets OPTION to VALUE (NULL: a flag without a value). WHERE is the "file:line" of a file.
 * -EINVAL, with a sentence in DIAG, when the value or the source is wrong.
 */
int options_set(struct options *options, const struct setting *option, const char *value,
		enum option_source source, const char *where, struct diag *diag) _must_check_;

void options_init(struct options *options);
void options_done(struct options *options);

#endif
