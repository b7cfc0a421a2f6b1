/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of an option's value becomes a value: the setters that the table of options names. */
#ifndef LT_CMD_CONFIG_VALUES_H
#define LT_CMD_CONFIG_VALUES_H

#include "cmd/config_options.h"

/*
 * Each sets the member at option->offset from VALUE, which is NULL only for a flag on a command
 * line. 0, -ENOMEM, or -EINVAL with a sentence in the diag of IN.
 */
int value_set_flag(const struct setting *option, const char *value, const struct option_input *in);
int value_set_enable(const struct setting *option, const char *value,
		     const struct option_input *in);
int value_set_verbose(const struct setting *option, const char *value,
		      const struct option_input *in);
int value_set_text(const struct setting *option, const char *value, const struct option_input *in);
/* One more text. */
int value_add_text(const struct setting *option, const char *value, const struct option_input *in);
/* One more description of an allocator, if it can be read. */
int value_add_allocator(const struct setting *option, const char *value,
			const struct option_input *in);
/* For a file name that can only be "-". */
int value_set_stdout(const struct setting *option, const char *value,
		     const struct option_input *in);
int value_set_time(const struct setting *option, const char *value, const struct option_input *in);
int value_set_bytes(const struct setting *option, const char *value, const struct option_input *in);
int value_set_count(const struct setting *option, const char *value, const struct option_input *in);
int value_set_exitcode(const struct setting *option, const char *value,
		       const struct option_input *in);
int value_set_color(const struct setting *option, const char *value, const struct option_input *in);
int value_set_unwind(const struct setting *option, const char *value,
		     const struct option_input *in);
int value_set_pids(const struct setting *option, const char *value, const struct option_input *in);
int value_set_mask(const struct setting *option, const char *value, const struct option_input *in);
int value_set_show(const struct setting *option, const char *value, const struct option_input *in);
int value_set_kinds(const struct setting *option, const char *value, const struct option_input *in);
int value_set_classes(const struct setting *option, const char *value,
		      const struct option_input *in);
int value_set_log(const struct setting *option, const char *value, const struct option_input *in);
int value_set_fail_on(const struct setting *option, const char *value,
		      const struct option_input *in);

/* "yes", "no", "true", "false", "on", "off", "1", "0"; -EINVAL for any other word. */
int option_parse_bool(const char *text, bool *ret_value) _must_check_;

/* Room for a piece of input that an error quotes. */
#define OPTION_QUOTE_BYTES 64

/* TEXT with control characters replaced and the end cut, for use in a sentence. Returns TO. */
char *option_quote(const char *text, char to[OPTION_QUOTE_BYTES]);

#endif
