// SPDX-License-Identifier: BSD-2-Clause
/* What processes have written about the next test that they run or start. */
#include <errno.h>
#include <string.h>

#include "testrun/state.h"

void announced_done(struct testrun *testrun)
{
	vec_foreach(announcement, &testrun->announcements)
		test_names_done(&announcement->names);
	vec_done(&testrun->announcements);
}

struct announcement *announced_find(struct testrun *testrun, uint32_t process)
{
	vec_foreach(announcement, &testrun->announcements) {
		if (announcement->process == process)
			return announcement;
	}
	return NULL;
}

void announced_process_ended(struct testrun *testrun, uint32_t process)
{
	struct announcement *last = announced_find(testrun, process);

	if (!last)
		return;
	test_names_done(&last->names);
	*last = testrun->announcements.items[--testrun->announcements.n];
}

/* Takes the names. */
static int announced_set(struct testrun *testrun, uint32_t process, struct test_names *names)
{
	struct announcement fresh = { .process = process, .pending = true, .names = *names };
	struct announcement *last = announced_find(testrun, process);
	int r = 0;

	if (last) {
		test_names_done(&last->names);
		*last = fresh;
	} else {
		r = vec_push(&testrun->announcements, fresh);
	}
	if (r == 0)
		*names = (struct test_names){ 0 };
	return r;
}

int announced_keep(struct testrun *testrun, uint32_t process, const char *label)
{
	struct test_names names = { .label = strdup(label) };
	int r = names.label ? announced_set(testrun, process, &names) : -ENOMEM;

	test_names_done(&names);
	return r;
}

int announced_add(struct testrun *testrun, const struct test_signal *signal)
{
	const struct framework *framework = known_source(&testrun->known, signal);
	struct test_names names = { 0 };
	int r;

	if (!framework || !framework->announced || !signal->texts[0])
		return 0;
	r = framework->announced(signal->texts[0], &names);
	if (framework->told_later)
		r = r < 0 ? r : later_told(testrun, signal->process, r ? &names : NULL);
	else if (r > 0)
		r = announced_set(testrun, signal->process, &names);
	test_names_done(&names);
	return r;
}
