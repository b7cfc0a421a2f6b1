// SPDX-License-Identifier: BSD-2-Clause
/* The live view, line by line: what is shown, in which order, and what each key does. */
#include "report/sample.h"

#include "base/str.h"
#include "report/screen.h"

struct view {
	struct sample sample;
	struct screen screen;
};

/* Two call sites of one process, of which the smaller one grows; and a descriptor. */
static int view_new(void **state)
{
	static const uint64_t insert[] = { AT_INSERT, AT_MAIN }, evict[] = { AT_EVICT, AT_MAIN };
	struct view *view = calloc(1, sizeof(*view));
	struct sample *sample = &view->sample;
	struct site *site;

	sample_init(sample, MODE_ATTACH);
	sample_process(sample, 1236, "./cache");
	site = sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, insert, 2), 2, 4096);
	assert_int_equal(vec_push(&site->growth, 8192), 0);
	assert_int_equal(vec_push(&site->growth, 8192), 0);
	site = sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, evict, 2), 3, 1024);
	assert_int_equal(vec_push(&site->growth, 1024), 0);
	assert_int_equal(vec_push(&site->growth, 3072), 0);
	sample_fds(sample);
	sample_finish(sample, 0);
	assert_int_equal(screen_take(&view->screen, &sample->result), 0);
	*state = view;
	return 0;
}

static int view_free(void **state)
{
	struct view *view = *state;

	screen_done(&view->screen);
	sample_done(&view->sample);
	free(view);
	return 0;
}

/* All lines of the screen. */
static char *draw(struct screen *screen, unsigned width, unsigned height)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	assert_int_equal(screen_draw(screen, width, height), 0);
	vec_foreach(line, &screen->lines)
		fprintf(to, "%s\n", line->text);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void expect(struct screen *screen, unsigned width, unsigned height, const char *wanted)
{
	_cleanup_free_ char *text = draw(screen, width, height);

	assert_string_equal(text, wanted);
}

static void press(struct screen *screen, const char *keys)
{
	for (; *keys; keys++)
		assert_true(screen_press(screen, *keys));
}

#define SUM	"leaktrace: 11.0 KiB in 5 blocks\n"
#define COLUMNS "    GROWTH       HELD   COUNT     AGE     CALLED BY\n"
#define EVICT	"  +2.0 KiB    3.0 KiB       3   1.2 s mem test_evict test_cache.c:41\n"
#define INSERT	"         -    8.0 KiB       2   1.2 s mem cache_insert cache.c:88\n"
#define FDS	"         -          -       1 1.7 min fd  fd without a stack\n"

static void test_sites(void **state)
{
	struct view *view = *state;

	expect(&view->screen, 80, 0, SUM "3 call sites by growth\n" COLUMNS EVICT INSERT FDS);
}

static void test_sorts(void **state)
{
	struct view *view = *state;

	press(&view->screen, "b");
	expect(&view->screen, 80, 0, SUM "3 call sites by bytes\n" COLUMNS INSERT EVICT FDS);
	press(&view->screen, "c");
	expect(&view->screen, 80, 0, SUM "3 call sites by count\n" COLUMNS EVICT INSERT FDS);
	press(&view->screen, "a");
	expect(&view->screen, 80, 0, SUM "3 call sites by age\n" COLUMNS FDS INSERT EVICT);
	press(&view->screen, "g");
	expect(&view->screen, 80, 0, SUM "3 call sites by growth\n" COLUMNS EVICT INSERT FDS);
}

/* The search looks at all functions of a stack, as it is typed; escape ends it. */
static void test_search(void **state)
{
	struct view *view = *state;
	struct screen *screen = &view->screen;

	press(screen, "/CACHE_Fx");
	expect(screen, 80, 0, SUM "0 call sites by growth  search: CACHE_Fx_\n" COLUMNS);
	assert_true(screen_press(screen, SCREEN_BACKSPACE));
	expect(screen, 80, 0, SUM "1 call site by growth  search: CACHE_F_\n" COLUMNS INSERT);
	assert_true(screen_press(screen, SCREEN_ENTER));
	expect(screen, 80, 0, SUM "1 call site by growth  search: CACHE_F\n" COLUMNS INSERT);
	assert_true(screen_press(screen, SCREEN_ESCAPE));
	expect(screen, 80, 0, SUM "3 call sites by growth\n" COLUMNS EVICT INSERT FDS);
}

/* Longer than there is room for: the end of what is typed is dropped, and nothing else. */
static void test_long_search(void **state)
{
	struct view *view = *state;

	press(&view->screen, "/");
	for (int i = 0; i < 2 * SCREEN_MAX_FILTER; i++)
		press(&view->screen, "x");
	assert_int_equal(strlen(view->screen.filter), SCREEN_MAX_FILTER - 1);
}

/* The row of the cursor opens to its stack, and stays open wherever it moves to. */
static void test_stack(void **state)
{
	struct view *view = *state;
	struct screen *screen = &view->screen;

	assert_true(screen_press(screen, SCREEN_DOWN));
	assert_true(screen_press(screen, SCREEN_ENTER));
	press(screen, "b");
	expect(screen, 80, 0,
	       SUM "3 call sites by bytes\n" COLUMNS INSERT
		   "           outstanding\n"
		   "             cache_insert cache.c:88\n"
		   "             cache_fill cache.c:120\n"
		   "             main test_cache.c:90\n" EVICT FDS);
	assert_true(screen_press(screen, SCREEN_HOME));
	assert_true(screen_press(screen, SCREEN_ENTER));
	expect(screen, 80, 0, SUM "3 call sites by bytes\n" COLUMNS INSERT EVICT FDS);
}

/* One kind after the other, then all again; a descriptor says what it refers to. */
static void test_kinds(void **state)
{
	struct view *view = *state;
	struct screen *screen = &view->screen;

	press(screen, "k");
	expect(screen, 80, 0, SUM "2 call sites of kind memory by growth\n" COLUMNS EVICT INSERT);
	press(screen, "kk");
	assert_true(screen_press(screen, SCREEN_ENTER));
	expect(screen, 80, 0,
	       SUM "1 call site of kind fd by growth\n" COLUMNS FDS
		   "           leaked\n"
		   "             fd 7 /tmp/x\n");
	press(screen, "/tmp");
	expect(screen, 80, 0,
	       SUM "1 call site of kind fd by growth  search: tmp_\n" COLUMNS FDS
		   "           leaked\n"
		   "             fd 7 /tmp/x\n");
	assert_true(screen_press(screen, SCREEN_ESCAPE));
	press(screen, "kk");
	assert_true(screen_press(screen, SCREEN_END));
	expect(screen, 80, 0,
	       SUM "3 call sites by growth\n" COLUMNS EVICT INSERT FDS
		   "           leaked\n"
		   "             fd 7 /tmp/x\n");
}

static void test_processes(void **state)
{
	struct view *view = *state;

	assert_true(screen_press(&view->screen, SCREEN_TAB));
	expect(&view->screen, 80, 0,
	       SUM "1 process by growth\n"
		   "    GROWTH       HELD   COUNT   FDS  THR     PID PROCESS\n"
		   "         -   11.0 KiB       5     0    0    1236 cache\n");
	view->sample.result.processes.items[0].totals.outstanding_bytes += 1024;
	assert_int_equal(screen_take(&view->screen, &view->sample.result), 0);
	expect(&view->screen, 80, 0,
	       SUM "1 process by growth\n"
		   "    GROWTH       HELD   COUNT   FDS  THR     PID PROCESS\n"
		   "  +1.0 KiB   12.0 KiB       5     0    0    1236 cache\n");
}

/* While it is paused, nothing that is shown changes. */
static void test_pause(void **state)
{
	struct view *view = *state;
	struct screen *screen = &view->screen;

	press(screen, "p");
	view->sample.result.sites.items.items[0]->bytes = 1;
	view->sample.result.totals.outstanding_bytes = 1;
	assert_int_equal(screen_take(screen, &view->sample.result), 0);
	expect(screen, 80, 0,
	       "leaktrace: 11.0 KiB in 5 blocks  PAUSED\n"
	       "3 call sites by growth\n" COLUMNS EVICT INSERT FDS);
	press(screen, "p");
	assert_int_equal(screen_take(screen, &view->sample.result), 0);
	expect(screen, 80, 0,
	       "leaktrace: 1 B in 5 blocks\n"
	       "3 call sites by growth\n" COLUMNS EVICT
	       "         -        1 B       2   1.2 s mem cache_insert cache.c:88\n" FDS);
}

/* As many lines as the terminal has, none longer than it is wide, the cursor always among them. */
static void test_size(void **state)
{
	struct view *view = *state;
	struct screen *screen = &view->screen;

	for (unsigned height = 1; height < 12; height++) {
		for (unsigned width = 1; width < 70; width += 3) {
			assert_true(screen_press(screen, SCREEN_DOWN));
			assert_int_equal(screen_draw(screen, width, height), 0);
			assert_true(screen->lines.n <= (height < 5 ? 5 : height));
			vec_foreach(line, &screen->lines)
				assert_true(strlen(line->text) <= width);
		}
		assert_true(screen_press(screen, SCREEN_END));
	}
	expect(screen, 60, 5,
	       SUM "3 call sites by growth\n" COLUMNS FDS
		   "q quit  tab view  k kind  gbca sort  / search  p pause  ente\n");
}

/* Keys that mean nothing change nothing; q ends. */
static void test_other_keys(void **state)
{
	struct view *view = *state;

	for (int key = -2; key < 0x110000; key += key < 256 ? 1 : 997) {
		if (!strchr("qgbcak/p ", key) || key == 0)
			assert_true(screen_press(&view->screen, key));
	}
	expect(&view->screen, 80, 0, SUM "3 call sites by growth\n" COLUMNS EVICT INSERT FDS);
	assert_false(screen_press(&view->screen, 'q'));
}

#define VIEW_TEST(test) cmocka_unit_test_setup_teardown(test, view_new, view_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIEW_TEST(test_sites),	     VIEW_TEST(test_sorts),	VIEW_TEST(test_search),
		VIEW_TEST(test_long_search), VIEW_TEST(test_stack),	VIEW_TEST(test_processes),
		VIEW_TEST(test_pause),	     VIEW_TEST(test_size),	VIEW_TEST(test_other_keys),
		VIEW_TEST(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
