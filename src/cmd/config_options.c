// SPDX-License-Identifier: BSD-2-Clause
/*
 * The one list of options. Called by config.c for the command line and LEAKTRACE_OPTIONS and by
 * config_file.c; it does not know in which order.
 */
#include "cmd/config_options.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "cmd/config_values.h"

/* Keys of options without a letter: this plus their place in the table. */
enum { OPTION_KEY_BASE = 0x100 };

enum {
	GROUP_TRACE = 1,
	GROUP_REPORT,
	GROUP_FAIL,
	GROUP_LIMITS,
	GROUP_MESSAGES,
	GROUP_SCHEMA,
	GROUP_OOM,
	GROUP_HELP,
	_GROUP_END,
};

static const char *const group_titles[_GROUP_END] = {
	[GROUP_TRACE] = "What to trace:", [GROUP_REPORT] = "What to report:",
	[GROUP_FAIL] = "When to fail:",	  [GROUP_LIMITS] = "Limits:",
	[GROUP_MESSAGES] = "Messages:",	  [GROUP_SCHEMA] = "With report and diff:",
	[GROUP_OOM] = "With oom:",
};

#define MEMBER(m)	.offset = offsetof(struct options, m)
#define RUN		(1u << VERB_RUN)
#define ATTACH		(1u << VERB_ATTACH)
#define TRACE		(RUN | ATTACH)
#define OOM		(1u << VERB_OOM)
#define MARK		(1u << VERB_MARK)
#define REPORT		(1u << VERB_REPORT)
#define DIFF		(1u << VERB_DIFF)
#define SHOW		(TRACE | REPORT | DIFF)
#define EVERY_VERB	(SHOW | OOM | MARK | 1u << VERB_DOCTOR | 1u << VERB_SCHEMA)
#define ANYWHERE	(SOURCE_FILE | SOURCE_VARIABLE | SOURCE_COMMAND_LINE)
#define TEXT_OF(number) #number
#define TEXT(macro)	TEXT_OF(macro)

/* One option per paragraph. */
/* clang-format off */
static const struct setting option_table[] = {
	{ "pid", 'p', "PID[,PID...]", GROUP_TRACE, SOURCE_COMMAND_LINE, ATTACH | OOM | MARK,
	  value_set_pids,
	  MEMBER(config.pids), .help = "Trace these running processes (can be repeated)" },
	{ "kinds", 'k', "LIST", GROUP_TRACE, ANYWHERE, SHOW, value_set_kinds, MEMBER(config.kinds),
	  .help = "What to trace, with report what to show: some of memory, mapping, fd, thread "
	  "(default all)" },
	{ "all", 'a', NULL, GROUP_TRACE, SOURCE_COMMAND_LINE, ATTACH, value_set_flag,
	  MEMBER(config.all), .help = "Trace every process, those that start later too" },
	{ "comm", 0, "GLOB[,GLOB...]", GROUP_TRACE, SOURCE_COMMAND_LINE, ATTACH | OOM,
	  value_set_text, MEMBER(config.comm),
	  .help = "Like -a, but only programs with such a name; with oom: watch programs of this "
	  "name and what they start, and nothing else" },
	{ "uid", 0, "USER", GROUP_TRACE, SOURCE_COMMAND_LINE, ATTACH, value_set_text,
	  MEMBER(config.uid), .help = "Like -a, but only processes of this user" },
	{ "cgroup", 0, "PATH", GROUP_TRACE, SOURCE_COMMAND_LINE, ATTACH, value_set_text,
	  MEMBER(config.cgroup), .help = "Like -a, but only processes in this cgroup or below" },
	{ "container", 0, "ID|PID", GROUP_TRACE, SOURCE_COMMAND_LINE, ATTACH, value_set_text,
	  MEMBER(config.container),
	  .help = "Like -a, but only this container: by its id, or by the pid of a process in it" },
	{ "exclude", 0, "GLOB[,GLOB...]", GROUP_TRACE, ANYWHERE, ATTACH, value_set_text,
	  MEMBER(config.exclude), .help = "With -a: but no programs with such a name" },
	{ "follow-forks", 'f', NULL, GROUP_TRACE, ANYWHERE, ATTACH, value_set_flag,
	  MEMBER(config.follow_forks), .help = "With -p: trace what these processes start, too" },
	{ "interval", 'i', "TIME", GROUP_TRACE, ANYWHERE, TRACE | OOM, value_set_time,
	  MEMBER(config.interval_ns), .least = CONFIG_INTERVAL_LEAST_NS,
	  .help = "With -p and -a: report this often; with oom: look at processes this often "
	  "(default 5s); with COMMAND: take a mark this often (default: none)" },
	{ "duration", 'd', "TIME", GROUP_TRACE, ANYWHERE, ATTACH | OOM, value_set_time,
	  MEMBER(config.duration_ns),
	  .help = "With -p, -a or oom: stop after this long (default 0: when interrupted)" },
	{ "linger", 0, "TIME", GROUP_TRACE, ANYWHERE, RUN, value_set_time, MEMBER(config.linger_ns),
	  .help = "Wait this long for processes that COMMAND left behind (default 1s)" },
	{ "sample-interval", 0, "TIME", GROUP_TRACE, ANYWHERE, TRACE, value_set_time,
	  MEMBER(config.sample_interval_ns),
	  .help = "Note this often the memory, descriptors and threads of processes, for the JSON "
	  "report (default 250ms; with -p and -a: 0, never, but for --show=peak)" },
	{ "tests", 0, "NAME", GROUP_TRACE, ANYWHERE, TRACE, value_set_text, MEMBER(config.tests),
	  .help = "Tell tests apart: of the frameworks that are recognised (auto, default), of "
	  "this one, or not at all (none)" },
	{ "test-env", 0, "VAR", GROUP_TRACE, ANYWHERE, TRACE, value_set_text,
	  MEMBER(config.test_env),
	  .help = "A program that sets the variable VAR begins a test of that name" },
	{ "test-marker", 0, "BEGIN[:N][,END]", GROUP_TRACE, ANYWHERE, TRACE, value_set_text,
	  MEMBER(config.test_marker),
	  .help = "A call of the function BEGIN begins the test that its N-th argument names "
	  "(default 1), a call of END ends it" },
	{ "allocator", 0, "SPEC", GROUP_TRACE, ANYWHERE, TRACE, value_add_allocator,
	  MEMBER(config.allocators),
	  .help = "Functions that allocate as well: acquire=my_alloc(size=arg0) "
	  "release=my_free(arg0)" },
	{ "repeat", 0, "N", GROUP_TRACE, ANYWHERE, RUN, value_set_count, MEMBER(config.repeat),
	  .least = 1, .most = CONFIG_REPEAT_LIMIT,
	  .help = "Run each test of pytest and GoogleTest N times, and find what grows with each "
	  "run (3 or more are best)" },
	{ "python", 0, NULL, GROUP_TRACE, ANYWHERE, RUN, value_set_flag, MEMBER(config.python),
	  .help = "Set PYTHONMALLOC=malloc for COMMAND, so that small Python objects are seen one "
	  "by one" },
	{ "user", 0, "NAME", GROUP_TRACE, ANYWHERE, RUN, value_set_text, MEMBER(config.user),
	  .help = "Run COMMAND as this user (default: the one who called sudo)" },

	{ "debuginfod", 0, NULL, GROUP_REPORT, ANYWHERE, SHOW, value_set_flag,
	  MEMBER(config.debuginfod),
	  .help = "Ask the servers in DEBUGINFOD_URLS for debug files that this machine has not" },
	{ "older-than", 0, "TIME", GROUP_REPORT, ANYWHERE, TRACE, value_set_time,
	  MEMBER(config.older_than_ns), .help = "Leave out blocks younger than this" },
	{ "min-bytes", 0, "SIZE", GROUP_REPORT, ANYWHERE, SHOW, value_set_bytes,
	  MEMBER(config.min_bytes),
	  .help = "Leave out call sites, of one process, that hold less than this" },
	{ "min-count", 0, "N", GROUP_REPORT, ANYWHERE, SHOW, value_set_count,
	  MEMBER(config.min_count),
	  .help = "Leave out call sites, of one process, that hold fewer blocks" },
	{ "top", 0, "N", GROUP_REPORT, ANYWHERE, SHOW, value_set_count, MEMBER(config.top),
	  .help = "Show this many call sites and processes (default "
	  TEXT(CONFIG_TOP_DEFAULT) "; 0: all)" },
	{ "output", 'o', "FILE", GROUP_REPORT, ANYWHERE, TRACE, value_set_text,
	  MEMBER(config.output),
	  .help = "Keep a recording of the run, for \"leaktrace report FILE\"" },
#define FORMAT_AS(id, name, option, flags, text) \
	{ option, 0, (flags) & REPORT_NO_FILE ? NULL : "FILE", GROUP_REPORT, ANYWHERE, \
	  TRACE | REPORT | ((flags) & REPORT_OF_LOGS ? OOM | DIFF : 0), \
	  (flags) & REPORT_NO_FILE ? value_set_stdout : value_set_text, \
	  MEMBER(config.outputs[FORMAT_##id]), .help = text },
#define FORMAT(id, name, flags, text) FORMAT_AS(id, name, #name, flags, text)
#include "report/formats.def"
#undef FORMAT

	{ "fail-on", 0, "LIST", GROUP_FAIL, ANYWHERE, SHOW, value_set_fail_on,
	  MEMBER(config.fail_on),
	  .help = "What is a leak: some of lost, indirect, reachable, outstanding, retained, "
	  "growth, at-exit, mapping, fd, thread, or none (default lost,mapping,fd,thread). lost "
	  "implies indirect, and with --no-scan outstanding" },
	{ "error-exitcode", 0, "N", GROUP_FAIL, ANYWHERE, SHOW, value_set_exitcode,
	  MEMBER(config.error_exitcode),
	  .help = "Exit status when something leaked and COMMAND did not fail (0 to 255, "
	  "default 23)" },
	{ "scan", 0, NULL, GROUP_TRACE, ANYWHERE, TRACE, value_set_flag, MEMBER(config.scan),
	  .help = "With -p: stop the process for a moment at each report and tell lost from "
	  "reachable memory. COMMAND and its children are always looked through at their end" },
	{ "no-scan", 0, NULL, GROUP_TRACE, ANYWHERE, TRACE, value_set_flag, MEMBER(config.no_scan),
	  .help = "Do not look for pointers: all outstanding memory takes the place of lost "
	  "memory" },
	{ "scan-timeout", 0, "TIME", GROUP_LIMITS, ANYWHERE, TRACE, value_set_time,
	  MEMBER(config.scan_timeout_ns),
	  .help = "Give up looking through the memory of a process after this long (default 10s)" },
	{ "tag-mask", 0, "N", GROUP_LIMITS, ANYWHERE, TRACE, value_set_mask,
	  MEMBER(config.tag_mask),
	  .help = "Bits that the program keeps in its pointers besides the address, such as "
	  "0xffff000000000000" },
	{ "show", 0, "LIST", GROUP_REPORT, ANYWHERE, SHOW, value_set_show,
	  MEMBER(config.show),
	  .help = "Show the call sites of these too: some of reachable, indirect, "
	  "outstanding, retained, peak" },
	{ "suppressions", 0, "FILE", GROUP_FAIL, ANYWHERE, SHOW, value_add_text,
	  MEMBER(config.suppressions),
	  .help = "Do not fail on what FILE names, in the words of LeakSanitizer: leak:PATTERN and "
	  "so on (can be repeated)" },
	{ "baseline", 0, "FILE", GROUP_FAIL, ANYWHERE, TRACE | REPORT, value_set_text,
	  MEMBER(config.baseline),
	  .help = "Do not fail on call sites that FILE, a recording of an older run, has already: "
	  "only on new ones" },
	{ "strict", 0, NULL, GROUP_FAIL, ANYWHERE, SHOW, value_set_flag, MEMBER(config.strict),
	  .help = "Incomplete data fails like a leak" },

	{ "max-blocks", 0, "N", GROUP_LIMITS, ANYWHERE, TRACE, value_set_count,
	  MEMBER(config.max_blocks), .least = 1, .most = CONFIG_MAX_BLOCKS_LIMIT,
	  .help = "Room for N live blocks; " CONFIG_MAX_BLOCKS_TEXT },
	{ "max-blocks-per-process", 0, "N", GROUP_LIMITS, ANYWHERE, TRACE, value_set_count,
	  MEMBER(config.max_blocks_per_process), .most = CONFIG_MAX_BLOCKS_LIMIT,
	  .help = "Record no more than about N live blocks of one process (default 0: no such "
	  "limit; with -a: a quarter of --max-blocks)" },
	{ "sample-bytes", 0, "SIZE", GROUP_LIMITS, ANYWHERE, TRACE, value_set_bytes,
	  MEMBER(config.sample_bytes), .most = CONFIG_SAMPLE_BYTES_LIMIT,
	  .help = "Record memory blocks by chance, one sample in SIZE bytes on average, and "
	  "estimate the rest; 0 (default): record every block" },
	{ "exact-stacks", 0, NULL, GROUP_LIMITS, ANYWHERE, TRACE, value_set_flag,
	  MEMBER(config.exact_stacks),
	  .help = "Unwind the stack of each allocation from scratch, even where comparing it with "
	  "a known one proves the same; slower, for checking" },
	{ "unwind", 0, "HOW", GROUP_LIMITS, ANYWHERE, TRACE, value_set_unwind,
	  MEMBER(config.unwind),
	  .help = "Find call stacks by unwind tables (dwarf), by frame pointers (fp, right only in "
	  "programs built with them), or by tables where the kernel can (auto, default)" },

	{ "quiet", 'q', NULL, GROUP_MESSAGES, ANYWHERE, SHOW | OOM, value_set_flag,
	  MEMBER(config.quiet),
	  .help = "Print no report, only errors; files that options name are still written" },
	{ "live", 0, NULL, GROUP_MESSAGES, ANYWHERE, RUN, value_set_flag, MEMBER(config.live),
	  .help = "Print a line for each test when it ends, before anything is known for sure" },
	{ "verbose", 'v', NULL, GROUP_MESSAGES, ANYWHERE, EVERY_VERB, value_set_verbose,
	  MEMBER(config.verbose), .help = "Log what is done; -vv logs everything" },
	{ "log", 0, "SUBSYSTEMS", GROUP_MESSAGES, ANYWHERE, EVERY_VERB, value_set_log, MEMBER(log),
	  .help = "Log these parts: libbpf,features,attach,events,unwind,symbols or all" },
	{ "color", 0, "WHEN", GROUP_MESSAGES, ANYWHERE, EVERY_VERB, value_set_color,
	  MEMBER(config.color), .help = "Use colours: auto (default), always or never" },

	{ "test", 0, "GLOB", GROUP_SCHEMA, SOURCE_COMMAND_LINE, REPORT | DIFF, value_set_text,
	  MEMBER(config.only_test), .help = "Only call sites of tests with such a name" },
	{ "between", 0, "A,B", GROUP_SCHEMA, SOURCE_COMMAND_LINE, REPORT | DIFF, value_set_text,
	  MEMBER(config.between),
	  .help = "What grew between the marks A and B, instead of the first mark and the last" },
	{ "class", 0, "LIST", GROUP_SCHEMA, SOURCE_COMMAND_LINE, REPORT | DIFF, value_set_classes,
	  MEMBER(config.only_classes),
	  .help = "Only call sites of these classes: some of lost, indirect, reachable, "
	  "outstanding, retained, leaked, at-exit, before-attach, bad-close, growth, peak" },
	{ "module", 0, "GLOB", GROUP_SCHEMA, SOURCE_COMMAND_LINE, REPORT | DIFF, value_set_text,
	  MEMBER(config.only_module),
	  .help = "Only call sites with a function of such a file in their stack, by its name or "
	  "its path" },
	{ "schema", 0, NULL, GROUP_SCHEMA, SOURCE_COMMAND_LINE, 1u << VERB_SCHEMA, value_set_flag,
	  MEMBER(schema), .help = "Print the JSON schema of the reports" },

	{ "allocations", 0, NULL, GROUP_OOM, ANYWHERE, OOM, value_set_flag,
	  MEMBER(config.allocations),
	  .help = "With -p: also trace every block, as leaktrace -p does, so that the last report "
	  "has all that was held at the kill" },
	{ "explain", 0, NULL, GROUP_OOM, SOURCE_COMMAND_LINE, OOM, value_set_flag,
	  MEMBER(config.explain),
	  .help = "Read a kernel log (FILE; -: standard input; none: this machine's) and say "
	  "whether the OOM killer was at work, whom it killed, why, and where the memory was" },
	{ "history", 0, "TIME", GROUP_OOM, ANYWHERE, OOM, value_set_time,
	  MEMBER(config.history_ns), .least = 1000000000,
	  .help = "How far back a report goes (default 5m)" },
	{ "keep", 0, "N", GROUP_OOM, ANYWHERE, OOM, value_set_count, MEMBER(config.keep),
	  .help = "Keep the last N reports of each kind: OOM kills, other kills, refused requests "
	  "(default " TEXT(CONFIG_KEEP_DEFAULT) "; 0: all)" },
	{ "list", 0, NULL, GROUP_OOM, SOURCE_COMMAND_LINE, OOM, value_set_flag,
	  MEMBER(config.list), .help = "List the reports that are kept" },
	{ "print", 0, "NAME", GROUP_OOM, SOURCE_COMMAND_LINE, OOM, value_set_text,
	  MEMBER(config.print),
	  .help = "Print the report that is kept under this name, or such a part of its name; "
	  "last: the last one" },
	{ "state-dir", 0, "DIR", GROUP_OOM, ANYWHERE, OOM, value_set_text,
	  MEMBER(config.state_dir),
	  .help = "Where reports are kept (default /var/lib/leaktrace/oom)" },

	{ "help", 0, NULL, GROUP_HELP, SOURCE_COMMAND_LINE, EVERY_VERB, value_set_flag,
	  MEMBER(help), .help = "Print this help" },
	{ "usage", 0, NULL, GROUP_HELP, SOURCE_COMMAND_LINE, EVERY_VERB, value_set_flag,
	  MEMBER(usage), .help = "Print a short usage message" },
	{ "version", 'V', NULL, GROUP_HELP, SOURCE_COMMAND_LINE, EVERY_VERB, value_set_flag,
	  MEMBER(version), .help = "Print the version" },

	{ "enable", 0, NULL, 0, SOURCE_FILE, EVERY_VERB, value_set_enable, MEMBER(off) },
};
/* clang-format on */

enum { N_OPTIONS = sizeof(option_table) / sizeof(option_table[0]) };
_Static_assert(N_OPTIONS <= OPTIONS_MAX, "config.c keeps a flag for each option");

const struct setting *options_list(size_t *ret_n)
{
	*ret_n = N_OPTIONS;
	return option_table;
}

const struct setting *options_find(const char *name)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (strcmp(option_table[i].name, name) == 0)
			return &option_table[i];
	}
	return NULL;
}

static int option_key(const struct setting *option)
{
	return option->letter ? option->letter : OPTION_KEY_BASE + (int)(option - option_table);
}

const struct setting *options_find_key(int key)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (option_key(&option_table[i]) == key)
			return &option_table[i];
	}
	return NULL;
}

struct argp_option *options_argp(void)
{
	struct argp_option *rows = calloc(N_OPTIONS + _GROUP_END + 1, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		return NULL;
	for (int group = GROUP_TRACE; group < _GROUP_END; group++) {
		/* argp wants --help and --version in the group -1, which it prints last. */
		int argp_group = group == GROUP_HELP ? -1 : group;

		if (group_titles[group])
			rows[n++] = (struct argp_option){ .doc = group_titles[group],
							  .group = argp_group };
		for (size_t i = 0; i < N_OPTIONS; i++) {
			const struct setting *o = &option_table[i];

			if (o->group != group)
				continue;
			rows[n++] = (struct argp_option){ .name = o->name,
							  .key = option_key(o),
							  .arg = o->arg,
							  .doc = o->help,
							  .group = argp_group };
		}
	}
	return rows;
}

static char *option_label(const struct setting *option, enum option_source source,
			  const char *where)
{
	char *label;

	if (source == SOURCE_FILE)
		label = str_printf("%s: %s", where, option->name);
	else if (source == SOURCE_VARIABLE)
		label = str_printf("LEAKTRACE_OPTIONS: --%s", option->name);
	else
		label = str_printf("--%s", option->name);
	if (label)
		str_sanitize(label);
	return label;
}

int options_set(struct options *options, const struct setting *option, const char *value,
		enum option_source source, const char *where, struct diag *diag)
{
	_cleanup_free_ char *label = option_label(option, source, where);
	struct option_input in = { options, source, label, diag };

	if (!label)
		return -ENOMEM;
	if (!(option->sources & source))
		return diag_add(diag, -EINVAL, "%s can only be given on the command line", label);
	if ((option->arg || source == SOURCE_FILE) && (!value || !*value))
		return diag_add(diag, -EINVAL, "%s: a value is missing%s%s", label,
				option->arg ? "; it needs " : "; write yes or no",
				option->arg ? option->arg : "");
	return option->set(option, value, &in);
}

void options_init(struct options *options)
{
	memset(options, 0, sizeof(*options));
	config_init(&options->config);
}

void options_done(struct options *options)
{
	config_done(&options->config);
	free(options->log);
}
