// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two runs of one program: call sites are recognised by functions and tests, whatever their
 * addresses, and choosing some of them leaves the others out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/diff.h"
#include "model/selection.h"

struct run {
	struct modules modules;
	struct stacks stacks;
	struct symbols symbols;
	struct result result;
	uint64_t base; /* where the functions are in this build */
};

static void run_init(struct run *run, uint64_t base)
{
	struct process process = { .pid = 7 };
	struct module *module;

	memset(run, 0, sizeof(*run));
	run->base = base;
	assert_int_equal(modules_init(&run->modules), 0);
	assert_int_equal(stacks_init(&run->stacks), 0);
	symbols_init(&run->symbols);
	result_init(&run->result);
	run->result.modules = &run->modules;
	run->result.stacks = &run->stacks;
	run->result.symbols = &run->symbols;
	assert_int_equal(vec_push(&run->result.processes, process), 0);
	assert_int_equal(modules_intern(&run->modules, MODULE_FILE,
					base & 1 ? "/a/prog" : "/b/prog", NULL, 0, &module),
			 0);
}

static void run_done(struct run *run)
{
	result_done(&run->result);
	symbols_done(&run->symbols);
	stacks_done(&run->stacks);
	modules_done(&run->modules);
}

/* A site of the function with this name (NULL: not known) at AT. */
static struct site *run_hold(struct run *run, const char *function, uint64_t at,
			     enum resource_class class, uint64_t bytes)
{
	struct place place = { .module = 1, .offset = function ? run->base + at : at };
	struct frame frame = { .function = function, .line = (uint32_t)run->base };
	struct object block = { .address = at, .bytes = bytes };
	struct site_key key = { .class = class };
	struct stack *stack;

	assert_int_equal(symbols_add(&run->symbols, &place, &frame, 1), 0);
	assert_int_equal(stacks_intern(&run->stacks, &place, 1, STACK_COMPLETE, &stack), 0);
	key.stack = stack->id;
	assert_int_equal(sites_add(&run->result.sites, &key, &block, 1), 0);
	return sites_find(&run->result.sites, &key);
}

static const struct diff_site *changed(const struct diff *diff, enum diff_change change)
{
	const struct diff_site *found = NULL;

	vec_foreach(item, &diff->items) {
		if ((*item)->change == change)
			found = *item;
	}
	assert_non_null(found);
	assert_int_equal(diff->n[change], 1);
	return found;
}

static void test_changes(void **state)
{
	struct run old, new;
	struct diff diff;

	(void)state;
	run_init(&old, 0x1001);
	run_init(&new, 0x5002);
	run_hold(&old, "same", 0, CLASS_LOST, 10);
	run_hold(&new, "same", 0, CLASS_LOST, 10);
	run_hold(&old, "grows", 1, CLASS_LOST, 10);
	run_hold(&new, "grows", 1, CLASS_LOST, 30);
	/* Two places of one function are one call site. */
	run_hold(&old, "shrinks", 2, CLASS_LOST, 40);
	run_hold(&old, "shrinks", 3, CLASS_LOST, 40);
	run_hold(&new, "shrinks", 2, CLASS_LOST, 50);
	run_hold(&old, NULL, 0x77, CLASS_LOST, 5);
	run_hold(&new, NULL, 0x88, CLASS_REACHABLE, 6);
	assert_int_equal(diff_make(&old.result, &new.result, &diff), 0);
	assert_int_equal(diff.items.n, 5);
	assert_int_equal(diff.items.items[0]->change, DIFF_NEW);
	assert_int_equal(changed(&diff, DIFF_NEW)->now.bytes, 6);
	assert_int_equal(changed(&diff, DIFF_GONE)->before.bytes, 5);
	assert_int_equal(diff_site_delta(changed(&diff, DIFF_GROWN)), 20);
	assert_int_equal(diff_site_delta(changed(&diff, DIFF_SHRUNK)), -30);
	assert_int_equal(changed(&diff, DIFF_SHRUNK)->group.bytes, 50);
	assert_int_equal(diff_site_delta(changed(&diff, DIFF_SAME)), 0);
	assert_false(diff.leaks);
	diff_done(&diff);
	run_done(&old);
	run_done(&new);
}

/* Only what is new can fail, and only if it is a leak. */
static void test_leaks(void **state)
{
	struct run old, new;
	struct diff diff;

	(void)state;
	run_init(&old, 0x1001);
	run_init(&new, 0x5002);
	run_hold(&old, "grows", 1, CLASS_LOST, 10)->is_leak = true;
	run_hold(&new, "grows", 1, CLASS_LOST, 30)->is_leak = true;
	run_hold(&old, "gone", 2, CLASS_LOST, 30)->is_leak = true;
	run_hold(&new, "harmless", 3, CLASS_REACHABLE, 30);
	assert_int_equal(diff_make(&old.result, &new.result, &diff), 0);
	assert_false(diff.leaks);
	diff_done(&diff);
	run_hold(&new, "leaks", 4, CLASS_LOST, 1)->is_leak = true;
	assert_int_equal(diff_make(&old.result, &new.result, &diff), 0);
	assert_true(diff.leaks);
	assert_true(diff.items.items[0]->is_leak);
	diff_done(&diff);
	run_done(&old);
	run_done(&new);
}

/* Judges the run against what BEFORE held. */
static void run_judge(struct run *run, const struct run *before)
{
	const struct fail_on fail_on = { .classes = { [KIND_MEMORY] = 1u << CLASS_LOST } };

	assert_int_equal(baseline_take(&run->result.baseline, "old.ltdb", &before->result), 0);
	assert_int_equal(baseline_apply(&run->result), 0);
	result_judge(&run->result, &fail_on);
}

/* What was there before is no leak, and a diff says the same. */
static void test_baseline(void **state)
{
	struct run old, new;
	const struct site *grows, *harmless, *worse;
	struct diff diff;

	(void)state;
	run_init(&old, 0x1001);
	run_init(&new, 0x5002);
	run_hold(&old, "grows", 1, CLASS_LOST, 10);
	run_hold(&old, "worse", 2, CLASS_REACHABLE, 10);
	run_hold(&old, "harmless", 3, CLASS_REACHABLE, 10);
	grows = run_hold(&new, "grows", 1, CLASS_LOST, 30);
	harmless = run_hold(&new, "harmless", 3, CLASS_REACHABLE, 10);
	run_judge(&new, &old);
	assert_false(new.result.leaks);
	assert_int_equal(new.result.verdict, VERDICT_CLEAN);
	assert_true(grows->in_baseline);
	assert_false(grows->is_leak);
	/* It would be no leak anyway. */
	assert_false(harmless->in_baseline);
	assert_int_equal(new.result.baseline.n_sites, 1);
	assert_int_equal(new.result.baseline.bytes, 30);
	assert_int_equal(diff_make(&old.result, &new.result, &diff), 0);
	assert_false(diff.leaks);
	diff_done(&diff);
	/* What was reachable and is lost now is new. */
	worse = run_hold(&new, "worse", 2, CLASS_LOST, 10);
	run_judge(&new, &old);
	assert_true(new.result.leaks);
	assert_true(worse->is_leak);
	assert_int_equal(new.result.baseline.n_sites, 1);
	assert_int_equal(diff_make(&old.result, &new.result, &diff), 0);
	assert_true(diff.leaks);
	diff_done(&diff);
	/* Compared with itself nothing is new, with nothing all is. */
	run_judge(&new, &new);
	assert_false(new.result.leaks);
	assert_int_equal(new.result.baseline.n_sites, 2);
	baseline_done(&new.result.baseline);
	run_done(&old);
	run_init(&old, 0x1001);
	run_judge(&new, &old);
	assert_true(grows->is_leak && worse->is_leak);
	assert_int_equal(new.result.baseline.n_sites, 0);
	run_done(&old);
	run_done(&new);
}

/* A suppression comes first: it is what the user wrote. */
static void test_baseline_suppressed(void **state)
{
	static const char text[] = "leak:known";
	struct run old, new;
	struct site *site;

	(void)state;
	run_init(&old, 0x1001);
	run_init(&new, 0x5002);
	run_hold(&old, "known", 1, CLASS_LOST, 10);
	site = run_hold(&new, "known", 1, CLASS_LOST, 10);
	assert_int_equal(suppressions_parse(&new.result.suppressions, "s", text, sizeof(text) - 1,
					    NULL),
			 0);
	assert_int_equal(suppressions_apply(&new.result), 0);
	run_judge(&new, &old);
	assert_false(site->is_leak);
	assert_false(site->in_baseline);
	assert_int_equal(new.result.suppressions.list.items[0].n_sites, 1);
	assert_int_equal(new.result.baseline.n_sites, 0);
	run_done(&old);
	run_done(&new);
}

static size_t left(struct selection selection)
{
	struct run run;
	size_t n;

	run_init(&run, 0x1001);
	run_hold(&run, "one", 1, CLASS_LOST, 10);
	run_hold(&run, "two", 2, CLASS_REACHABLE, 30);
	n = selection_apply(&selection, &run.result);
	assert_int_equal(n + run.result.sites.items.n, 2);
	n = run.result.sites.items.n;
	run_done(&run);
	return n;
}

static void test_selection(void **state)
{
	(void)state;
	assert_int_equal(left((struct selection){ 0 }), 2);
	assert_int_equal(left((struct selection){ .kinds = 1u << KIND_MEMORY }), 2);
	assert_int_equal(left((struct selection){ .kinds = 1u << KIND_FD }), 0);
	assert_int_equal(left((struct selection){ .classes = 1u << CLASS_LOST }), 1);
	assert_int_equal(left((struct selection){ .module = "pr?g" }), 2);
	assert_int_equal(left((struct selection){ .module = "/a/*" }), 2);
	assert_int_equal(left((struct selection){ .module = "/b/*" }), 0);
	assert_int_equal(left((struct selection){ .test = "*" }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_leaks),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_baseline_suppressed),
		cmocka_unit_test(test_selection),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
