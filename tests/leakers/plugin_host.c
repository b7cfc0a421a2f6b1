// SPDX-License-Identifier: BSD-2-Clause
/*
 * plugin_host keep|unload: leaks in a library that it loads while running. Unloaded, the library
 * is no longer mapped when the process ends, and its function must be named all the same.
 */
#include <dlfcn.h>

#include "truth.h"

static char path[4096];

LEAKER void leak_in_host(void)
{
	hold(malloc(1234));
}

/* The plugin lies next to the program. */
static void path_of_plugin(void)
{
	static const char name[] = "plugin.so";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n <= 0)
		_exit(97);
	memcpy(path + n, name, sizeof(name));
}

int main(int argc, char **argv)
{
	void *plugin;
	void (*run)(void);

	path_of_plugin();
	plugin = dlopen(path, RTLD_NOW);
	run = plugin ? (void (*)(void))dlsym(plugin, "plugin_run") : NULL;
	if (argc != 2 || !run)
		return 97;
	run();
	if (strcmp(argv[1], "unload") == 0 && dlclose(plugin) != 0)
		return 97;
	leak_in_host();
	truth_begin();
	truth_site("leak_in_plugin", 5, 500);
	truth_site("leak_in_host", 1, 1234);
	truth_end();
	return 0;
}
