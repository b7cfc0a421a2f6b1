// SPDX-License-Identifier: BSD-2-Clause
/* The shared library that plugin_host loads: its code comes and may go while the process runs. */
#include "../truth.h"

void plugin_run(void);

LEAKER void leak_in_plugin(void)
{
	hold(malloc(100));
}

void plugin_run(void)
{
	for (int i = 0; i < 5; i++)
		leak_in_plugin();
}
