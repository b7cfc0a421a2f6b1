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
    kept.extend(float(n) for n in range(1000))


def test_once():
    if not table:
        table.update((n, str(n)) for n in range(1000))


def test_prints():
    print("x" * 5000)
