// SPDX-License-Identifier: BSD-2-Clause
/* Late releases of spaces: see releases.h. */
#include "collect/releases.h"

#include <bpf/bpf.h>

#include "leaktrace/abi.h"

static int release_read(const struct images *images, int fd, const struct lt_release_key *key,
			struct releases *to)
{
	const struct image *image = images->by_space[key->space];
	struct release release = {
		.process = image->process,
		.stack = image_stack(image, key->stack),
		.test = tests_number(&images->options.result->tests, key->epoch),
		.when = key->when,
	};
	struct lt_release value;

	if (bpf_map_lookup_elem(fd, key, &value) < 0)
		return 0;
	release.bytes = value.bytes;
	release.n_blocks = value.blocks;
	return vec_push(&to->items, release);
}

int releases_read(const struct images *images, int releases_fd, const bool *wanted, bool remove,
		  struct releases *to)
{
	VEC(struct lt_release_key) keys = { 0 };
	struct lt_release_key key, *last = NULL;
	int r = 0;

	/* A walk from key to key begins again when its key is gone: the keys first. */
	while (r == 0 && bpf_map_get_next_key(releases_fd, last, &key) == 0) {
		last = &key;
		if (key.space < LT_MAX_SPACES && wanted[key.space] && images->by_space[key.space])
			r = vec_push(&keys, key);
	}
	vec_foreach(one, &keys) {
		if (r == 0)
			r = release_read(images, releases_fd, one, to);
		if (remove)
			bpf_map_delete_elem(releases_fd, one);
	}
	vec_done(&keys);
	return r;
}
