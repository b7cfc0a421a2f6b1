// SPDX-License-Identifier: BSD-2-Clause
/* Boost.Test, the shared library: a suite with a fixture of its own, data. */
#define BOOST_TEST_MODULE demo
#define BOOST_TEST_DYN_LINK
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "body.h"

namespace data = boost::unit_test::data;
namespace utf = boost::unit_test;

static void setup() {}

BOOST_AUTO_TEST_SUITE(suite, *utf::fixture(&setup, &body_release))
BOOST_AUTO_TEST_CASE(clean) { body_clean(); }
BOOST_AUTO_TEST_CASE(leaks) { body_leak(3, 100); }
BOOST_AUTO_TEST_CASE(fails)
{
	body_leak(1, 70);
	BOOST_REQUIRE(1 == 2);
}
BOOST_AUTO_TEST_CASE(holds) { body_hold(); }
BOOST_AUTO_TEST_CASE(gives) { body_give(); }
BOOST_AUTO_TEST_CASE(takes) { body_take(); }
BOOST_AUTO_TEST_CASE(opens) { body_open(); }
BOOST_AUTO_TEST_CASE(threads) { body_thread(); }
BOOST_AUTO_TEST_CASE(skips, *utf::disabled()) { body_leak(1, 13); }
BOOST_DATA_TEST_CASE(param, data::make({ 10, 20 }), bytes) { body_leak(1, (size_t)bytes); }
BOOST_AUTO_TEST_CASE(crashes) { body_crash(); }
BOOST_AUTO_TEST_SUITE_END()
