// SPDX-License-Identifier: BSD-2-Clause
/*
 * A private allocator, whose functions are in no table and are not exported: pieces of chunks that
 * it takes from malloc inside its own functions. --allocator has to name them.
 */
#include "truth.h"

enum { CHUNK_BYTES = 64 * 1024, N_LEAKED = 20, N_BALANCED = 300 };

struct pool {
	char *chunk;
	size_t used;
	uint64_t n_gets;
	uint64_t n_puts;
};

static struct pool pool;
static void *kept[N_LEAKED];

/* The block in the first argument that a call gives; never the same address twice. */
LEAKER int pool_get(void **to, struct pool *from, size_t count, size_t bytes)
{
	size_t wanted = (count * bytes + 15) & ~(size_t)15;

	if (!from->chunk || from->used + wanted > CHUNK_BYTES) {
		from->chunk = hold(malloc(CHUNK_BYTES));
		from->used = 0;
	}
	*to = hold(from->chunk + from->used);
	from->used += wanted;
	from->n_gets++;
	return 0;
}

LEAKER void pool_put(struct pool *to, void *block)
{
	hold(block);
	to->n_puts++;
}

LEAKER void leak_of_pool(void)
{
	for (int i = 0; i < N_LEAKED; i++)
		pool_get(&kept[i], &pool, 3, opaque(50));
}

LEAKER void balanced_of_pool(void)
{
	void *block;

	for (int i = 0; i < N_BALANCED; i++) {
		pool_get(&block, &pool, 1, opaque(200));
		pool_put(&pool, block);
	}
}

int main(void)
{
	truth_begin();
	leak_of_pool();
	balanced_of_pool();
	truth_site("leak_of_pool", N_LEAKED, (uint64_t)N_LEAKED * 150);
	truth_number("allocations", pool.n_gets);
	truth_number("frees", pool.n_puts);
	truth_end();
	return 0;
}
