// SPDX-License-Identifier: BSD-2-Clause
/*
 * The configuration file. leaktrace often runs as root in a directory of somebody else, so a
 * file counts only if nobody but root or the user who called could have written it.
 */
#include "cmd/config_file.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cmd/config_values.h"

#define PROJECT_FILE ".leaktrace.conf"

/* Who called sudo, by SUDO_UID or SUDO_GID; only root's environment is taken at its word. */
static bool sudo_id_is(const char *variable, unsigned id)
{
	const char *text = geteuid() == 0 ? getenv(variable) : NULL;
	unsigned long number;
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	return !errno && !*end && number == id;
}

/* Why the open file is not to be used, or NULL. */
static const char *file_distrusted(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "it is not a regular file";
	if (st.st_uid != 0 && st.st_uid != geteuid() && !sudo_id_is("SUDO_UID", st.st_uid))
		return "it belongs to another user";
	if (st.st_mode & S_IWOTH)
		return "everybody can write to it";
	/* A group of one's own is common; what a larger one writes does not steer root. */
	if (st.st_mode & S_IWGRP && geteuid() == 0 && st.st_gid != 0 &&
	    !sudo_id_is("SUDO_GID", st.st_gid))
		return "its group can write to it";
	return NULL;
}

static int file_ignored(struct diag *diag, const char *path, const char *why)
{
	_cleanup_free_ char *shown = strdup(path);

	if (!shown)
		return -ENOMEM;
	str_sanitize(shown);
	return diag_add(diag, 0, "%s is ignored: %s", shown, why);
}

/* Returns 1 when PATH was there and was read, 0 when the next place is to be tried. */
static int file_read(struct options *options, const char *path, struct diag *diag)
{
	/* A link could name any file, whose lines would then be quoted in messages. */
	_cleanup_close_ int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *text = NULL;
	const char *why;
	size_t n;
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG))
		return 0;
	if (fd < 0)
		return file_ignored(diag, path,
				    errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	why = file_distrusted(fd);
	if (why)
		return file_ignored(diag, path, why);
	r = str_read_fd(fd, CONFIG_FILE_MAX_BYTES, &text, &n);
	if (r == -EFBIG)
		return diag_add(diag, -EINVAL, "%s is larger than %d KiB", path,
				CONFIG_FILE_MAX_BYTES / 1024);
	if (r < 0)
		return diag_add(diag, r, "%s cannot be read: %s", path, strerror(-r));
	r = config_file_parse(options, path, text, n, diag);
	return r < 0 ? r : 1;
}

/* Tries the working directory and those above it; as file_read(). */
static int file_read_upwards(struct options *options, struct diag *diag)
{
	_cleanup_free_ char *directory = getcwd(NULL, 0);

	/* A working directory that was removed has no file and no parent. */
	if (!directory)
		return errno == ENOMEM ? -ENOMEM : 0;
	for (;;) {
		_cleanup_free_ char *path = NULL;
		char *slash = strrchr(directory, '/');
		int r;

		path = str_printf("%s/" PROJECT_FILE, slash && slash[1] ? directory : "");
		if (!path)
			return -ENOMEM;
		r = file_read(options, path, diag);
		if (r || !slash || !slash[1])
			return r;
		slash[slash == directory] = '\0';
	}
}

int config_file_read(struct options *options, struct diag *diag)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *path = NULL;
	int r = file_read_upwards(options, diag);

	if (r)
		return r < 0 ? r : 0;
	/* The specification of this variable says that a relative path is to be ignored. */
	if (xdg && *xdg == '/')
		path = str_printf("%s/leaktrace/config", xdg);
	else if (home && *home == '/')
		path = str_printf("%s/.config/leaktrace/config", home);
	else
		return 0;
	if (!path)
		return -ENOMEM;
	r = file_read(options, path, diag);
	return r < 0 ? r : 0;
}

/* A "[name]" line: *ret_ours tells whether the lines that follow are for leaktrace. */
static int section_parse(char *line, const char *where, bool *ret_ours, struct diag *diag)
{
	char quoted[OPTION_QUOTE_BYTES];
	size_t n = strlen(line);

	if (n < 2 || line[n - 1] != ']')
		return diag_add(diag, -EINVAL, "%s: '%s' is not '[section]'", where,
				option_quote(line, quoted));
	line[n - 1] = '\0';
	*ret_ours = strcmp(str_trim(line + 1), "leaktrace") == 0;
	return 0;
}

static int key_value_parse(struct options *options, char *line, const char *where,
			   struct diag *diag)
{
	const struct setting *option;
	char quoted[OPTION_QUOTE_BYTES];
	char *equals = strchr(line, '=');
	char *key;

	if (!equals)
		return diag_add(diag, -EINVAL, "%s: '%s' is not 'key = value'", where,
				option_quote(line, quoted));
	*equals = '\0';
	key = str_trim(line);
	option = options_find(key);
	if (!option) {
		diag_add(diag, -EINVAL, "%s: there is no option '%s'", where,
			 option_quote(key, quoted));
		return diag_hint(diag, "a key is the long name of an option without the dashes: "
				       "\"leaktrace --help\" lists them");
	}
	return options_set(options, option, str_trim(equals + 1), SOURCE_FILE, where, diag);
}

int config_file_parse(struct options *options, const char *path, char *text, size_t n,
		      struct diag *diag)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	bool ours = true;
	char *rest = text;
	unsigned number = 0;
	int r = 0;

	if (memchr(text, '\0', n))
		return diag_add(diag, -EINVAL, "%s is not a text file: it has a NUL byte", path);
	if (str_starts_with(text, byte_order_mark))
		rest += sizeof(byte_order_mark) - 1;
	for (char *line; r == 0 && (line = strsep(&rest, "\n"));) {
		_cleanup_free_ char *where = str_printf("%s:%u", path, ++number);

		if (!where)
			return -ENOMEM;
		str_sanitize(where);
		line = str_trim(line);
		if (*line == '[')
			r = section_parse(line, where, &ours, diag);
		else if (ours && *line && *line != '#' && *line != ';')
			r = key_value_parse(options, line, where, diag);
	}
	return r;
}
