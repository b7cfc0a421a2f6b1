/* SPDX-License-Identifier: BSD-2-Clause */
/* C++ and Rust names as people write them. The one door to libiberty. */
#ifndef LT_SYMBOL_DEMANGLE_H
#define LT_SYMBOL_DEMANGLE_H

#include <stdbool.h>

/* No name that leaves symbol/ is longer; a longer one ends with "...". */
enum { DEMANGLE_MAX_BYTES = 1024 };

/*
 * "ns::Class::method(int)" for a mangled C++ name, "krate::path::function" for a Rust one, a copy
 * of any other. Printable in each case. Fresh memory; NULL when there is none.
 */
char *demangle_name(const char *name);

/* True if NAME looks mangled: it has more to say than a plain name. */
bool demangle_is_mangled(const char *name);

#endif
