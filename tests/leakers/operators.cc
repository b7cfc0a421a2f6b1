// SPDX-License-Identifier: BSD-2-Clause
/*
 * operators [clean]: operators new and delete that the program has itself, as tests/e2e/matrix.bats
 * builds it: over malloc, with a header before each block (HEADER), out of chunks from
 * malloc (CHUNKS), out of mapped ones (MAPPED) or out of an array of the program (ARENA).
 */
#include <cstdlib>
#include <new>
#include <string>

#include <sys/mman.h>

#include "failed_new.h"
#include "truth.h"

enum { CHUNK_BYTES = 64 * 1024, MAX_BYTES = 16 * 1024, HEADER_BYTES = 16 };

#if defined(HEADER)
static void *get(size_t bytes)
{
	char *block = (char *)malloc(bytes + HEADER_BYTES);

	return block ? block + HEADER_BYTES : nullptr;
}

static void put(void *block)
{
	if (block)
		free((char *)block - HEADER_BYTES);
}
#elif defined(CHUNKS) || defined(MAPPED) || defined(ARENA)
#if defined(CHUNKS)
static void *chunk_new()
{
	return malloc(CHUNK_BYTES);
}
#elif defined(MAPPED)
static void *chunk_new()
{
	return mmap(nullptr, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
}
#else
static char arena[16 * CHUNK_BYTES];

static void *chunk_new()
{
	static size_t used;

	if (used + CHUNK_BYTES > sizeof(arena))
		_exit(97);
	used += CHUNK_BYTES;
	return arena + used - CHUNK_BYTES;
}
#endif

static char *chunk;
static size_t chunk_used = CHUNK_BYTES;

/* Never the same address twice. */
static void *get(size_t bytes)
{
	char *block;

	if (bytes > MAX_BYTES)
		return nullptr;
	bytes = (bytes + 15) & ~(size_t)15;
	if (chunk_used + bytes > CHUNK_BYTES) {
		chunk = (char *)chunk_new();
		chunk_used = 0;
	}
	block = chunk + chunk_used;
	chunk_used += bytes;
	return block;
}

static void put(void *block)
{
	hold(block);
}
#else
static void *get(size_t bytes)
{
	return malloc(bytes);
}

static void put(void *block)
{
	free(block);
}
#endif

LEAKER void *operator new(size_t bytes)
{
	void *block = get(bytes);

	if (!block)
		throw std::bad_alloc();
	return block;
}

LEAKER void operator delete(void *block) noexcept
{
	put(block);
}

LEAKER void operator delete(void *block, size_t) noexcept
{
	put(block);
}

/* Not "static": the compiler would drop variables that nobody reads. */
void *roots[4];
static size_t n_roots;

struct node {
	node *next;
	char rest[88];
};

extern "C" {

LEAKER node *leak_new()
{
	return (node *)hold(new node());
}

LEAKER node *leak_array()
{
	return (node *)hold(new node[opaque(3)]());
}

LEAKER void leak_string()
{
	hold(new std::string(opaque(200), 'x'));
}

/* Enough for several chunks. */
LEAKER void release_all()
{
	for (int i = 0; i < 200; i++) {
		delete (node *)hold(new node());
		delete[](node *) hold(new node[opaque(9)]());
		delete (std::string *)hold(new std::string(opaque(300), 'y'));
	}
}

LEAKER void leave(node *(*make)(), const char *function, size_t bytes)
{
	node *lost;

	roots[n_roots++] = make();
	lost = make();
	lost->next = make();
	truth_class(function, "reachable", 1, bytes);
	truth_class(function, "lost", 1, bytes);
	truth_class(function, "indirect", 1, bytes);
}
}

int main(int argc, char **)
{
	truth_begin();
	release_all();
	fail_throwing();
	if (argc == 1) {
		leave(leak_new, "leak_new", sizeof(node));
		leave(leak_array, "leak_array", 3 * sizeof(node));
		leak_string();
		truth_class("leak_string", "lost", 1, sizeof(std::string));
		truth_class("leak_string", "indirect", 1, 201);
	}
	release_all();
	fail_throwing();
	truth_absent("release_all");
	truth_absent("fail_throwing");
	truth_end();
	return 0;
}
