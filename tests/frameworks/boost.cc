// SPDX-License-Identifier: BSD-2-Clause
/* Boost.Test, the shared library */
#define BOOST_TEST_MODULE demo
#define BOOST_TEST_DYN_LINK
#include <boost/test/unit_test.hpp>

#include "body.h"

BOOST_AUTO_TEST_SUITE(suite)
BOOST_AUTO_TEST_CASE(clean) { body_clean(); }
BOOST_AUTO_TEST_CASE(leaks) { body_leak(3, 100); }
BOOST_AUTO_TEST_SUITE_END()
