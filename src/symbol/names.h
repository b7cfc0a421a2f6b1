/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for functions whose DWARF has no mangled name (those of one file that were inlined): the
 * namespaces and classes around them, from the DIE tree. Each is made once.
 */
#ifndef LT_SYMBOL_NAMES_H
#define LT_SYMBOL_NAMES_H

#include <elfutils/libdw.h>

#include "symbol/scopes.h"

struct name;

struct names {
	struct name *by_die;
};

void names_done(struct names *names);

/*
 * "ns::Class::method" for the function of SCOPE; without memory or in broken DWARF its plain
 * name; NULL if it has none. Valid until names_done().
 */
const char *names_get(struct names *names, Dwarf_Die *scope, struct budget *budget);

#endif
