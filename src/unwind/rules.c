// SPDX-License-Identifier: BSD-2-Clause
/* The shared unwind rules: see rules.h. */
#include "unwind/rules.h"

#include "base/table.h"

enum { RULES_FIRST_SLOTS = 4096 };

static uint32_t rule_hash(const struct lt_unwind_rule *rule)
{
	return (uint32_t)XXH3_64bits(rule, sizeof(*rule));
}

/* The slot that holds RULE, or the empty one where it belongs. */
static uint32_t rules_slot(const struct unwind_rules *rules, const struct lt_unwind_rule *rule)
{
	uint32_t mask = rules->n_slots - 1;
	uint32_t slot = rule_hash(rule) & mask;

	while (rules->slots[slot] &&
	       memcmp(&rules->items.items[rules->slots[slot] - 1], rule, sizeof(*rule)))
		slot = (slot + 1) & mask;
	return slot;
}

static int rules_grow(struct unwind_rules *rules)
{
	uint32_t *old = rules->slots, n_old = rules->n_slots;
	uint32_t n_new = n_old ? n_old * 2 : RULES_FIRST_SLOTS;

	rules->slots = calloc(n_new, sizeof(*rules->slots));
	if (!rules->slots) {
		rules->slots = old;
		return -ENOMEM;
	}
	rules->n_slots = n_new;
	for (uint32_t id = 0; id < rules->items.n; id++)
		rules->slots[rules_slot(rules, &rules->items.items[id])] = id + 1;
	free(old);
	return 0;
}

int unwind_rules_intern(struct unwind_rules *rules, const struct lt_unwind_rule *rule)
{
	uint32_t slot = rules_slot(rules, rule);
	int r;

	if (rules->slots[slot])
		return (int)(rules->slots[slot] - 1);
	if (rules->items.n >= LT_UNWIND_MAX_RULES) {
		rules->n_refused++;
		return LT_UNWIND_RULE_NONE;
	}
	if (2 * (rules->items.n + 1) >= rules->n_slots) {
		r = rules_grow(rules);
		if (r < 0)
			return r;
		slot = rules_slot(rules, rule);
	}
	r = vec_push(&rules->items, *rule);
	if (r < 0)
		return r;
	rules->slots[slot] = (uint32_t)rules->items.n;
	return (int)rules->items.n - 1;
}

int unwind_rules_init(struct unwind_rules *rules)
{
	static const struct lt_unwind_rule fixed[] = {
		[LT_UNWIND_RULE_NONE] = { .kind = LT_UNWIND_NONE },
		[LT_UNWIND_RULE_END] = { .kind = LT_UNWIND_END },
		[LT_UNWIND_RULE_FP] = { .kind = LT_UNWIND_FP },
		[LT_UNWIND_RULE_SIGNAL] = { .kind = LT_UNWIND_SIGNAL },
	};
	int r;

	*rules = (struct unwind_rules){ 0 };
	r = rules_grow(rules);
	for (size_t i = 0; r >= 0 && i < sizeof(fixed) / sizeof(*fixed); i++)
		r = unwind_rules_intern(rules, &fixed[i]);
	if (r < 0)
		unwind_rules_done(rules);
	return r < 0 ? r : 0;
}

void unwind_rules_done(struct unwind_rules *rules)
{
	vec_done(&rules->items);
	free(rules->slots);
	*rules = (struct unwind_rules){ 0 };
}
