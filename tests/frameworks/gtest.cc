// SPDX-License-Identifier: BSD-2-Clause
/* GoogleTest: a fixture, parameters, types, a death test. */
#include <gtest/gtest.h>

#include "body.h"

class Suite : public ::testing::Test {
protected:
	static void TearDownTestSuite() { body_release(); }
};

TEST_F(Suite, clean) { body_clean(); }
TEST_F(Suite, leaks) { body_leak(3, 100); }
TEST_F(Suite, fails)
{
	body_leak(1, 70);
	ASSERT_EQ(1, 2);
}
TEST_F(Suite, holds) { body_hold(); }
TEST_F(Suite, gives) { body_give(); }
TEST_F(Suite, takes) { body_take(); }
TEST_F(Suite, opens) { body_open(); }
TEST_F(Suite, threads) { body_thread(); }
TEST_F(Suite, skips) { GTEST_SKIP(); }

class Numbers : public ::testing::TestWithParam<int> {};
TEST_P(Numbers, param) { body_leak(1, (size_t)(100 * GetParam())); }
INSTANTIATE_TEST_SUITE_P(Some, Numbers, ::testing::Values(1, 2));

template <class T> class Typed : public ::testing::Test {};
using Types = ::testing::Types<int, double>;
TYPED_TEST_SUITE(Typed, Types);
TYPED_TEST(Typed, leaks) { body_leak(1, 10 * sizeof(TypeParam)); }

TEST(DeathTest, dies)
{
	EXPECT_DEATH((body_leak(1, 97), abort()), "");
	EXPECT_EXIT(exit(0), ::testing::ExitedWithCode(0), "");
}

TEST(Last, crashes) { body_crash(); }
