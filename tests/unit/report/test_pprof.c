// SPDX-License-Identifier: BSD-2-Clause
/* The profile for pprof, read back: every number in it names something, and the sums are right. */
#include "report/leaky.h"

#include <zlib.h>

#include "report/profile.pb-c.h"

/* The profile of a sample, uncompressed and parsed. */
static Pprof__Profile *profile_of(const struct sample *sample)
{
	static uint8_t plain[1 << 16];
	z_stream stream = { .next_out = plain, .avail_out = sizeof(plain) };
	_cleanup_free_ char *packed = NULL;
	Pprof__Profile *profile;
	size_t n = 0;
	FILE *to = open_memstream(&packed, &n);

	assert_non_null(to);
	assert_int_equal(report_pprof(&sample->result, &leaky_options, to), 0);
	assert_int_equal(fclose(to), 0);
	stream.next_in = (uint8_t *)packed;
	stream.avail_in = (unsigned)n;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	profile = pprof__profile__unpack(NULL, stream.total_out, plain);
	inflateEnd(&stream);
	assert_non_null(profile);
	return profile;
}

static const char *text_of(const Pprof__Profile *profile, int64_t text)
{
	assert_in_range(text, 0, profile->n_text - 1);
	return profile->text[text];
}

/* Ids are 1, 2, 3 ... in the order in which things are written. */
static const Pprof__Function *function_of(const Pprof__Profile *profile, uint64_t id)
{
	assert_in_range(id, 1, profile->n_function);
	assert_int_equal(profile->function[id - 1]->id, id);
	return profile->function[id - 1];
}

static const Pprof__Location *location_of(const Pprof__Profile *profile, uint64_t id)
{
	assert_in_range(id, 1, profile->n_location);
	assert_int_equal(profile->location[id - 1]->id, id);
	return profile->location[id - 1];
}

static void assert_label(const Pprof__Profile *profile, const Pprof__Label *label, const char *key,
			 const char *text, int64_t number)
{
	assert_string_equal(text_of(profile, label->key), key);
	assert_string_equal(text_of(profile, label->text), text);
	assert_int_equal(label->number, number);
}

static void assert_line(const Pprof__Profile *profile, const Pprof__Line *line, const char *name,
			const char *file, int64_t number)
{
	const Pprof__Function *function = function_of(profile, line->function);

	assert_string_equal(text_of(profile, function->name), name);
	assert_string_equal(text_of(profile, function->file), file);
	assert_int_equal(line->line, number);
}

static void test_profile(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	const Pprof__Location *location;
	const Pprof__Sample *first;
	Pprof__Profile *profile;

	(void)state;
	leaky_init(&sample);
	profile = profile_of(&sample);
	assert_string_equal(text_of(profile, 0), "");
	assert_string_equal(text_of(profile, profile->default_sample_type), "inuse_space");
	assert_int_equal(profile->n_sample, 3);
	first = profile->sample[0];
	assert_int_equal(first->n_value, profile->n_sample_type);
	assert_int_equal(first->value[0], 3);
	assert_int_equal(first->value[1], 12288);
	assert_int_equal(first->n_label, 5);
	assert_label(profile, first->label[0], "test", "lea?ks # \\", 0);
	assert_label(profile, first->label[1], "process", "ca;che", 0);
	assert_label(profile, first->label[2], "pid", "", 1236);
	assert_label(profile, first->label[3], "kind", "memory", 0);
	assert_label(profile, first->label[4], "class", "outstanding", 0);
	assert_int_equal(profile->sample[1]->n_label, 4);
	assert_int_equal(first->n_location, 3);
	location = location_of(profile, first->location[0]);
	assert_int_equal(location->n_line, 2);
	assert_line(profile, location->line[0], "cache_insert", "src/cache.c", 88);
	assert_line(profile, location->line[1], "cache_fill", "src/cache.c", 120);
	assert_int_equal(profile->n_mapping, 1);
	assert_int_equal(location->mapping, profile->mapping[0]->id);
	assert_int_equal(location->address, profile->mapping[0]->start + AT_INSERT);
	assert_string_equal(text_of(profile, profile->mapping[0]->build_id), "abcdef01");
	/* Nothing is known of the last place of the second stack. */
	location = location_of(profile, profile->sample[1]->location[1]);
	assert_int_equal(location->n_line, 0);
	assert_int_equal(location->address, profile->mapping[0]->start + AT_UNKNOWN);
	pprof__profile__free_unpacked(profile, NULL);
}

/* What was held at a peak has values of its own, if anybody looked. */
static void test_peak(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct site_key key = { .class = CLASS_PEAK };
	Pprof__Profile *profile;

	(void)state;
	leaky_init(&sample);
	profile = profile_of(&sample);
	assert_int_equal(profile->n_sample_type, 5);
	pprof__profile__free_unpacked(profile, NULL);

	sample.result.processes.items[0].peak.n_looks = 1;
	assert_int_equal(sites_add_amount(&sample.result.sites, &key, 3, 700, 1), 0);
	profile = profile_of(&sample);
	assert_int_equal(profile->n_sample_type, 7);
	assert_string_equal(text_of(profile, profile->sample_type[5]->type), "peak_objects");
	assert_string_equal(text_of(profile, profile->sample_type[6]->type), "peak_space");
	assert_int_equal(profile->n_sample, 4);
	for (size_t i = 0; i < 4; i++) {
		const Pprof__Sample *one = profile->sample[i];

		assert_int_equal(one->n_value, 7);
		assert_int_equal(one->value[6], i == 3 ? 700 : 0);
		assert_true((one->value[1] == 0) == (i == 3));
	}
	assert_int_equal(profile->sample[3]->value[5], 3);
	pprof__profile__free_unpacked(profile, NULL);
}

/* Each thing is written once, however often it is named. */
static void test_once(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	Pprof__Profile *profile;
	int64_t sums[5] = { 0 };

	(void)state;
	leaky_init_no_tests(&sample);
	profile = profile_of(&sample);
	assert_int_equal(profile->n_mapping, 1);
	assert_int_equal(profile->n_location, 2 + 12);
	assert_int_equal(profile->n_function, 3);
	for (size_t i = 0; i < profile->n_text; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(profile->text[i], profile->text[k]);
	for (size_t i = 0; i < profile->n_sample; i++)
		for (size_t k = 0; k < 5; k++)
			sums[k] += profile->sample[i]->value[k];
	assert_int_equal(sums[0], 12);
	assert_int_equal(sums[1], 12 * 100 - 66);
	assert_int_equal(sums[2], 0);
	assert_int_equal(sums[3], 0);
	assert_int_equal(sums[4], 3);
	pprof__profile__free_unpacked(profile, NULL);
}

/* What is only another view of what is held is in no sum. */
static void test_held_once(void **state)
{
	struct site_key key = { .class = CLASS_RETAINED };
	struct object object = { .address = 1, .bytes = 1 };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *folded = NULL;
	Pprof__Profile *profile;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	assert_int_equal(sites_add(&sample.result.sites, &key, &object, 1), 0);
	profile = profile_of(&sample);
	assert_int_equal(profile->n_sample, 0);
	pprof__profile__free_unpacked(profile, NULL);
	folded = sample_write(&sample, "folded", &leaky_options);
	assert_string_equal(folded, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_peak),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_held_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
