// SPDX-License-Identifier: BSD-2-Clause
/*
 * cxx WHAT: holds memory from operator new in its forms and from the containers of the standard
 * library, or survives a failed one. The leaking functions have C names, to be compared easily.
 */
#include <new>
#include <string>
#include <vector>

#include "failed_new.h"
#include "truth.h"

namespace
{
const char via_new[] = "operator new(unsigned long)|operator new[](unsigned long)";
const char via_aligned[] = "operator new(unsigned long, std::align_val_t)|"
			   "operator new[](unsigned long, std::align_val_t)|mi_new_aligned";

/* Allocators that have operators of their own are called from here. */
const char via_string[] =
	"operator new(unsigned long)|operator new[](unsigned long)|"
	"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::"
	"_M_construct(unsigned long, char)";
const char via_vector[] = "operator new(unsigned long)|operator new[](unsigned long)|"
			  "std::__new_allocator<unsigned int>::allocate(unsigned long, "
			  "void const*)";

struct alignas(128) wide {
	char bytes[256];
};
} // namespace

extern "C" {

LEAKER void leak_new()
{
	hold(new uint64_t);
}

LEAKER void leak_new_array()
{
	hold(new char[opaque(321)]);
}

LEAKER void leak_new_aligned()
{
	hold(new wide);
}

LEAKER void leak_vector()
{
	hold(new std::vector<uint32_t>(opaque(1000)));
}

LEAKER void leak_string()
{
	hold(new std::string(opaque(100), 'x'));
}

LEAKER void delete_all()
{
	delete (uint64_t *)hold(new uint64_t);
	char *array = (char *)hold(new char[opaque(55)]);

	delete[] array;
	delete (wide *)hold(new wide);
	delete (std::string *)hold(new std::string(opaque(200), 'y'));
}

LEAKER void fail_nothrow()
{
	if (hold(new (std::nothrow) char[opaque(SIZE_MAX / 4)]))
		_exit(97);
}
}

namespace
{
void nothrow()
{
	fail_nothrow();
	leak_new();
}

void throwing()
{
	fail_throwing();
	leak_new();
}

void deleted()
{
	delete_all();
	leak_new();
}

struct form {
	const char *name;
	const char *function;
	void (*run)();
	uint64_t n_blocks; /* of one run */
	uint64_t n_bytes;
	const char *via;
};

const form forms[] = {
	{ "new", "leak_new", leak_new, 1, sizeof(uint64_t), via_new },
	{ "array", "leak_new_array", leak_new_array, 1, 321, via_new },
	{ "aligned", "leak_new_aligned", leak_new_aligned, 1, sizeof(wide), via_aligned },
	{ "vector", "leak_vector", leak_vector, 2, sizeof(std::vector<uint32_t>) + 4000,
	  via_vector },
	{ "string", "leak_string", leak_string, 2, sizeof(std::string) + 101, via_string },
	{ "deleted", "leak_new", deleted, 1, sizeof(uint64_t), via_new },
	{ "nothrow", "leak_new", nothrow, 1, sizeof(uint64_t), via_new },
	{ "bad_alloc", "leak_new", throwing, 1, sizeof(uint64_t), via_new },
};
} // namespace

int main(int argc, char **argv)
{
	for (const form &f : forms) {
		if (argc != 2 || strcmp(argv[1], f.name) != 0)
			continue;
		for (int i = 0; i < 10; i++)
			f.run();
		truth_begin();
		truth_site_via(f.function, 10 * f.n_blocks, 10 * f.n_bytes, f.via);
		truth_absent("delete_all");
		truth_absent("fail_nothrow");
		truth_absent("fail_throwing");
		truth_end();
		return 0;
	}
	return 2;
}
