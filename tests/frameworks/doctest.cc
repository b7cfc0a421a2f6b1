// SPDX-License-Identifier: BSD-2-Clause
/* doctest: a fixture, a test for each of some types. */
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "body.h"

struct Fixture {
	Fixture() { body_hold(); }
	~Fixture() { body_release(); }
};

TEST_CASE("clean") { body_clean(); }
TEST_CASE("leaks") { body_leak(3, 100); }
TEST_CASE("fails")
{
	body_leak(1, 70);
	REQUIRE(1 == 2);
}
TEST_CASE_FIXTURE(Fixture, "holds") {}
TEST_CASE("gives") { body_give(); }
TEST_CASE("takes") { body_take(); }
TEST_CASE("opens") { body_open(); }
TEST_CASE("threads") { body_thread(); }
TEST_CASE("skips" * doctest::skip()) { body_leak(1, 13); }
TEST_CASE_TEMPLATE("param", Type, char, double) { body_leak(1, 10 * sizeof(Type)); }
TEST_CASE("crashes") { body_crash(); }
