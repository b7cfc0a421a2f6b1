// SPDX-License-Identifier: BSD-2-Clause
/* Reads the entries of .eh_frame: see eh_section.h. */
#include "unwind/eh_section.h"

#include <errno.h>

enum {
	EH_MAX_CIES = 1 << 17,
	EH_MAX_FDES = 1 << 21,
	/* How far behind its first byte the code that calls main() can reach. */
	EH_ENTRY_BYTES = 64,
};

/* An entry, its length and id already read. */
struct entry {
	uint64_t offset;     /* of its first byte in the section */
	uint64_t cie_offset; /* of the CIE that it belongs to, if it is an FDE */
	bool is_cie;
	struct reader body;
};

/* Reads the head of the next entry; false at the end, or where the section makes no sense. */
static bool section_next(const struct eh_section *section, struct reader *reader,
			 struct entry *ret_entry)
{
	struct entry entry = { .offset = (uint64_t)(reader->at - section->data) };
	uint64_t n_bytes = reader_fixed(reader, 4), id_offset, id;
	unsigned id_bytes = 4;

	if (n_bytes == UINT32_MAX) {
		n_bytes = reader_fixed(reader, 8);
		id_bytes = 8;
	}
	if (reader->failed || !n_bytes)
		return false;
	entry.body = reader_slice(reader, n_bytes);
	id_offset = (uint64_t)(entry.body.at - section->data);
	id = reader_fixed(&entry.body, id_bytes);
	if (reader->failed)
		return false;
	/* A CIE has id 0; an FDE the distance from its id back to its CIE. */
	entry.is_cie = !id;
	entry.cie_offset = id_offset - id;
	*ret_entry = entry;
	return true;
}

/* Reads what the augmentation string announces. */
static void cie_read_augmentation(struct reader *body, const char *letters, size_t n,
				  struct cfi_cie *cie)
{
	struct reader data;
	uint8_t encoding;

	if (!n)
		return;
	if (letters[0] != 'z') {
		reader_fail(body);
		return;
	}
	cie->has_augmentation = true;
	data = reader_slice(body, reader_uleb(body));
	for (size_t i = 1; i < n && !body->failed; i++) {
		switch (letters[i]) {
		case 'R':
			cie->pointer_encoding = reader_u8(&data);
			break;
		case 'P': /* the handler of exceptions: only to be skipped */
			encoding = reader_u8(&data);
			eh_pointer_read_format(&data, encoding);
			break;
		case 'L':
			reader_u8(&data);
			break;
		case 'S':
			cie->signal = true;
			break;
		case 'B': /* aarch64: return addresses are signed with the other key */
		case 'G': /* aarch64: stack memory is tagged */
			break;
		default:
			reader_fail(body);
		}
	}
	if (data.failed)
		reader_fail(body);
}

static int section_add_cie(struct eh_section *section, struct entry *entry)
{
	struct reader *body = &entry->body;
	struct cfi_cie cie = { .offset = entry->offset };
	uint8_t version = reader_u8(body);
	const char *letters = (const char *)body->at;
	size_t n_letters = 0;
	uint64_t ra;
	struct cfi cfi = { .machine = section->machine, .cie = &cie, .base = &section->base };

	while (reader_u8(body))
		n_letters++;
	if (version == 4 && (reader_u8(body) != 8 || reader_u8(body) != 0))
		return 0;
	cie.code_align = reader_uleb(body);
	cie.data_align = reader_sleb(body);
	ra = version == 1 ? reader_u8(body) : reader_uleb(body);
	cie_read_augmentation(body, letters, n_letters, &cie);
	if (body->failed || (version != 1 && version != 3 && version != 4))
		return 0;
	cfi.code = *body;
	cfi.state.cfa.kind = cie.initial.cfa.kind = CFI_UNDEF;
	cie.unusable = ra != section->machine->regs[CFI_REG_RA] || cfi_run(&cfi) != 0;
	cie.initial = cfi.state;
	if (section->cies.n >= EH_MAX_CIES)
		return -EFBIG;
	return vec_push(&section->cies, cie);
}

/* The index of the CIE at OFFSET, or -1. Entries that belong together mostly are neighbours. */
static int64_t section_find_cie(const struct eh_section *section, uint64_t offset)
{
	size_t lo = 0, hi = section->cies.n;

	if (hi && section->cies.items[hi - 1].offset == offset)
		return (int64_t)hi - 1;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (section->cies.items[mid].offset == offset)
			return (int64_t)mid;
		if (section->cies.items[mid].offset < offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

static int section_add_fde(struct eh_section *section, struct entry *entry)
{
	struct reader *body = &entry->body;
	int64_t index = section_find_cie(section, entry->cie_offset);
	const struct cfi_cie *cie = index < 0 ? NULL : &section->cies.items[index];
	uint64_t begin, n_bytes, end;
	struct fde fde = { .cie = (uint32_t)index };

	section->n_bad_fdes++;
	if (!cie)
		return 0;
	begin = eh_pointer_read(body, cie->pointer_encoding, &section->base);
	n_bytes = eh_pointer_read_format(body, cie->pointer_encoding);
	if (cie->has_augmentation)
		reader_skip(body, reader_uleb(body));
	if (body->failed || __builtin_add_overflow(begin, n_bytes, &end))
		return 0;
	section->n_bad_fdes--;
	/* Functions that the linker dropped stay behind as entries for address 0. */
	if (begin < section->text_lo || begin >= section->text_hi || begin == end)
		return 0;
	if (end > section->text_hi)
		end = section->text_hi;
	fde.begin = (uint32_t)(begin - section->text_lo);
	fde.end = (uint32_t)(end - section->text_lo);
	fde.code_offset = (uint32_t)(body->at - section->data);
	fde.code_bytes = (uint32_t)reader_left(body);
	if (section->fdes.n >= EH_MAX_FDES)
		return -EFBIG;
	return vec_push(&section->fdes, fde);
}

/* By address; of those for one address the first in the file comes first. */
static int fde_compare(const void *a, const void *b)
{
	const struct fde *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->code_offset > y->code_offset) - (x->code_offset < y->code_offset);
}

static void section_sort(struct eh_section *section)
{
	const struct fde *fdes = section->fdes.items;

	for (size_t i = 1; i < section->fdes.n; i++) {
		if (fde_compare(&fdes[i - 1], &fdes[i]) > 0) {
			qsort(section->fdes.items, section->fdes.n, sizeof(*fdes), fde_compare);
			return;
		}
	}
}

/*
 * Not every C library describes the first function of a program. Without that, no stack would
 * be known to be complete. PC is its first byte; it ends where the next function begins.
 */
static int section_add_entry(struct eh_section *section, uint32_t pc, uint32_t n_text)
{
	struct fde fde = { .begin = pc, .end = pc + EH_ENTRY_BYTES, .cie = FDE_ENTRY };
	size_t at = 0;

	if (fde.end < pc || fde.end > n_text)
		fde.end = n_text;
	for (; at < section->fdes.n && section->fdes.items[at].begin <= pc; at++) {
		if (section->fdes.items[at].end > pc)
			return 0;
	}
	if (vec_reserve(&section->fdes, 1) < 0)
		return -ENOMEM;
	if (at < section->fdes.n && section->fdes.items[at].begin < fde.end)
		fde.end = section->fdes.items[at].begin;
	memmove(section->fdes.items + at + 1, section->fdes.items + at,
		(section->fdes.n - at) * sizeof(fde));
	section->fdes.items[at] = fde;
	section->fdes.n++;
	return 0;
}

static int section_read_entries(struct eh_section *section)
{
	struct reader reader = { .at = section->data, .end = section->data + section->bytes };
	struct entry entry;
	int r = 0;

	while (r >= 0 && section_next(section, &reader, &entry)) {
		if (entry.body.failed)
			section->n_bad_fdes++;
		else if (entry.is_cie)
			r = section_add_cie(section, &entry);
		else
			r = section_add_fde(section, &entry);
	}
	return r;
}

int eh_section_read(const struct elf_image *image, struct eh_section *ret_section)
{
	struct eh_section section = {
		.data = image->eh_frame,
		.bytes = image->eh_frame_bytes,
		.base = { .at = image->eh_frame, .vaddr = image->eh_frame_vaddr },
		.machine = cfi_machine_get(image->machine),
		.text_lo = image->text_lo,
		.text_hi = image->text_hi,
	};
	int r;

	r = section_read_entries(&section);
	if (r >= 0) {
		section_sort(&section);
		if (section.fdes.n && image->entry >= image->text_lo &&
		    image->entry < image->text_hi)
			r = section_add_entry(&section, (uint32_t)(image->entry - image->text_lo),
					      (uint32_t)(image->text_hi - image->text_lo));
	}
	if (r < 0) {
		eh_section_done(&section);
		return r;
	}
	*ret_section = section;
	return 0;
}

void eh_section_done(struct eh_section *section)
{
	vec_done(&section->cies);
	vec_done(&section->fdes);
}
