// SPDX-License-Identifier: BSD-2-Clause
/* Catch2: a test that fails, one with sections. */
#define CATCH_CONFIG_MAIN
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "body.h"

TEST_CASE("clean") { body_clean(); }
TEST_CASE("leaks, with a long enough name") { body_leak(3, 100); }
TEST_CASE("fails")
{
	body_leak(1, 70);
	REQUIRE(1 == 2);
}
TEST_CASE("sections")
{
	SECTION("one") { body_leak(1, 10); }
	SECTION("two") { body_leak(1, 20); }
}
