// SPDX-License-Identifier: BSD-2-Clause
/* The verdict on a run, and the ids of the losses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "model/result.h"

#define FAIL_OUTSTANDING (1u << CLASS_OUTSTANDING)

/* A result with N processes that hold nothing. */
static void result_with(struct result *result, size_t n)
{
	struct process process = { 0 };

	result_init(result);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(vec_push(&result->processes, process), 0);
}

static void hold(struct result *result, uint32_t process, uint8_t class, uint64_t bytes)
{
	struct site_key key = { .process = process, .stack = 1, .class = class };
	struct object object = { .address = 0x1000, .bytes = bytes };

	assert_int_equal(sites_add(&result->sites, &key, &object, 0), 0);
}

/* Fails on these classes of memory. */
static void judge(struct result *result, uint32_t classes)
{
	result_judge(result, &(struct fail_on){ { [KIND_MEMORY] = classes } });
}

static void check_verdicts(const struct result *result, enum verdict whole, enum verdict first,
			   enum verdict second)
{
	assert_int_equal(result->verdict, whole);
	assert_int_equal(result->processes.items[0].verdict, first);
	assert_int_equal(result->processes.items[1].verdict, second);
}

static void test_clean(void **state)
{
	struct result result;

	(void)state;
	result_with(&result, 2);
	assert_int_equal(result.exit_status, -1);
	judge(&result, FAIL_OUTSTANDING);
	assert_false(result.leaks);
	check_verdicts(&result, VERDICT_CLEAN, VERDICT_CLEAN, VERDICT_CLEAN);
	result_done(&result);
}

static void test_leaks(void **state)
{
	struct result result;

	(void)state;
	result_with(&result, 2);
	hold(&result, 1, CLASS_OUTSTANDING, 100);
	judge(&result, FAIL_OUTSTANDING);
	assert_true(result.leaks);
	check_verdicts(&result, VERDICT_LEAKS, VERDICT_CLEAN, VERDICT_LEAKS);
	/* Judged again after filtering: nothing of the first verdict stays. */
	assert_int_equal(sites_filter(&result.sites, 101, 0), 1);
	judge(&result, FAIL_OUTSTANDING);
	assert_false(result.leaks);
	check_verdicts(&result, VERDICT_CLEAN, VERDICT_CLEAN, VERDICT_CLEAN);
	result_done(&result);
}

static void test_class_not_asked_for(void **state)
{
	struct result result;

	(void)state;
	result_with(&result, 2);
	hold(&result, 0, CLASS_REACHABLE, 100);
	hold(&result, 1, CLASS_AT_EXIT, 100);
	judge(&result, FAIL_OUTSTANDING | 1u << CLASS_LOST);
	check_verdicts(&result, VERDICT_CLEAN, VERDICT_CLEAN, VERDICT_CLEAN);
	judge(&result, 0);
	check_verdicts(&result, VERDICT_CLEAN, VERDICT_CLEAN, VERDICT_CLEAN);
	judge(&result, 1u << CLASS_AT_EXIT);
	check_verdicts(&result, VERDICT_LEAKS, VERDICT_CLEAN, VERDICT_LEAKS);
	result_done(&result);
}

static void test_incomplete_wins(void **state)
{
	struct result result;

	(void)state;
	result_with(&result, 2);
	hold(&result, 0, CLASS_OUTSTANDING, 100);
	result.processes.items[0].losses.counts[LOSS_BLOCKS_FULL] = 1;
	judge(&result, FAIL_OUTSTANDING);
	assert_true(result.leaks);
	check_verdicts(&result, VERDICT_INCOMPLETE, VERDICT_INCOMPLETE, VERDICT_CLEAN);
	result_done(&result);
}

static void test_loss_of_the_run(void **state)
{
	struct result result;

	(void)state;
	result_with(&result, 2);
	result.losses.counts[LOSS_SPACES_FULL] = 3;
	judge(&result, FAIL_OUTSTANDING);
	check_verdicts(&result, VERDICT_INCOMPLETE, VERDICT_CLEAN, VERDICT_CLEAN);
	result_done(&result);
}

/* No allocation seen is never a clean bill. */
static void test_silent_process(void **state)
{
	struct result result;

	(void)state;
	result_with(&result, 2);
	result.processes.items[1].silent = "a static program without symbols";
	judge(&result, FAIL_OUTSTANDING);
	assert_false(result.leaks);
	check_verdicts(&result, VERDICT_INCOMPLETE, VERDICT_CLEAN, VERDICT_INCOMPLETE);
	result_done(&result);
}

static void test_totals(void **state)
{
	/* Static, for padding that is zero. */
	static struct totals sum = { 1, 2,  3,	4,  5,	false, 6,  7,  8,  9,
				     10, 11, 12, 13, 14, 15,	16, 17, 18, 19 };
	static struct totals more = { 10,  20,	30,  40,  50,  true, 60,  70,  80,  90,
				      100, 110, 120, 130, 140, 150,  160, 170, 180, 190 };
	static struct totals expected = { 11,  22,  33,	 44,  55,  true, 66,  77,  88,	99,
					  110, 121, 132, 143, 154, 165,	 176, 187, 198, 209 };

	(void)state;
	totals_add(&sum, &more);
	assert_memory_equal(&sum, &expected, sizeof(sum));
}

static void test_process_name(void **state)
{
	char *command[] = { (char *)"./bin/cache", (char *)"-x", NULL };
	char *no_command[] = { NULL };
	struct process process = { 0 };

	(void)state;
	assert_string_equal(process_name(&process), "?");
	process.exe = (char *)"/usr/bin/python3.11";
	assert_string_equal(process_name(&process), "python3.11");
	process.command = no_command;
	assert_string_equal(process_name(&process), "python3.11");
	process.command = command;
	assert_string_equal(process_name(&process), "cache");
}

static void test_command(void **state)
{
	char *command[] = { (char *)"ctest", (char *)"-j2", NULL };
	char *other[] = { NULL };
	struct result result;

	(void)state;
	assert_null(strv_copy(NULL));
	result_init(&result);
	assert_int_equal(result_set_command(&result, command), 0);
	assert_ptr_not_equal(result.command[0], command[0]);
	assert_string_equal(result.command[0], "ctest");
	assert_string_equal(result.command[1], "-j2");
	assert_null(result.command[2]);
	assert_int_equal(result_set_command(&result, other), 0);
	assert_null(result.command[0]);
	result_done(&result);
}

static void test_notes(void **state)
{
	struct result result;

	(void)state;
	result_init(&result);
	assert_int_equal(result_note(&result, "pid %d", 7), 0);
	assert_int_equal(result_note(&result, "second"), 0);
	assert_int_equal(result.notes.n, 2);
	assert_string_equal(result.notes.items[0], "pid 7");
	result_done(&result);
}

static void test_losses_add(void **state)
{
	struct losses sum = { 0 }, more = { 0 };

	(void)state;
	assert_false(losses_any(&sum));
	more.counts[LOSS_STACKS_FULL] = 2;
	losses_add(&sum, &more);
	losses_add(&sum, &more);
	assert_int_equal(sum.counts[LOSS_STACKS_FULL], 4);
	assert_true(losses_any(&sum));
	/* A late event was recovered: it changes no number. */
	more = (struct losses){ .counts[LOSS_EVENTS_FULL] = 1 };
	assert_false(losses_any(&more));
}

/* The ids are names in JSON: lower case, unique. The sentences follow a count. */
static void test_loss_ids(void **state)
{
	(void)state;
	for (int i = 0; i < _LOSS_MAX; i++) {
		for (const char *c = loss_id(i); *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '-');
		for (int k = 0; k < i; k++)
			assert_string_not_equal(loss_id(i), loss_id(k));
		assert_true(strlen(loss_text(i)) > 10);
		assert_true(islower((unsigned char)loss_text(i)[0]));
	}
}

static void test_verdict_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_CLEAN), "clean");
	assert_string_equal(verdict_name(VERDICT_LEAKS), "leaks");
	assert_string_equal(verdict_name(VERDICT_INCOMPLETE), "incomplete");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_leaks),
		cmocka_unit_test(test_class_not_asked_for),
		cmocka_unit_test(test_incomplete_wins),
		cmocka_unit_test(test_loss_of_the_run),
		cmocka_unit_test(test_silent_process),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_process_name),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_losses_add),
		cmocka_unit_test(test_loss_ids),
		cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
