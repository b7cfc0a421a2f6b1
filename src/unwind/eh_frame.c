// SPDX-License-Identifier: BSD-2-Clause
/* Turns the functions that .eh_frame describes into rows: see eh_frame.h. */
#include "unwind/eh_frame.h"

#include "unwind/eh_section.h"

enum {
	EH_MAX_ROWS = 1 << 23,
	/* Between two functions there is padding: a gap as small as this needs no row. */
	EH_PADDING_BYTES = 15,
};

/* Appends "from PC on, RULE". PCs never decrease; of two for the same pc the last one counts. */
static int frame_add_row(struct eh_frame *frame, uint32_t pc, uint32_t rule)
{
	struct lt_unwind_row row = { .pc = pc, .rule = rule };

	if (frame->rows.n && frame->rows.items[frame->rows.n - 1].pc == pc)
		frame->rows.n--;
	if (frame->rows.n && frame->rows.items[frame->rows.n - 1].rule == rule)
		return 0;
	if (frame->rows.n >= EH_MAX_ROWS)
		return -EFBIG;
	return vec_push(&frame->rows, row);
}

static int frame_state_rule(struct eh_frame *frame, struct unwind_rules *rules,
			    const struct cfi *cfi)
{
	struct lt_unwind_rule rule;

	if (cfi->cie->signal)
		return LT_UNWIND_RULE_SIGNAL;
	rule = cfi_rule(&cfi->state, cfi->machine);
	if (rule.kind == LT_UNWIND_NONE)
		frame->n_unsupported++;
	return unwind_rules_intern(rules, &rule);
}

/* Runs the program of FDE; rows begin at pc FROM or later. */
static int frame_run_fde(struct eh_frame *frame, struct unwind_rules *rules,
			 const struct eh_section *section, const struct fde *fde, uint32_t from)
{
	const uint8_t *code = section->data + fde->code_offset;
	uint64_t end = section->text_lo + fde->end;
	struct cfi cfi;
	int r = 1;

	/* Not the whole struct: its stack is large, and not read before it is written. */
	cfi.machine = section->machine;
	cfi.cie = &section->cies.items[fde->cie];
	cfi.base = &section->base;
	cfi.code = (struct reader){ .at = code, .end = code + fde->code_bytes };
	cfi.pc = section->text_lo + fde->begin;
	cfi.depth = 0;
	cfi.state = cfi.cie->initial;
	while (r > 0 && cfi.pc < end) {
		uint32_t pc = (uint32_t)(cfi.pc - section->text_lo);
		int rule, added;

		r = cfi_run(&cfi);
		if (r < 0)
			return r;
		/* Where another function was described already, that one counts. */
		if (r == 0 || cfi.next_pc - section->text_lo > from) {
			rule = frame_state_rule(frame, rules, &cfi);
			added = rule < 0 ? rule : frame_add_row(frame, pc < from ? from : pc, rule);
			if (added < 0)
				return added;
		}
		cfi.pc = cfi.next_pc;
	}
	return 0;
}

/* Adds the rows of FDE from pc FROM on; if its program makes no sense, one row that says so. */
static int frame_add_fde(struct eh_frame *frame, struct unwind_rules *rules,
			 const struct eh_section *section, const struct fde *fde, uint32_t from)
{
	size_t n_before = frame->rows.n;
	int r;

	if (fde->cie == FDE_ENTRY)
		return frame_add_row(frame, from, LT_UNWIND_RULE_END);
	frame->n_fdes++;
	if (section->cies.items[fde->cie].unusable) {
		frame->n_unsupported++;
		return frame_add_row(frame, from, LT_UNWIND_RULE_NONE);
	}
	r = frame_run_fde(frame, rules, section, fde, from);
	if (r != -EBADMSG)
		return r;
	frame->n_bad_fdes++;
	frame->rows.n = n_before;
	return frame_add_row(frame, from, LT_UNWIND_RULE_NONE);
}

static int frame_add_fdes(struct eh_frame *frame, struct unwind_rules *rules,
			  const struct eh_section *section)
{
	uint32_t covered = 0; /* all code below is described */
	int r;

	r = frame_add_row(frame, 0, LT_UNWIND_RULE_NONE);
	for (size_t i = 0; r >= 0 && i < section->fdes.n; i++) {
		const struct fde *fde = &section->fdes.items[i];
		uint32_t from = fde->begin < covered ? covered : fde->begin;

		if (fde->end <= covered)
			continue;
		if (from - covered > EH_PADDING_BYTES)
			r = frame_add_row(frame, covered, LT_UNWIND_RULE_NONE);
		if (r >= 0)
			r = frame_add_fde(frame, rules, section, fde, from);
		covered = fde->end;
	}
	if (r >= 0 && covered < section->text_hi - section->text_lo)
		r = frame_add_row(frame, covered, LT_UNWIND_RULE_NONE);
	return r;
}

static int frame_compile(struct eh_frame *frame, const struct elf_image *image,
			 struct unwind_rules *rules)
{
	_cleanup_(eh_section_done) struct eh_section section = { 0 };
	struct lt_unwind_row *exact;
	int r;

	if (image->eh_frame) {
		r = eh_section_read(image, &section);
		if (r < 0)
			return r;
	}
	frame->n_fdes = frame->n_bad_fdes = section.n_bad_fdes;
	frame->has_cfi = section.fdes.n > 0;
	if (!frame->has_cfi)
		return frame_add_row(frame, 0, LT_UNWIND_RULE_FP);
	r = frame_add_fdes(frame, rules, &section);
	if (r < 0)
		return r;
	exact = realloc(frame->rows.items, frame->rows.n * sizeof(*exact));
	if (exact) {
		frame->rows.items = exact;
		frame->rows.cap = frame->rows.n;
	}
	return 0;
}

static int frame_open(int fd, const void *memory, size_t bytes, const char *name,
		      struct unwind_rules *rules, struct diag *diag, struct eh_frame *ret_frame)
{
	_cleanup_(elf_image_close) struct elf_image image = { 0 };
	struct eh_frame frame = { 0 };
	int r;

	r = elf_image_open(fd, memory, bytes, name, diag, &image);
	if (r < 0)
		return r;
	frame.machine = image.machine;
	frame.text_lo = image.text_lo;
	frame.text_hi = image.text_hi;
	r = frame_compile(&frame, &image, rules);
	if (r < 0) {
		eh_frame_done(&frame);
		return diag_add(diag, r, "cannot use the unwind information of %s: %s", name,
				r == -EFBIG ? "there is too much of it" : strerror(-r));
	}
	/* The list of segments changes its owner. */
	frame.code.items = TAKE_PTR(image.code.items);
	frame.code.n = image.code.n;
	frame.code.cap = image.code.cap;
	*ret_frame = frame;
	return 0;
}

int eh_frame_compile_fd(int fd, const char *name, struct unwind_rules *rules, struct diag *diag,
			struct eh_frame *ret_frame)
{
	if (fd < 0)
		return diag_add(diag, -EBADF, "%s is not open", name);
	return frame_open(fd, NULL, 0, name, rules, diag, ret_frame);
}

int eh_frame_compile_memory(const void *memory, size_t bytes, const char *name,
			    struct unwind_rules *rules, struct diag *diag,
			    struct eh_frame *ret_frame)
{
	return frame_open(-1, memory, bytes, name, rules, diag, ret_frame);
}

void eh_frame_done(struct eh_frame *frame)
{
	vec_done(&frame->rows);
	vec_done(&frame->code);
}

int eh_frame_bias(const struct eh_frame *frame, uint64_t start, uint64_t offset, uint64_t *ret_bias)
{
	vec_foreach(segment, &frame->code) {
		/* Computed modulo 2^64 on purpose: a mapping may begin before its segment. */
		uint64_t vaddr = segment->vaddr - segment->offset + offset;

		if (offset >= segment->offset && offset - segment->offset >= segment->bytes)
			continue;
		*ret_bias = start - (vaddr - frame->text_lo);
		return 0;
	}
	return -ENOENT;
}

size_t eh_frame_n_granules(const struct eh_frame *frame)
{
	uint64_t n_bytes = frame->text_hi - frame->text_lo;

	return (n_bytes + (1 << LT_UNWIND_GRANULE_SHIFT) - 1) >> LT_UNWIND_GRANULE_SHIFT;
}

void eh_frame_write_granules(const struct eh_frame *frame, uint32_t first_row,
			     struct lt_unwind_granule *to)
{
	const struct lt_unwind_row *rows = frame->rows.items;
	size_t n = eh_frame_n_granules(frame), row = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t begin = i << LT_UNWIND_GRANULE_SHIFT;
		uint64_t end = (i + 1) << LT_UNWIND_GRANULE_SHIFT;

		while (row + 1 < frame->rows.n && rows[row + 1].pc <= begin)
			row++;
		to[i].first_row = first_row + (uint32_t)row;
		while (row + 1 < frame->rows.n && rows[row + 1].pc < end)
			row++;
		to[i].next_first_row = first_row + (uint32_t)row + 1;
	}
}
