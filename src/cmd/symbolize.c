// SPDX-License-Identifier: BSD-2-Clause
/* Looking for names: see symbolize.h. */
#include "cmd/symbolize.h"

#include "cmd/places.h"

int symbolize_result(const struct symbolize *symbolize, const struct result *result, size_t top,
		     struct symbols *symbols, struct diag *diag)
{
	struct places places = { 0 };
	int r = places_collect(result, top, symbols, &places);
	size_t first = 0;

	progress_begin(symbolize->progress, places.list.n);
	while (r == 0 && first < places.list.n) {
		const struct place *list = &places.list.items[first];
		const struct module *module = modules_get(result->modules, list->module);
		size_t n = 1;
		int fd;

		while (first + n < places.list.n && list[n].module == list->module)
			n++;
		if (symbolize->file(symbolize->data, module, &fd))
			r = symbolizer_resolve(symbolize->symbolizer, module, fd, list, n, symbols,
					       diag);
		first += n;
		symbolize->progress->n_done = first;
	}
	progress_end(symbolize->progress);
	places_done(&places);
	return r;
}
