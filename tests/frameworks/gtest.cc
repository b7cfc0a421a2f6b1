// SPDX-License-Identifier: BSD-2-Clause
/* GoogleTest: fixtures, parameters, a hand-over, a skip, a death test. */
#include <gtest/gtest.h>

#include "body.h"

TEST(Suite, Clean) { body_clean(); }
TEST(Suite, Leaks) { body_leak(3, 100); }
TEST(Suite, Gives) { body_give(); }
TEST(Suite, Takes) { body_take(); }
TEST(Suite, Skips) { GTEST_SKIP(); }
TEST(Suite, Opens) { EXPECT_GE(body_open(), 0); }
TEST(Suite, Threads) { EXPECT_EQ(body_thread(), 0); }

class Fixture : public ::testing::Test {
protected:
	static void SetUpTestSuite() {}
	static void TearDownTestSuite() { free(shared); }
	static void *shared;
};
void *Fixture::shared;
TEST_F(Fixture, Holds) { shared = malloc(500); }

class Numbers : public ::testing::TestWithParam<int> {};
TEST_P(Numbers, Param) { body_leak(1, (size_t)(100 * GetParam())); }
INSTANTIATE_TEST_SUITE_P(Some, Numbers, ::testing::Values(1, 2));

template <class T> class Typed : public ::testing::Test {};
using Types = ::testing::Types<int, double>;
TYPED_TEST_SUITE(Typed, Types);
TYPED_TEST(Typed, Leaks) { body_leak(1, 10 * sizeof(TypeParam)); }

TEST(DeathTest, Dies)
{
	EXPECT_DEATH((body_leak(1, 97), abort()), "");
	EXPECT_EXIT(exit(0), ::testing::ExitedWithCode(0), "");
}

TEST(LastTest, Crashes)
{
	body_leak(1, 99);
	if (getenv("CRASH"))
		abort();
}
