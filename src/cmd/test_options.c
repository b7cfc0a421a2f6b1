// SPDX-License-Identifier: BSD-2-Clause
/* The options about tests: see test_options.h. */
#include "cmd/test_options.h"

struct testrun_options test_options(const struct config *config)
{
	return (struct testrun_options){
		.only = config->tests,
		.env = config->test_env,
		.marker = config->test_marker,
	};
}

int test_options_check(const struct config *config, struct diag *diag)
{
	struct testrun_options options = test_options(config);

	return testrun_check(&options, diag);
}
