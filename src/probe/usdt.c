// SPDX-License-Identifier: BSD-2-Clause
/* The notes of USDT probes: see usdt.h. The file may be anything. */
#include "probe/usdt.h"

#include <asm/ptrace.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "leaktrace/test_abi.h"

enum {
	NOTE_TYPE = 3,
	MAX_NOTES_BYTES = 16 << 20,
};

/* What a note begins with; provider, name and arguments follow, each with its NUL. */
struct usdt_note {
	uint64_t pc;
	uint64_t base; /* where .stapsdt.base was when the note was written */
	uint64_t semaphore;
};

struct usdt_wanted {
	const char *name;
	uint64_t base; /* where .stapsdt.base is; 0: not in the file */
};

void usdt_probes_done(struct usdt_probes *probes)
{
	vec_done(&probes->list);
}

#if defined(__x86_64__)
static const struct {
	const char *name;
	size_t offset; /* in struct pt_regs */
} registers[] = {
	{ "%rax", offsetof(struct pt_regs, rax) }, { "%rbx", offsetof(struct pt_regs, rbx) },
	{ "%rcx", offsetof(struct pt_regs, rcx) }, { "%rdx", offsetof(struct pt_regs, rdx) },
	{ "%rsi", offsetof(struct pt_regs, rsi) }, { "%rdi", offsetof(struct pt_regs, rdi) },
	{ "%rbp", offsetof(struct pt_regs, rbp) }, { "%rsp", offsetof(struct pt_regs, rsp) },
	{ "%r8", offsetof(struct pt_regs, r8) },   { "%r9", offsetof(struct pt_regs, r9) },
	{ "%r10", offsetof(struct pt_regs, r10) }, { "%r11", offsetof(struct pt_regs, r11) },
	{ "%r12", offsetof(struct pt_regs, r12) }, { "%r13", offsetof(struct pt_regs, r13) },
	{ "%r14", offsetof(struct pt_regs, r14) }, { "%r15", offsetof(struct pt_regs, r15) },
};

/* The register that the N bytes name. */
static bool register_find(const char *text, size_t n, uint64_t *ret)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (strlen(registers[i].name) != n || strncmp(registers[i].name, text, n) != 0)
			continue;
		*ret = registers[i].offset;
		return true;
	}
	return false;
}

/* "8@%rax", "8@-16(%rbp)". Others are constants and places without a register. */
static bool place_read(const char *argument, uint64_t *ret)
{
	size_t n = strcspn(argument, " ");
	const char *at = argument + 2;
	uint64_t where;
	char *bracket;
	long distance;

	if (n < 3 || (strncmp(argument, "8@", 2) != 0))
		return false;
	n -= 2;
	if (register_find(at, n, &where)) {
		*ret = LT_PLACE(where, false, 0);
		return true;
	}
	distance = strtol(at, &bracket, 10);
	if (*bracket != '(' || at[n - 1] != ')' || labs(distance) >= LT_PLACE_MAX_DISTANCE ||
	    !register_find(bracket + 1, (size_t)(at + n - 1 - (bracket + 1)), &where))
		return false;
	*ret = LT_PLACE(where, true, distance);
	return true;
}
#else
static bool place_read(const char *argument, uint64_t *ret)
{
	(void)argument;
	(void)ret;
	return false;
}
#endif

/* The next of the strings in the N bytes at *TEXT; NULL: none that ends. */
static const char *string_next(const char **text, size_t *n)
{
	const char *string = *text, *end = memchr(string, '\0', *n);

	if (!end)
		return NULL;
	*n -= (size_t)(end + 1 - string);
	*text = end + 1;
	return string;
}

/* Whether WANTED is "PROVIDER:NAME". */
static bool is_called(const char *wanted, const char *provider, const char *name)
{
	size_t n = strlen(provider);

	return strncmp(wanted, provider, n) == 0 && wanted[n] == ':' &&
	       strcmp(wanted + n + 1, name) == 0;
}

static int note_add(struct elf_file *file, const struct usdt_wanted *wanted, const char *bytes,
		    size_t n, struct usdt_probes *probes)
{
	const char *text = bytes + sizeof(struct usdt_note), *provider, *name, *arguments;
	struct usdt_probe probe = { 0 };
	struct usdt_note note;
	uint64_t left;

	if (n < sizeof(note))
		return 0;
	memcpy(&note, bytes, sizeof(note));
	n -= sizeof(note);
	provider = string_next(&text, &n);
	name = provider ? string_next(&text, &n) : NULL;
	arguments = name ? string_next(&text, &n) : NULL;
	if (!arguments || !is_called(wanted->name, provider, name))
		return 0;
	if (wanted->base)
		note.pc += wanted->base - note.base;
	if (!elf_file_offset(file, note.pc, PF_X, &probe.offset, &left))
		return 0;
	/* A probe with a semaphore is reached only while that counts somebody. */
	probe.readable = !note.semaphore && (!*arguments || place_read(arguments, &probe.place));
	return vec_push(&probes->list, probe);
}

/* Where the section .stapsdt.base is; 0: there is none. */
static uint64_t base_find(struct elf_file *file)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(file->elf, &names) < 0)
		return 0;
	while ((section = elf_nextscn(file->elf, section))) {
		const char *name = gelf_getshdr(section, &header) ?
					   elf_strptr(file->elf, names, header.sh_name) :
					   NULL;

		if (name && strcmp(name, ".stapsdt.base") == 0)
			return header.sh_addr;
	}
	return 0;
}

static int notes_search(struct elf_file *file, Elf_Scn *section, struct usdt_wanted *wanted,
			struct usdt_probes *ret)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t at = 0, next, name, bytes;
	GElf_Nhdr note;
	int r = 0;

	if (!data || !data->d_buf)
		return 0;
	while (r == 0 && (next = gelf_getnote(data, at, &note, &name, &bytes)) > 0) {
		const char *owner = (const char *)data->d_buf + name;

		if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof("stapsdt") &&
		    memcmp(owner, "stapsdt", sizeof("stapsdt")) == 0) {
			if (!wanted->base)
				wanted->base = base_find(file);
			r = note_add(file, wanted, (const char *)data->d_buf + bytes, note.n_descsz,
				     ret);
		}
		at = next;
	}
	return r;
}

int usdt_find(struct elf_file *file, const char *name, struct usdt_probes *ret)
{
	struct usdt_wanted wanted = { .name = name };
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	int r = 0;

	while (r == 0 && (section = elf_nextscn(file->elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE &&
		    header.sh_size <= MAX_NOTES_BYTES)
			r = notes_search(file, section, &wanted, ret);
	}
	return r;
}
