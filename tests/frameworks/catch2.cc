// SPDX-License-Identifier: BSD-2-Clause
/* Catch2: a fixture, sections, generated values, a name with blanks. */
#define CATCH_CONFIG_MAIN
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "body.h"

struct Fixture {
	Fixture() { body_hold(); }
	~Fixture() { body_release(); }
};

TEST_CASE("clean") { body_clean(); }
TEST_CASE("leaks") { body_leak(3, 100); }
TEST_CASE("leaks, with a long enough name") { body_leak(1, 30); }
TEST_CASE("fails")
{
	body_leak(1, 70);
	REQUIRE(1 == 2);
}
TEST_CASE_METHOD(Fixture, "holds") {}
TEST_CASE("gives") { body_give(); }
TEST_CASE("takes") { body_take(); }
TEST_CASE("opens") { body_open(); }
TEST_CASE("threads") { body_thread(); }
TEST_CASE("skips", "[.]") { body_leak(1, 13); }
TEST_CASE("sections")
{
	SECTION("one") { body_leak(1, 10); }
	SECTION("two") { body_leak(1, 20); }
}
TEST_CASE("param") { body_leak(1, GENERATE(100, 200)); }
TEST_CASE("crashes") { body_crash(); }
