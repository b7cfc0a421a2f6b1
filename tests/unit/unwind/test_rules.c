// SPDX-License-Identifier: BSD-2-Clause
/* The table of shared rules: identity, growth, and what happens when it is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unwind/rules.h"

static struct lt_unwind_rule rule_number(int32_t n)
{
	return (struct lt_unwind_rule){ .kind = LT_UNWIND_REG, .cfa_off = n, .ra_off = -8 };
}

static void test_fixed(void **state)
{
	struct unwind_rules rules;
	struct lt_unwind_rule end = { .kind = LT_UNWIND_END };

	(void)state;
	assert_int_equal(unwind_rules_init(&rules), 0);
	assert_int_equal(rules.items.items[LT_UNWIND_RULE_NONE].kind, LT_UNWIND_NONE);
	assert_int_equal(rules.items.items[LT_UNWIND_RULE_END].kind, LT_UNWIND_END);
	assert_int_equal(rules.items.items[LT_UNWIND_RULE_FP].kind, LT_UNWIND_FP);
	assert_int_equal(rules.items.items[LT_UNWIND_RULE_SIGNAL].kind, LT_UNWIND_SIGNAL);
	assert_int_equal(unwind_rules_intern(&rules, &end), LT_UNWIND_RULE_END);
	unwind_rules_done(&rules);
}

static void test_full(void **state)
{
	struct unwind_rules rules;
	struct lt_unwind_rule rule;
	int32_t n_first = LT_UNWIND_RULE_SIGNAL + 1;

	(void)state;
	assert_int_equal(unwind_rules_init(&rules), 0);
	for (int32_t round = 0; round < 2; round++) {
		for (int32_t id = n_first; id < LT_UNWIND_MAX_RULES; id++) {
			rule = rule_number(id);
			if (unwind_rules_intern(&rules, &rule) != id)
				fail_msg("rule %d has another id in round %d", id, round);
		}
		assert_int_equal(rules.items.n, LT_UNWIND_MAX_RULES);
	}
	assert_int_equal(rules.n_refused, 0);
	rule = rule_number(-1);
	assert_int_equal(unwind_rules_intern(&rules, &rule), LT_UNWIND_RULE_NONE);
	assert_int_equal(rules.n_refused, 1);
	rule = rule_number(n_first);
	assert_int_equal(unwind_rules_intern(&rules, &rule), n_first);
	unwind_rules_done(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
