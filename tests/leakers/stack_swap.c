// SPDX-License-Identifier: BSD-2-Clause
/*
 * stack_swap LIBRARY...: loads, runs and unloads each in turn, so that the code of one comes to lie
 * where that of another has been. Prints the name and the address of each plugin_run().
 */
#include <dlfcn.h>
#include <stdio.h>

#include "truth.h"

LEAKER void run(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	void (*plugin_run)(void) = library ? (void (*)(void))dlsym(library, "plugin_run") : NULL;

	if (!plugin_run)
		_exit(97);
	printf("%s %p\n", path, (void *)plugin_run);
	plugin_run();
	if (dlclose(library) != 0)
		_exit(97);
}

int main(int argc, char **argv)
{
	static char buffer[4096];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	return 0;
}
