// SPDX-License-Identifier: BSD-2-Clause
/* Roots, then pointers, then marks: see scan.h. */
#include "scan/scan.h"

#include "scan/graph.h"

static int scan_mark(const struct scan_request *request, const struct scan_blocks *blocks,
		     struct scan_result *ret)
{
	struct graph_request reading = {
		.pid = freeze_living(request->roots.freeze),
		.blocks = blocks,
		.owned = &request->roots.owned,
		.tag_mask = request->tag_mask,
		.max_pointers = SCAN_MAX_POINTERS,
		.deadline_ns = request->deadline_ns,
		.n_threads = request->n_threads,
	};
	_cleanup_(graph_done) struct graph graph = { 0 };
	struct mark_request marking = {
		.pid = reading.pid,
		.blocks = blocks,
		.owned = &request->roots.owned,
		.graph = &graph,
		.roots = ret->roots.items.items,
		.n_roots = ret->roots.items.n,
		.tag_mask = request->tag_mask,
		.deadline_ns = request->deadline_ns,
	};
	int r = graph_read(&graph, &reading);

	if (r == 0)
		r = mark_run(&ret->mark, &marking);
	ret->n_unreadable_pages = graph.n_unreadable_pages + ret->mark.n_unreadable_pages;
	return r;
}

int scan_run(const struct scan_request *request, struct scan_result *ret)
{
	_cleanup_(scan_blocks_done) struct scan_blocks blocks = { 0 };
	int r;

	*ret = (struct scan_result){ 0 };
	r = scan_blocks_open(&blocks, request->blocks, request->n_blocks);
	if (r == 0)
		r = roots_find(&ret->roots, &request->roots);
	if (r == 0)
		r = scan_mark(request, &blocks, ret);
	ret->older_bytes = ret->roots.older_bytes;
	return r;
}

void scan_result_done(struct scan_result *result)
{
	mark_done(&result->mark);
	roots_done(&result->roots);
}
