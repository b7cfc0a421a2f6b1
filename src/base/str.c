// SPDX-License-Identifier: BSD-2-Clause
/* Strings: formatting, reading files, making foreign names printable. */
#include "base/str.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>

char *str_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

int str_read_fd(int fd, size_t max_bytes, char **ret_text, size_t *ret_n)
{
	VEC(char) text = { 0 };
	ssize_t n;

	do {
		if (vec_reserve(&text, 4096) < 0) {
			vec_done(&text);
			return -ENOMEM;
		}
		n = read(fd, text.items + text.n, text.cap - text.n - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || text.n + (size_t)n > max_bytes) {
			int r = n < 0 ? -errno : -EFBIG;

			vec_done(&text);
			return r;
		}
		text.n += (size_t)n;
	} while (n != 0);
	text.items[text.n] = '\0';
	*ret_text = text.items;
	if (ret_n)
		*ret_n = text.n;
	return 0;
}

int str_read_file(const char *path, size_t max_bytes, char **ret_text, size_t *ret_n)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return str_read_fd(fd, max_bytes, ret_text, ret_n);
}

char *str_hex(const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * n + 1);

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * n] = '\0';
	return text;
}

bool str_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), n_suffix = strlen(suffix);

	return n >= n_suffix && memcmp(text + n - n_suffix, suffix, n_suffix) == 0;
}

char *str_trim(char *text)
{
	size_t n;

	while (isspace((unsigned char)*text))
		text++;
	n = strlen(text);
	while (n && isspace((unsigned char)text[n - 1]))
		text[--n] = '\0';
	return text;
}

const char *str_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The length of the valid UTF-8 sequence at S, or 0. Rejects overlong forms and surrogates. */
static size_t utf8_length(const unsigned char *s)
{
	uint32_t code;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	code = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000) || code > 0x10ffff)
		return 0;
	return code >= 0xd800 && code <= 0xdfff ? 0 : n;
}

/*
 * Whether the character of N bytes steers what shows it: C0, DEL and C1 a terminal; U+2028 and
 * U+2029, which end lines; and those that turn the direction of a text, so that a reader sees it in
 * another order: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
 */
static bool utf8_is_control(const unsigned char *s, size_t n)
{
	if (n == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	if (n == 2)
		return (s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xd8 && s[1] == 0x9c);
	if (n != 3 || s[0] != 0xe2)
		return false;
	if (s[1] == 0x80)
		return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

void str_sanitize(char *text)
{
	unsigned char *s = (unsigned char *)text;

	while (*s) {
		size_t n = utf8_length(s);

		if (n == 0 || utf8_is_control(s, n)) {
			n = n ? n : 1;
			memset(s, '?', n);
		}
		s += n;
	}
}
