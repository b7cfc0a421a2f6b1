// SPDX-License-Identifier: BSD-2-Clause
/* Variables that frameworks and interpreters read: see environment.h. */
#include "cmd/environment.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define PLUGIN "leaktrace_repeat"

/* Where the plugin may be, from the folder of the program: installed, and in the build tree. */
static const char *const data_folders[] = { "../share/leaktrace/pytest", "share/leaktrace/pytest" };

static char *plugin_folder(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return NULL;
	exe[n] = '\0';
	*strrchr(exe, '/') = '\0';
	for (size_t i = 0; i < sizeof(data_folders) / sizeof(data_folders[0]); i++) {
		_cleanup_free_ char *folder = str_printf("%s/%s", exe, data_folders[i]);
		_cleanup_free_ char *file = folder ? str_printf("%s/" PLUGIN ".py", folder) : NULL;

		if (file && access(file, R_OK) == 0)
			return TAKE_PTR(folder);
	}
	return NULL;
}

/* Puts VALUE before what the variable has, which stays in effect. */
static int environment_prepend(const char *name, const char *value, char separator)
{
	const char *old = getenv(name);
	_cleanup_free_ char *both =
		old && *old ? str_printf("%s%c%s", value, separator, old) : strdup(value);

	if (!both)
		return -ENOMEM;
	return setenv(name, both, 1) < 0 ? -errno : 0;
}

/* GoogleTest knows a variable; pytest gets a plugin. Both pass them on to what they start. */
static int repeat_prepare(uint64_t n, struct diag *diag)
{
	_cleanup_free_ char *folder = plugin_folder();
	char text[24];
	int r;

	if (!folder)
		return diag_add(diag, -ENOENT,
				"--repeat: " PLUGIN ".py is not where leaktrace was installed: "
				"../share/leaktrace/pytest beside the folder of the program");
	snprintf(text, sizeof(text), "%" PRIu64, n);
	if (setenv("GTEST_REPEAT", text, 1) < 0 || setenv("LEAKTRACE_REPEAT", text, 1) < 0)
		return -errno;
	r = environment_prepend("PYTHONPATH", folder, ':');
	return r < 0 ? r : environment_prepend("PYTEST_PLUGINS", PLUGIN, ',');
}

int environment_prepare(const struct config *config, struct diag *diag)
{
	if (config->python && setenv("PYTHONMALLOC", "malloc", 1) < 0)
		return -errno;
	return config->repeat > 1 ? repeat_prepare(config->repeat, diag) : 0;
}
