// SPDX-License-Identifier: BSD-2-Clause
/* Choosing call sites for the HTML report: see page_sites.h. */
#include "report/page_sites.h"

#include <errno.h>

struct choice {
	bool *chosen; /* by index of the group */
	size_t n_sites[_KIND_MAX][_CLASS_MAX];
};

/* Groups come with the largest of their kind and class first. */
static void choice_make(struct choice *choice, const struct site_groups *groups,
			struct page_sites *page)
{
	vec_foreach(item, &groups->items) {
		const struct site_group *group = *item;
		size_t *n_sites = &choice->n_sites[group->kind][group->class];
		struct page_rest *rest = &page->rest[group->kind][group->class];

		if (*n_sites < PAGE_MAX_SITES) {
			choice->chosen[group - groups->all] = true;
			*n_sites += group->n_processes;
			continue;
		}
		rest->n_groups++;
		rest->n_blocks += group->n_blocks;
		rest->bytes += group->bytes;
	}
}

int page_sites_choose(const struct result *result, struct page_sites *ret_page)
{
	_cleanup_(page_sites_done) struct page_sites page = { 0 };
	_cleanup_(site_groups_done) struct site_groups groups = { 0 };
	_cleanup_free_ bool *chosen = NULL;
	struct choice choice = { 0 };
	int r = sites_group(&result->sites, &groups);

	if (r < 0)
		return r;
	chosen = calloc(groups.items.n + 1, sizeof(*chosen));
	if (!chosen)
		return -ENOMEM;
	choice.chosen = chosen;
	choice_make(&choice, &groups, &page);
	vec_foreach(site, &result->sites.items) {
		if (chosen[site_groups_find(&groups, *site) - groups.all] &&
		    vec_push(&page.list, *site) < 0)
			return -ENOMEM;
	}
	*ret_page = page;
	page = (struct page_sites){ 0 };
	return 0;
}

void page_sites_done(struct page_sites *page)
{
	vec_done(&page->list);
}
