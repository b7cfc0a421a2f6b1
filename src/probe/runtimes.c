// SPDX-License-Identifier: BSD-2-Clause
/* The table of runtimes: see runtimes.h. */
#include "probe/runtimes.h"

#include <string.h>

#include "probe/elf_functions.h"

struct runtime {
	const char *function; /* exported by the runtime, and by nothing else */
	const char *hides;
	const char *setting; /* of the environment that makes it call the allocator; NULL: none */
};

static const struct runtime go = {
	.hides = "Go's runtime keeps objects in memory that it maps itself: what C code allocates "
		 "is seen, and the mappings; Go's own heap profile has the objects",
};

static const struct runtime exported[] = {
	{ "JNI_CreateJavaVM",
	  "objects of Java are in a heap that the JVM maps itself: what native code allocates is "
	  "seen; \"jcmd PID GC.class_histogram\" has the objects",
	  NULL },
	{ "napi_create_object",
	  "objects of JavaScript are in a heap that V8 maps itself: what native code and Buffers "
	  "allocate is seen; a heap snapshot of node has the objects",
	  NULL },
	{ "_emalloc",
	  "PHP keeps the memory of scripts in pools of its own, of which only the whole is seen: "
	  "USE_ZEND_ALLOC=0 in its environment shows each block",
	  "USE_ZEND_ALLOC=0" },
	{ "PyObject_Malloc",
	  "pymalloc, the allocator of Python, hides objects of up to 512 bytes; --python shows "
	  "them in a command, PYTHONMALLOC=malloc in its environment in any process",
	  "PYTHONMALLOC=malloc" },
	{ "rb_gc_start",
	  "Ruby keeps its objects in pages, of which only the whole is seen, and what long strings "
	  "and arrays hold besides; its ObjectSpace has the objects",
	  NULL },
};

enum { N_EXPORTED = sizeof(exported) / sizeof(exported[0]) };

const struct runtime *runtime_find(struct elf_file *file)
{
	struct elf_function functions[N_EXPORTED] = { 0 };

	if (elf_file_section(file, ".go.buildinfo", SIZE_MAX))
		return &go;
	for (int i = 0; i < N_EXPORTED; i++)
		functions[i].name = exported[i].function;
	if (!elf_file_functions(file, false, functions, N_EXPORTED))
		return NULL;
	for (int i = 0; i < N_EXPORTED; i++) {
		if (functions[i].offset)
			return &exported[i];
	}
	return NULL;
}

/* "NAME=malloc_debug" is a way of "NAME=malloc". */
static bool is_set(const char *setting, const char *text, size_t n)
{
	size_t length = strlen(setting);

	return n >= length && memcmp(text, setting, length) == 0 &&
	       (n == length || text[length] == '_');
}

const char *runtime_hides(const struct runtime *runtime, const char *environment, size_t n_bytes)
{
	while (runtime->setting && n_bytes) {
		size_t n = strnlen(environment, n_bytes);

		if (is_set(runtime->setting, environment, n))
			return NULL;
		n += n < n_bytes;
		environment += n;
		n_bytes -= n;
	}
	return runtime->hides;
}
