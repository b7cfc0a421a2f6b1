// SPDX-License-Identifier: BSD-2-Clause
/* Open descriptors by call site: see fds.h. */
#include "collect/fds.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "collect/callers.h"
#include "collect/fd_target.h"
#include "collect/image_fds.h"

/* A call that is on its way out of the kernel is recorded by then. */
enum { SETTLE_US = 2000 };

void fds_init(struct fds *fds, const struct fds_options *options)
{
	*fds = (struct fds){ .options = *options };
}

void fds_done(struct fds *fds)
{
	fd_peers_done(&fds->peers);
}

static int visit_peer(void *data, const struct lt_event_fd *event, size_t n)
{
	(void)n;
	return fd_peers_add(data, event);
}

/* Descriptors of one image that are being counted. */
struct fold {
	struct fds *fds;
	struct image *image;
	struct process *process;
	struct sites *to;
	uint64_t now_ns;
	bool ended;
};

/*
 * Who holds the other end; those of other processes are looked up once for all descriptors of one
 * pass, if any needs it.
 */
static char *peer_of(const struct fold *fold, const struct lt_file *file)
{
	struct fds *fds = fold->fds;

	if (!fd_target_has_peer(file))
		return NULL;
	vec_foreach(event, &fold->image->fds) {
		if (fd_target_is_peer(file, &(*event)->file))
			return str_printf("this process, fd %u", (*event)->fd);
	}
	if (!fds->peers_known) {
		fds->peers.list.n = 0;
		fds->peers_known = true;
		/* Not to know them is no loss: the descriptor itself is known. */
		if (fd_iterate(fds->options.iterator_fd, fds->options.of, 0, visit_peer,
			       &fds->peers) < 0)
			fds->peers.list.n = 0;
	}
	return fd_peers_find(&fds->peers, file);
}

/*
 * What one process image has left open at its end is leaked if more than one call from one site
 * made it, or if it outlived its test, which is known only when all are counted: until then,
 * CLASS_LEAKED.
 */
static enum resource_class first_class(const struct fold *fold, const struct lt_event_fd *event)
{
	if (event->record.flags & LT_FD_BEFORE)
		return CLASS_BEFORE_ATTACH;
	if (!fold->ended)
		return CLASS_OUTSTANDING;
	/* What another program has left to this one, nobody can say that it is lost. */
	if (event->file.flags & LT_FILE_UNSEEN || event->record.flags & LT_FD_CARRIED)
		return CLASS_AT_EXIT;
	return CLASS_LEAKED;
}

static bool is_own(const struct lt_event_fd *event)
{
	return event->fd > STDERR_FILENO &&
	       (event->file.flags & LT_FILE_UNSEEN || !(event->record.flags & LT_FD_INHERITED));
}

static int fold_add(const struct fold *fold, const struct lt_event_fd *event)
{
	const struct images *images = fold->fds->options.images;
	uint64_t birth_ns = event->record.birth_ns ?: event->event.time_ns;
	struct site_key key = { .process = fold->image->process, .kind = KIND_FD };
	_cleanup_free_ char *peer = NULL, *target = NULL, *flags = NULL;
	struct object object = { .address = event->fd };
	int r = 0;

	if (!is_own(event))
		return 0;
	key.class = first_class(fold, event);
	key.test = tests_number(&images->options.result->tests, event->record.epoch);
	if (key.class != CLASS_BEFORE_ATTACH)
		fold->process->totals.fds++;
	if (fold->now_ns < birth_ns + fold->fds->options.older_than_ns)
		return 0;
	if (!(event->file.flags & LT_FILE_UNSEEN))
		r = callers_of(images->options.stacks, images->options.modules,
			       images_stack(images, event->record.space, event->record.stack),
			       &key.stack);
	if (r < 0)
		return r;
	peer = peer_of(fold, &event->file);
	object.target = target =
		fd_target_text(&event->file, event->name, event->file.n_name_bytes, peer);
	object.flags = flags = fd_target_flags(&event->file);
	return sites_add(fold->to, &key, &object, birth_ns);
}

/* Whether the process went on when the test had ended. */
static bool outlived(const struct fold *fold, uint32_t number)
{
	const struct tests *tests = &fold->fds->options.images->options.result->tests;

	return test_is_outlived(tests_get(tests, number), fold->process->end_ns);
}

/*
 * Decides between leaked and at-exit, and hands the sites over. Both ends of a pipe, and all that
 * came with one message, are of one call.
 */
static int fold_judge(const struct fold *fold, struct sites *to)
{
	int r = 0;

	vec_foreach(item, &fold->to->items) {
		struct site *site = *item;

		if (site->key.class == CLASS_LEAKED && site->n_births == 1 &&
		    !outlived(fold, site->key.test))
			site->key.class = CLASS_AT_EXIT;
		if (site->key.class == CLASS_AT_EXIT)
			fold->process->totals.fds_at_exit += site->n_blocks;
		if (r == 0)
			r = sites_merge(to, site);
	}
	return r;
}

static int compare_births(const void *a, const void *b)
{
	const struct lt_event_fd *x = *(struct lt_event_fd *const *)a;
	const struct lt_event_fd *y = *(struct lt_event_fd *const *)b;

	if (x->record.birth_ns != y->record.birth_ns)
		return x->record.birth_ns < y->record.birth_ns ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

static int fold_image(struct fds *fds, struct image *image, struct sites *to, uint64_t now_ns)
{
	struct fold fold = { .fds = fds, .image = image, .now_ns = now_ns };
	struct sites own;
	int r = 0;

	sites_init(&own);
	fold.to = &own;
	fold.process = image_process(fds->options.images, image);
	fold.ended = image->ended;
	fold.process->totals.fds = fold.process->totals.fds_at_exit = 0;
	if (image->fds.n)
		qsort(image->fds.items, image->fds.n, sizeof(*image->fds.items), compare_births);
	vec_foreach(event, &image->fds) {
		r = fold_add(&fold, *event);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = fold_judge(&fold, to);
	sites_done(&own);
	return r;
}

/* Adds the closes of what was not open by one call site. */
static int add_bad_close(struct fds *fds, const struct lt_bad_close_key *key,
			 const struct lt_bad_close *value, struct sites *to)
{
	const struct images *images = fds->options.images;
	const struct image *image = images->by_space[key->space];
	struct object closed = { .address = (uint64_t)(int64_t)value->fd };
	struct site site = {
		.key = { .process = image->process, .kind = KIND_FD, .class = CLASS_BAD_CLOSE },
		.n_blocks = value->n,
		.oldest_ns = value->first_ns,
		.n_objects = 1,
		.objects = &closed,
	};
	int r = callers_of(images->options.stacks, images->options.modules,
			   image_stack(image, key->stack), &site.key.stack);

	return r < 0 ? r : sites_merge(to, &site);
}

static int bad_closes(struct fds *fds, const bool wanted[LT_MAX_SPACES], bool remove,
		      struct sites *to)
{
	enum { BATCH = 256 };
	struct lt_bad_close_key keys[BATCH];
	struct lt_bad_close values[BATCH];
	int map = fds->options.bad_closes_fd, end = 0, r = 0;
	uint32_t position = 0, n;
	void *from = NULL;

	while (end == 0 && r == 0) {
		n = BATCH;
		end = bpf_map_lookup_batch(map, from, &position, keys, values, &n, NULL);
		if (end < 0 && errno != ENOENT)
			return -errno;
		for (uint32_t i = 0; i < n && r == 0; i++) {
			if (keys[i].space >= LT_MAX_SPACES || !wanted[keys[i].space])
				continue;
			if (remove)
				bpf_map_delete_elem(map, &keys[i]);
			r = add_bad_close(fds, &keys[i], &values[i], to);
		}
		from = &position;
	}
	return r;
}

int fds_drain(struct fds *fds, const bool wanted[LT_MAX_SPACES], struct sites *to)
{
	const struct images *images = fds->options.images;
	int r = 0;

	if (!fds->options.wanted)
		return 0;
	fds->peers_known = false;
	for (uint32_t id = 0; id < LT_MAX_SPACES && r == 0; id++) {
		struct image *image = wanted[id] ? images->by_space[id] : NULL;

		if (image)
			r = fold_image(fds, image, to, image_process(images, image)->end_ns);
	}
	return r < 0 ? r : bad_closes(fds, wanted, true, to);
}

static int visit_live(void *data, const struct lt_event_fd *event, size_t n)
{
	return image_fds_add(data, event, n);
}

static bool was_unseen(const struct image *image, size_t n, const struct lt_event_fd *event)
{
	for (size_t i = 0; i < n; i++) {
		const struct lt_event_fd *earlier = image->fds.items[i];

		if (earlier->fd == event->fd && earlier->file.identity == event->file.identity)
			return true;
	}
	return false;
}

static size_t count_unseen(const struct image *image)
{
	size_t n = 0;

	vec_foreach(event, &image->fds)
		n += ((*event)->file.flags & LT_FILE_UNSEEN) != 0;
	return n;
}

/*
 * Fills image->fds with what is open in a living process. What seems to be unseen may be a call
 * that has not returned yet: it is looked at again a moment later.
 */
static int live_read(struct fds *fds, struct image *image)
{
	struct fds_options *options = &fds->options;
	size_t n_first, n = 0;
	int r = fd_iterate(options->iterator_fd, options->of, image->pid, visit_live, image);

	if (r < 0 || !count_unseen(image))
		return r;
	usleep(SETTLE_US);
	n_first = image->fds.n;
	r = fd_iterate(options->iterator_fd, options->of, image->pid, visit_live, image);
	/* The second look counts; what only it has not seen opened is on its way as well. */
	for (size_t i = 0; i < image->fds.n; i++) {
		struct lt_event_fd *event = image->fds.items[i];

		if (i >= n_first &&
		    (!(event->file.flags & LT_FILE_UNSEEN) || was_unseen(image, n_first, event)))
			continue;
		event->pid = 0;
	}
	for (size_t i = 0; i < image->fds.n; i++) {
		if (image->fds.items[i]->pid)
			image->fds.items[n++] = image->fds.items[i];
		else
			free(image->fds.items[i]);
	}
	image->fds.n = n;
	return r;
}

/* What has arrived from a process that is about to end is kept for its end. */
static int fold_live(struct fds *fds, struct image *image, struct sites *to, uint64_t now_ns)
{
	__typeof__(image->fds) arrived = image->fds;
	int r;

	memset(&image->fds, 0, sizeof(image->fds));
	r = live_read(fds, image);
	if (r == 0)
		r = fold_image(fds, image, to, now_ns);
	image_fds_clear(image);
	vec_done(&image->fds);
	image->fds = arrived;
	return r;
}

int fds_report(struct fds *fds, const bool wanted[LT_MAX_SPACES], struct sites *to, uint64_t now_ns)
{
	const struct images *images = fds->options.images;
	int r = 0;

	if (!fds->options.wanted)
		return 0;
	fds->peers_known = false;
	for (uint32_t id = 0; id < LT_MAX_SPACES && r == 0; id++) {
		struct image *image = wanted[id] ? images->by_space[id] : NULL;

		if (image)
			r = fold_live(fds, image, to, now_ns);
	}
	return r < 0 ? r : bad_closes(fds, wanted, false, to);
}

struct before {
	int fds_fd;
	uint32_t space;
};

static int visit_before(void *data, const struct lt_event_fd *event, size_t n)
{
	const struct before *before = data;
	struct lt_fd_key key = { .table = event->pid, .fd = event->fd };
	struct lt_fd value = { .file = event->file.identity,
			       .birth_ns = event->event.time_ns,
			       .space = before->space,
			       .flags = LT_FD_BEFORE };

	(void)n;
	/* What has been opened meanwhile is recorded already. */
	if (bpf_map_update_elem(before->fds_fd, &key, &value, BPF_NOEXIST) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

int fds_attach(struct fds *fds, pid_t pid, uint32_t space)
{
	struct before before = { fds->options.fds_fd, space };

	if (!fds->options.wanted)
		return 0;
	return fd_iterate(fds->options.iterator_fd, fds->options.of, pid, visit_before, &before);
}
