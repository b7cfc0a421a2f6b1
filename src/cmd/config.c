// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the user asked for. The command line is read twice: first alone, so that its errors,
 * --help and --version do not depend on a file, then again on top of the file and the variable.
 */
#include "cmd/config.h"

#include "base/log.h"
#include "base/str.h"
#include "cmd/config_file.h"
#include "cmd/config_options.h"
#include "cmd/config_outputs.h"
#include "cmd/config_values.h"
#include "cmd/config_words.h"
#include "cmd/mark_call.h"
#include "model/sites.h"
#include "version.h"

#define VARIABLE "LEAKTRACE_OPTIONS"

/* One run of argp over one list of words. */
struct command_line {
	const struct argp *argp;
	struct options *options;
	enum option_source source;
	struct diag *diag;
	const char *verb; /* the word that named it, NULL: none */
	bool given[OPTIONS_MAX];
	int last;   /* the first word that is not yet understood */
	bool ended; /* by "--" */
	int r;	    /* what a callback returned; argp does not keep the values apart */
};

void config_init(struct config *config)
{
	*config = (struct config){
		.interval_ns = UINT64_MAX,
		.linger_ns = CONFIG_LINGER_DEFAULT_NS,
		.history_ns = CONFIG_HISTORY_DEFAULT_NS,
		.keep = CONFIG_KEEP_DEFAULT,
		.sample_interval_ns = UINT64_MAX,
		.top = CONFIG_TOP_DEFAULT,
		.max_blocks = CONFIG_MAX_BLOCKS_DEFAULT,
		.max_blocks_per_process = UINT64_MAX,
		.scan_timeout_ns = CONFIG_SCAN_TIMEOUT_NS,
		.kinds = (1u << _KIND_MAX) - 1,
		/* The same as "--fail-on lost,mapping,fd,thread". */
		.fail_on.classes = {
			[KIND_MEMORY] = 1u << CLASS_LOST | 1u << CLASS_INDIRECT,
			[KIND_MAPPING] = 1u << CLASS_LEAKED,
			[KIND_FD] = 1u << CLASS_LEAKED,
			[KIND_THREAD] = 1u << CLASS_LEAKED,
		},
		.error_exitcode = EXIT_LEAKS,
	};
}

void config_done(struct config *config)
{
	vec_done(&config->pids);
	outputs_done(config);
	vec_foreach(file, &config->suppressions)
		free(*file);
	vec_done(&config->suppressions);
	vec_foreach(allocator, &config->allocators)
		free(*allocator);
	vec_done(&config->allocators);
	free(config->output);
	free(config->baseline);
	free(config->only_test);
	free(config->between);
	free(config->only_module);
	free(config->tests);
	free(config->test_env);
	free(config->test_marker);
	free(config->user);
	free(config->comm);
	free(config->exclude);
	free(config->uid);
	free(config->cgroup);
	free(config->container);
	free(config->state_dir);
	free(config->print);
	config->user = config->comm = config->state_dir = config->print = NULL;
	config->exclude = config->uid = config->cgroup = config->container = NULL;
}

static int usage_error(struct diag *diag, const char *text)
{
	diag_add(diag, -EINVAL, "%s", text);
	return diag_hint(diag, "\"leaktrace --help\" explains the usage");
}

/* Whether WORD is a verb, which then is what is asked for. */
static bool verb_parse(struct command_line *line, const char *word)
{
	static const struct {
		const char *word;
		enum verb verb;
	} verbs[] = {
		{ "doctor", VERB_DOCTOR },   { "report", VERB_REPORT }, { "diff", VERB_DIFF },
		{ "suppress", VERB_REPORT }, { "top", VERB_ATTACH },	{ "oom", VERB_OOM },
		{ "mark", VERB_MARK },
	};
	struct config *config = &line->options->config;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(word, verbs[i].word) != 0)
			continue;
		line->verb = verbs[i].word;
		config->verb = verbs[i].verb;
		config->suppress = strcmp(word, "suppress") == 0;
		config->top_view = strcmp(word, "top") == 0;
		return true;
	}
	return false;
}

/* The first word of the command line that is no option: a verb or the start of COMMAND. */
static int word_parse(struct command_line *line, char *word, struct argp_state *state)
{
	struct config *config = &line->options->config;
	char quoted[OPTION_QUOTE_BYTES];

	option_quote(word, quoted);
	if (line->source == SOURCE_VARIABLE)
		return diag_add(line->diag, -EINVAL, VARIABLE ": '%s' is not an option", quoted);
	if (config->verb == VERB_OOM && config->explain && !config->explain_file) {
		config->explain_file = word;
		return 0;
	}
	if ((config->verb == VERB_REPORT || config->verb == VERB_DIFF) && !config->report_file) {
		config->report_file = word;
		return 0;
	}
	if (config->verb == VERB_DIFF && !config->diff_file) {
		config->diff_file = word;
		return 0;
	}
	if (config->verb == VERB_MARK && !config->mark_name) {
		config->mark_name = word;
		return 0;
	}
	if (line->verb && (config->verb != VERB_OOM || config->explain))
		return diag_add(line->diag, -EINVAL, "%s: '%s' is not an option", line->verb,
				quoted);
	if (!line->verb && !state->quoted && verb_parse(line, word))
		return 0;
	/* Whatever follows belongs to COMMAND. */
	config->command = &state->argv[state->next - 1];
	state->next = state->argc;
	return 0;
}

static int option_parse(struct command_line *line, const struct setting *option, const char *value,
			struct argp_state *state)
{
	struct options *options = line->options;
	size_t n;
	int r = options_set(options, option, value, line->source, NULL, line->diag);

	if (r < 0)
		return r;
	line->given[option - options_list(&n)] = true;
	/* --help wins over whatever follows it. */
	if (options->help || options->usage || options->version)
		state->next = state->argc;
	return 0;
}

static error_t key_parse(int key, char *value, struct argp_state *state)
{
	struct command_line *line = state->input;
	const struct setting *option = options_find_key(key);

	if (key == ARGP_KEY_END)
		line->ended = state->quoted;
	if (key == ARGP_KEY_ARG)
		line->r = word_parse(line, value, state);
	else if (option)
		line->r = option_parse(line, option, value, state);
	else
		return ARGP_ERR_UNKNOWN;
	line->last = state->next;
	return line->r < 0 ? EINVAL : 0;
}

static int line_parse(struct command_line *line, int argc, char **argv)
{
	unsigned flags = ARGP_IN_ORDER | ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP;
	error_t e;

	line->last = 1;
	e = argp_parse(line->argp, argc, argv, flags, NULL, line);
	if (line->r < 0 || e == 0)
		return line->r;
	if (e == ENOMEM)
		return -ENOMEM;
	return words_explain(argv[line->last], line->source == SOURCE_VARIABLE ? VARIABLE ": " : "",
			     line->diag);
}

/* Options that the command line gives but that have no meaning for what it asks. */
static int verb_check(const struct command_line *line)
{
	static const char *const verbs[] = {
		[VERB_RUN] = "with a COMMAND", [VERB_ATTACH] = "with -p or -a",
		[VERB_DOCTOR] = "with doctor", [VERB_REPORT] = "with report",
		[VERB_DIFF] = "with diff",     [VERB_SCHEMA] = "with report --schema",
		[VERB_OOM] = "with oom",       [VERB_MARK] = "with mark",
	};
	enum verb verb = line->options->config.verb;
	unsigned mask = 1u << verb;
	const struct setting *list;
	size_t n;

	list = options_list(&n);
	/* The recorder runs a command as run does. */
	if (verb == VERB_OOM && line->options->config.command)
		mask |= 1u << VERB_RUN;
	if (verb == VERB_OOM && line->options->config.allocations)
		mask |= 1u << VERB_ATTACH;
	for (size_t i = 0; i < n; i++) {
		bool attaches = list[i].verbs & 1u << VERB_ATTACH;
		bool nothing = verb == VERB_RUN && !line->options->config.command;

		if (line->given[i] && !(list[i].verbs & mask))
			return diag_add(line->diag, -EINVAL, "--%s has no meaning %s", list[i].name,
					attaches && nothing ? "without -p or -a" : verbs[verb]);
	}
	return 0;
}

/* What oom is asked for: one thing. */
static int oom_check(const struct command_line *line)
{
	const struct config *config = &line->options->config;
	bool chosen = config->pids.n || config->comm || config->command;

	int n_reads = config->explain + config->list + (config->print != NULL);

	if (n_reads > 1 || (n_reads && chosen))
		return usage_error(line->diag, "oom: --explain, --list, --print and recording are "
					       "four things");
	if (config->allocations && !config->pids.n && !config->command)
		return usage_error(line->diag, "oom: --allocations needs -p PID");
	if (line->ended && !config->command && !config->explain)
		return usage_error(line->diag, "COMMAND is missing after '--'");
	if (config->outputs[FORMAT_JSON] && !config->explain && !config->command &&
	    !config->allocations && line->source == SOURCE_COMMAND_LINE)
		return usage_error(line->diag, "oom: --json goes with --explain or a COMMAND; the "
					       "recorder keeps JSON beside each text");
	return 0;
}

static int mark_check(const struct command_line *line)
{
	const struct config *config = &line->options->config;

	if (!config->mark_name || !*config->mark_name || strlen(config->mark_name) > MARK_NAME_MAX)
		return usage_error(line->diag, "mark: a name of 1 to 200 bytes is needed");
	if (config->pids.n > 1)
		return usage_error(line->diag, "mark: one PID is enough");
	return 0;
}

/* Finds out which verb is meant and whether the words make sense together. */
static int line_check(struct command_line *line)
{
	struct config *config = &line->options->config;
	char quoted[OPTION_QUOTE_BYTES];
	int r;

	config->all |= config->uid || config->cgroup || config->container ||
		       (config->comm && config->verb != VERB_OOM);
	if (config->pids.n && config->all)
		return usage_error(line->diag, "-p and a choice out of all processes (-a, --comm, "
					       "--uid, --cgroup, --container) exclude each other");
	if ((config->pids.n || config->all) && config->command)
		return diag_add(
			line->diag, -EINVAL, "%s and a COMMAND ('%s') cannot be traced together",
			config->all ? "-a" : "-p", option_quote(config->command[0], quoted));
	if ((config->pids.n || config->all) && !line->verb)
		config->verb = VERB_ATTACH;
	if (config->verb == VERB_REPORT && line->options->schema && !config->report_file)
		config->verb = VERB_SCHEMA;
	if (config->suppress && outputs_suppress(config) < 0)
		return -ENOMEM;
	r = verb_check(line);
	if (r == 0)
		r = outputs_check(config, line->diag);
	if (r < 0)
		return r;
	/* The screen is what there is to read. */
	config->quiet |= config->top_view;
	if (config->top_view && !config->pids.n && !config->all)
		return usage_error(line->diag, "top: neither -p PID nor -a is given");
	if (config->verb == VERB_REPORT && !config->report_file)
		return diag_add(line->diag, -EINVAL, "%s: the name of a recording is missing",
				line->verb);
	if (config->verb == VERB_DIFF && !config->diff_file)
		return usage_error(line->diag, "diff: the names of two recordings are needed");
	if (config->verb == VERB_MARK)
		return mark_check(line);
	if (config->verb == VERB_OOM)
		return oom_check(line);
	if (config->verb != VERB_RUN || config->command)
		return 0;
	if (line->ended)
		return usage_error(line->diag, "COMMAND is missing after '--'");
	return usage_error(line->diag, "neither a COMMAND nor -p PID nor -a is given");
}

static int variable_read(const struct argp *argp, struct options *options, struct diag *diag)
{
	const char *text = getenv(VARIABLE);
	struct command_line line = {
		.argp = argp, .options = options, .source = SOURCE_VARIABLE, .diag = diag
	};
	_cleanup_(words_done) struct words words = { 0 };
	const char *why = NULL;
	int r;

	if (!text)
		return 0;
	r = words_split(&words, VARIABLE, text, &why);
	if (r < 0)
		return why ? diag_add(diag, r, VARIABLE ": %s", why) : r;
	return line_parse(&line, (int)words.list.n - 1, words.list.items);
}

/* LEAKTRACE=0 wins over the file, and so does LEAKTRACE=1; other texts are not for leaktrace. */
static void disabled_read(struct options *options)
{
	const char *text = getenv("LEAKTRACE");
	bool enabled = !options->off;

	if (text && option_parse_bool(text, &enabled) < 0)
		enabled = !options->off;
	options->config.disabled =
		!enabled && (options->config.verb == VERB_RUN || options->config.verb == VERB_MARK);
}

static int log_read(const struct options *options, struct diag *diag)
{
	int r = 0;

	if (options->config.verbose)
		r = log_enable(options->config.verbose > 1 ? "all" : "attach,features", diag);
	if (r == 0 && options->log)
		r = log_enable(options->log, diag);
	return r;
}

/* Reads the three sources into OPTIONS, which is fresh, the one that wins last. */
static int sources_read(const struct command_line *checked, struct options *options, int argc,
			char **argv)
{
	struct command_line line = {
		.argp = checked->argp,
		.options = options,
		.source = SOURCE_COMMAND_LINE,
		.diag = checked->diag,
	};
	int r;

	if (checked->options->config.verb != VERB_SCHEMA) {
		r = config_file_read(options, line.diag);
		if (r < 0)
			return r;
		r = variable_read(line.argp, options, line.diag);
		if (r < 0)
			return r;
	}
	r = line_parse(&line, argc, argv);
	if (r == 0)
		r = line_check(&line);
	if (r < 0)
		return r;
	memcpy(options->config.given, line.given, sizeof(line.given));
	disabled_read(options);
	return log_read(options, line.diag);
}

/* Does what --help, --usage, --version and no argument at all ask for; returns whether it did. */
static bool help_print(const struct argp *argp, const struct options *options, int argc, int *ret_r)
{
	static char name[] = "leaktrace";

	*ret_r = 1;
	if (options->help) {
		argp_help(argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC,
			  name);
	} else if (options->usage) {
		argp_help(argp, stdout, ARGP_HELP_USAGE, name);
	} else if (options->version) {
		printf("leaktrace %s\n", LEAKTRACE_VERSION);
	} else if (argc < 2) {
		argp_help(argp, stderr, ARGP_HELP_SHORT_USAGE | ARGP_HELP_SEE, name);
		*ret_r = 1 + EXIT_USAGE;
	} else {
		return false;
	}
	return true;
}

/* As config_parse(), but a wrong usage is -EINVAL and its reason is still in DIAG. */
static int config_read(struct config *config, const struct argp *argp, int argc, char **argv,
		       struct diag *diag)
{
	_cleanup_(options_done) struct options first, merged;
	struct command_line line = {
		.argp = argp, .options = &first, .source = SOURCE_COMMAND_LINE, .diag = diag
	};
	int r, status;

	options_init(&first);
	options_init(&merged);
	r = line_parse(&line, argc, argv);
	if (r < 0)
		return r;
	if (help_print(argp, &first, argc, &status))
		return status;
	r = line_check(&line);
	if (r < 0)
		return r;
	r = sources_read(&line, &merged, argc, argv);
	if (r < 0)
		return r;
	config_done(config);
	*config = merged.config;
	config_init(&merged.config);
	return 0;
}

bool config_is_given(const struct config *config, const char *name)
{
	const struct setting *option = options_find(name);
	size_t n;

	return option && config->given[option - options_list(&n)];
}

void config_fail_unscanned(struct config *config)
{
	uint32_t *classes = &config->fail_on.classes[KIND_MEMORY];

	if (*classes & 1u << CLASS_LOST)
		*classes |= 1u << CLASS_OUTSTANDING;
}

int config_parse(struct config *config, int argc, char **argv, struct diag *diag)
{
	_cleanup_free_ struct argp_option *rows = options_argp();
	const struct argp argp = {
		.options = rows,
		.parser = key_parse,
		.args_doc = "[--] COMMAND [ARG...]\n-p PID[,PID...]\n-a\n"
			    "top -p PID|-a\ndoctor\n"
			    "report FILE\nreport --schema\ndiff OLD NEW\nsuppress FILE\n"
			    "mark [-p PID] NAME\n"
			    "oom [-p PID[,PID...]|--comm NAME|[--] COMMAND [ARG...]]\n"
			    "oom --explain [FILE]\noom --list|--print NAME",
		.doc = "Finds leaked memory, file descriptors and threads, and the test that "
		       "leaked, from outside: programs need not be rebuilt or restarted.\v"
		       "Times: 250ms, 5s, 2m, 1h. Sizes: 512, 10k, 1.5M. Options are also read "
		       "from LEAKTRACE_OPTIONS and from .leaktrace.conf; LEAKTRACE=0 runs COMMAND "
		       "without tracing. See leaktrace(1).",
	};
	int r = rows ? config_read(config, &argp, argc, argv, diag) : -ENOMEM;

	/* A recording knows whether its memory was looked through. */
	if (r == 0 && config->verb != VERB_REPORT && config->verb != VERB_DIFF &&
	    !config_scans(config))
		config_fail_unscanned(config);
	if (r >= 0)
		return r;
	if (r == -ENOMEM)
		diag_add(diag, r, "out of memory");
	diag_print(diag, stderr);
	return 1 + (r == -ENOMEM ? EXIT_CANNOT_TRACE : EXIT_USAGE);
}
