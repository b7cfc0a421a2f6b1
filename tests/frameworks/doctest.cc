// SPDX-License-Identifier: BSD-2-Clause
/* doctest */
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "body.h"

TEST_CASE("clean") { body_clean(); }
TEST_CASE("leaks") { body_leak(3, 100); }
TEST_CASE("gives") { body_give(); }
TEST_CASE("takes") { body_take(); }
