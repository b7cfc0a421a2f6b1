// SPDX-License-Identifier: BSD-2-Clause
/* Open descriptors of an image: see image_fds.h. */
#include "collect/image_fds.h"

#include <stdlib.h>
#include <string.h>

int image_fds_add(struct image *image, const struct lt_event_fd *event, size_t n)
{
	struct lt_event_fd *copy;

	if (n < sizeof(*event) || n - sizeof(*event) < event->file.n_name_bytes)
		return 0;
	/* A NUL behind the name: all that reads it is safe. */
	copy = calloc(1, n + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, event, n);
	if (vec_push(&image->fds, copy) == 0)
		return 0;
	free(copy);
	return -ENOMEM;
}

void image_fds_clear(struct image *image)
{
	vec_foreach(event, &image->fds)
		free(*event);
	image->fds.n = 0;
}
