# SPDX-License-Identifier: BSD-2-Clause
"""What grows with each run of a test, what does not, and how often fixtures are set up."""

import os

import pytest

kept = []
table = {}


def count(word):
    with open(os.environ["COUNTS"], "a") as counts:
        counts.write(word + "\n")


@pytest.fixture(scope="module")
def module():
    count("module")
    yield
    count("module end")


@pytest.fixture
def each(module):
    count("each")


def test_fixture(each):
    pass


def test_grows():
    # Too large for Python's own allocator.
    kept.extend(bytes(1000) for n in range(20))


def test_once():
    if not table:
        table.update((n, bytes(1000)) for n in range(20))


def test_prints():
    print("x" * 5000)
