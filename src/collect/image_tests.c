// SPDX-License-Identifier: BSD-2-Clause
/* Tests as the kernel's half saw them: see image_tests.h. */
#include "collect/image_tests.h"

#include <bpf/bpf.h>

/* The texts follow the struct, each with its NUL; an empty one is NULL. False: damaged. */
static bool event_texts(const struct lt_event_test *event, size_t n_bytes,
			const char *ret_texts[LT_SIGNAL_TEXTS])
{
	size_t left = n_bytes - sizeof(*event), used = 0;

	for (int i = 0; i < LT_SIGNAL_TEXTS; i++) {
		uint32_t n = event->test.n_bytes[i];

		ret_texts[i] = NULL;
		if (n == 0)
			continue;
		if (n > left - used || event->texts[used + n - 1] != '\0')
			return false;
		ret_texts[i] = event->texts + used;
		used += n;
	}
	return true;
}

int image_tests_apply(struct images *images, const struct image *image,
		      const struct lt_event_test *event, size_t n_bytes)
{
	struct test_signal signal = { .process = image->process,
				      .runner_process = TEST_NO_PROCESS };
	uint32_t runner_space;

	if (n_bytes < sizeof(*event) || !event_texts(event, n_bytes, signal.texts))
		return 0;
	signal.time_ns = event->event.time_ns;
	signal.facts = &event->test;
	runner_space = event->test.runner_space;
	if (runner_space && runner_space < LT_MAX_SPACES && images->by_space[runner_space])
		signal.runner_process = images->by_space[runner_space]->process;
	return images->options.test_signal(images->options.test_data, &signal);
}

void image_tests_releases(const struct images *images, int releases_fd)
{
	vec_foreach(test, &images->options.result->tests.items) {
		const struct lt_release_key key = { .epoch = test->epoch };
		struct lt_release release;

		if (bpf_map_lookup_elem(releases_fd, &key, &release) < 0)
			continue;
		test->retracted_bytes = release.bytes;
		test->retracted_blocks = release.blocks;
	}
}
