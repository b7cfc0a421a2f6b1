// SPDX-License-Identifier: BSD-2-Clause
/* GoogleTest: a cache that grows with each run of its test, and one that is set up once. */
#include <gtest/gtest.h>

static char *volatile cache[100];
static int n_cached;

TEST(Suite, Grows)
{
	cache[n_cached++] = static_cast<char *>(malloc(1000));
}

TEST(Suite, Once)
{
	static char *volatile table = static_cast<char *>(malloc(5000));

	EXPECT_NE(table, nullptr);
}

TEST(Suite, Clean)
{
	free(malloc(100));
}

int main(int argc, char **argv)
{
	testing::InitGoogleTest(&argc, argv);
	int failed = RUN_ALL_TESTS();

	return failed;
}
