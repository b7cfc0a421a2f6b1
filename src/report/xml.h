/* SPDX-License-Identifier: BSD-2-Clause */
/* Text inside of XML and HTML. */
#ifndef LT_REPORT_XML_H
#define LT_REPORT_XML_H

#include <stdio.h>

/*
 * Writes TEXT so that it can stand between tags. Whatever
 * XML 1.0 has no place for becomes '?', line ends aside, so that the file is always well-formed.
 */
void xml_text(FILE *to, const char *text);

/* Writes a blank and NAME="VALUE", a line end in VALUE being '?' as well. */
void xml_attribute(FILE *to, const char *name, const char *value);

#endif
