// SPDX-License-Identifier: BSD-2-Clause
/*
 * "leaktrace doctor": one line for each thing that tracing needs, with the command that mends
 * what is missing. Nothing is guessed from a kernel version: files are read and features tried.
 */
#include "cmd/doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/units.h"
#include "probe/features.h"

#define TRACEFS "/sys/kernel/tracing"

enum state {
	STATE_OK,
	STATE_INFO,	/* a fact that tracing does not depend on */
	STATE_DEGRADED, /* works, but less or slower */
	STATE_MISSING,	/* does not work without */
};

struct doctor {
	FILE *to;
	bool may_trace; /* CAP_BPF and CAP_PERFMON are there: features can be tried */
	unsigned n_missing;
	unsigned n_degraded;
};

static void _printf_(4, 5) doctor_line(struct doctor *doctor, enum state state, const char *label,
				       const char *format, ...)
{
	static const char *const names[] = {
		[STATE_OK] = "ok",
		[STATE_INFO] = "info",
		[STATE_DEGRADED] = "degraded",
		[STATE_MISSING] = "missing",
	};
	va_list args;

	doctor->n_missing += state == STATE_MISSING;
	doctor->n_degraded += state == STATE_DEGRADED;
	fprintf(doctor->to, "%-21s %-9s ", label, names[state]);
	va_start(args, format);
	vfprintf(doctor->to, format, args);
	va_end(args);
	fputc('\n', doctor->to);
}

/* What to do about the line above. */
static void doctor_remedy(struct doctor *doctor, const char *text)
{
	fprintf(doctor->to, "%-31s > %s\n", "", text);
}

/* The first line of a small file, printable; NULL if it cannot be read. */
static char *line_read(const char *path)
{
	char *text = NULL;

	if (str_read_file(path, 64 << 10, &text, NULL) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	str_sanitize(text);
	return text;
}

static void check_kernel(struct doctor *doctor)
{
	struct utsname name;

	if (uname(&name) == 0)
		doctor_line(doctor, STATE_INFO, "kernel", "%s %s", name.release, name.machine);
}

static void check_btf(struct doctor *doctor)
{
	static const char path[] = "/sys/kernel/btf/vmlinux";

	if (access(path, R_OK) == 0) {
		doctor_line(doctor, STATE_OK, "kernel types (BTF)", "%s", path);
		return;
	}
	doctor_line(doctor, STATE_MISSING, "kernel types (BTF)", "%s cannot be read", path);
	doctor_remedy(doctor, "boot a kernel with CONFIG_DEBUG_INFO_BTF=y; on Debian: "
			      "apt-get install linux-image-$(dpkg --print-architecture)");
}

static bool capability_effective(cap_t capabilities, cap_value_t value)
{
	cap_flag_value_t flag = CAP_CLEAR;

	return cap_get_flag(capabilities, value, CAP_EFFECTIVE, &flag) == 0 && flag == CAP_SET;
}

/* Capabilities in a user namespace do not count for BPF: only those of the first one do. */
static bool user_namespace_is_first(void)
{
	_cleanup_free_ char *map = line_read("/proc/self/uid_map");
	uint64_t inside, outside, count;

	return !map ||
	       sscanf(map, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside, &count) != 3 ||
	       (inside == 0 && outside == 0 && count == UINT32_MAX);
}

static void capfreep(cap_t *capabilities)
{
	if (*capabilities)
		cap_free(*capabilities);
}

static void check_capabilities(struct doctor *doctor)
{
	static const struct {
		cap_value_t value;
		const char *name;
		bool needed;
		bool in_admin; /* CAP_SYS_ADMIN includes it */
		const char *use;
	} wanted[] = {
		{ CAP_BPF, "CAP_BPF", true, true, "BPF programs cannot be loaded" },
		{ CAP_PERFMON, "CAP_PERFMON", true, true, "probes cannot be placed" },
		{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE", false, false,
		  "only processes of this user can be looked at" },
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", false, false,
		  "deleted or replaced files of processes cannot be read" },
	};
	_cleanup_(capfreep) cap_t capabilities = cap_get_proc();
	bool first = user_namespace_is_first();
	bool all = true;

	doctor->may_trace = first;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		bool has =
			capabilities &&
			(capability_effective(capabilities, wanted[i].value) ||
			 (wanted[i].in_admin && capability_effective(capabilities, CAP_SYS_ADMIN)));

		if (has) {
			doctor_line(doctor, STATE_OK, wanted[i].name, "in effect");
			continue;
		}
		all = false;
		if (wanted[i].needed)
			doctor->may_trace = false;
		doctor_line(doctor, wanted[i].needed ? STATE_MISSING : STATE_DEGRADED,
			    wanted[i].name, "%s", wanted[i].use);
	}
	if (!all)
		doctor_remedy(doctor, geteuid() ? "run as root: sudo leaktrace ..." :
						  "this root has been restricted (a container?): "
						  "docker run --privileged --pid=host ...");
	if (first)
		return;
	doctor_line(doctor, STATE_MISSING, "user namespace",
		    "this is not the first one, and only capabilities of that count for BPF");
	doctor_remedy(doctor, "run leaktrace outside of the container, as root");
}

static void check_uprobes(struct doctor *doctor)
{
	static const char path[] = "/sys/bus/event_source/devices/uprobe/type";

	if (access(path, F_OK) == 0) {
		doctor_line(doctor, STATE_OK, "uprobes", "%s", path);
		return;
	}
	doctor_line(doctor, STATE_MISSING, "uprobes", "%s does not exist", path);
	doctor_remedy(doctor, "mount -t sysfs nodev /sys, or boot a kernel with "
			      "CONFIG_UPROBE_EVENTS=y");
}

/* A feature that was tried: where struct features keeps the answer, what a "no" means. */
struct feature_line {
	const char *label;
	size_t member;
	enum state without;
	const char *instead;
};

static const struct feature_line feature_lines[] = {
	{ "BPF programs", offsetof(struct features, bpf), STATE_MISSING,
	  "the kernel does not load what leaktrace needs" },
	{ "uprobes, multi", offsetof(struct features, uprobe_multi), STATE_DEGRADED,
	  "not in this kernel (Linux 6.6 has it): one perf event per probe is used" },
	{ "uprobes, per process", offsetof(struct features, uprobe_multi_process), STATE_DEGRADED,
	  "not in this kernel: other users of a probed file pay for the probes too" },
	{ "uprobes, sessions", offsetof(struct features, uprobe_session), STATE_DEGRADED,
	  "not in this kernel (Linux 6.13 has it): a probe more per function is used" },
	{ "build-ids of files", offsetof(struct features, perf_mmap2_build_id), STATE_DEGRADED,
	  "not told by this kernel (Linux 5.12 has it): read from the files" },
};

static void check_features(struct doctor *doctor)
{
	struct features features = { 0 };
	struct diag diag = { 0 };
	int r;

	if (!doctor->may_trace) {
		doctor_line(doctor, STATE_INFO, "kernel features",
			    "not tried: rights are missing, see above");
		return;
	}
	r = features_probe(&features, &diag);
	for (size_t i = 0; i < sizeof(feature_lines) / sizeof(feature_lines[0]); i++) {
		const struct feature_line *line = &feature_lines[i];
		bool has = *(const bool *)((const char *)&features + line->member);

		doctor_line(doctor, has ? STATE_OK : line->without, line->label, "%s",
			    has ? "tried, works" : line->instead);
	}
	if (r < 0)
		doctor_line(doctor, STATE_MISSING, "tracing", "refused: %s", strerror(-r));
	vec_foreach(said, &diag.lines) {
		doctor_remedy(doctor, said->text);
		/* Some hints send the reader here. */
		if (said->hint && !strstr(said->hint, "leaktrace doctor"))
			doctor_remedy(doctor, said->hint);
	}
	diag_done(&diag);
}

static void check_tracefs(struct doctor *doctor)
{
	if (access(TRACEFS "/events", F_OK) == 0) {
		doctor_line(doctor, STATE_OK, "tracefs", "%s", TRACEFS);
		return;
	}
	doctor_line(doctor, STATE_INFO, "tracefs",
		    "not mounted, or not readable: probes of other tools cannot be listed");
	doctor_remedy(doctor, "sudo mount -t tracefs nodev " TRACEFS);
}

static void check_lockdown(struct doctor *doctor)
{
	_cleanup_free_ char *text = line_read("/sys/kernel/security/lockdown");

	if (text && strstr(text, "[confidentiality]")) {
		doctor_line(doctor, STATE_MISSING, "kernel lockdown",
			    "confidentiality: BPF programs may not read memory");
		doctor_remedy(doctor, "boot with lockdown=integrity, or without secure boot");
		return;
	}
	doctor_line(doctor, STATE_OK, "kernel lockdown", "%s", text ? text : "not in this kernel");
}

static void check_sysctls(struct doctor *doctor)
{
	static const struct {
		const char *label;
		const char *path;
		const char *meaning;
	} sysctls[] = {
		{ "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid",
		  "without effect for those who have CAP_PERFMON" },
		{ "unprivileged_bpf", "/proc/sys/kernel/unprivileged_bpf_disabled",
		  "without effect for those who have CAP_BPF" },
	};

	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		_cleanup_free_ char *text = line_read(sysctls[i].path);

		if (text)
			doctor_line(doctor, STATE_INFO, sysctls[i].label, "%s, %s", text,
				    sysctls[i].meaning);
		else
			doctor_line(doctor, STATE_INFO, sysctls[i].label, "not in this kernel");
	}
}

/* Processes are stopped by ptrace(2) while their memory is looked through, and for nothing else. */
static void check_yama(struct doctor *doctor)
{
	static const char label[] = "yama ptrace_scope";
	_cleanup_free_ char *text = line_read("/proc/sys/kernel/yama/ptrace_scope");

	if (!text) {
		doctor_line(doctor, STATE_INFO, label, "not in this kernel");
	} else if (strcmp(text, "3") != 0) {
		doctor_line(doctor, STATE_INFO, label,
			    "%s, without effect for those who have CAP_SYS_PTRACE", text);
	} else {
		doctor_line(doctor, STATE_DEGRADED, label,
			    "3, no process may be stopped: lost memory is not told from reachable");
		doctor_remedy(doctor, "kernel.yama.ptrace_scope=2 in /etc/sysctl.d, and boot: it "
				      "cannot be lowered otherwise; or use --no-scan");
	}
}

static void check_pid_namespace(struct doctor *doctor)
{
	if (features_check_pids(NULL) == 0) {
		doctor_line(doctor, STATE_OK, "pid namespace", "the first one");
		return;
	}
	doctor_line(doctor, STATE_MISSING, "pid namespace",
		    "not the first one: probes see other pids than this process does");
	doctor_remedy(doctor, "run leaktrace outside of the container, or: "
			      "docker run --privileged --pid=host ...");
}

/* The value of TracerPid in /proc/PID/status, 0 if nobody traces it or it cannot be read. */
static long tracer_of(const char *pid)
{
	_cleanup_free_ char *path = str_printf("/proc/%s/status", pid);
	_cleanup_free_ char *text = NULL;
	const char *found;

	if (!path || str_read_file(path, 64 << 10, &text, NULL) < 0)
		return 0;
	found = strstr(text, "\nTracerPid:");
	return found ? strtol(found + strlen("\nTracerPid:"), NULL, 10) : 0;
}

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void check_debuggers(struct doctor *doctor)
{
	_cleanup_(closedirp) DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned n = 0;

	while (proc && (entry = readdir(proc)))
		n += isdigit((unsigned char)entry->d_name[0]) && tracer_of(entry->d_name) > 0;
	if (n)
		doctor_line(doctor, STATE_INFO, "debuggers",
			    "%u process%s under ptrace (gdb, strace): probes work there too", n,
			    n == 1 ? "" : "es");
	else
		doctor_line(doctor, STATE_OK, "debuggers", "no process is under ptrace");
}

/* Only probes that were made through tracefs can be seen: those of BPF tools are not listed. */
static void check_other_probes(struct doctor *doctor)
{
	_cleanup_free_ char *text = NULL;
	unsigned n = 0;

	if (str_read_file(TRACEFS "/uprobe_events", 4 << 20, &text, NULL) < 0)
		return;
	for (const char *s = text; (s = strchr(s, '\n')); s++)
		n++;
	if (n == 0) {
		doctor_line(doctor, STATE_OK, "other uprobes", "none in tracefs");
		return;
	}
	doctor_line(doctor, STATE_INFO, "other uprobes", "%u in %s/uprobe_events", n, TRACEFS);
	doctor_remedy(doctor, "if a probe is refused with \"invalid argument\", end the tool that "
			      "owns the one on the same function");
}

static void check_locked_memory(struct doctor *doctor)
{
	char text[UNITS_TEXT_BYTES] = "unlimited";
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	if (limit.rlim_cur != RLIM_INFINITY)
		units_format_bytes(limit.rlim_cur, text);
	doctor_line(doctor, STATE_INFO, "locked memory",
		    "limit %s, counts for BPF maps before Linux 5.11 only", text);
}

int cmd_doctor(FILE *to)
{
	static void (*const checks[])(struct doctor *) = {
		check_kernel,	     check_btf,		  check_capabilities, check_uprobes,
		check_features,	     check_tracefs,	  check_lockdown,     check_sysctls,
		check_yama,	     check_pid_namespace, check_debuggers,    check_other_probes,
		check_locked_memory,
	};
	struct doctor doctor = { .to = to };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&doctor);
	if (doctor.n_missing)
		fprintf(to, "leaktrace: tracing will not work here: %u missing\n",
			doctor.n_missing);
	else
		fprintf(to, "leaktrace: tracing will work here%s\n",
			doctor.n_degraded ? ", with the limits above" : "");
	return doctor.n_missing ? 1 : 0;
}
