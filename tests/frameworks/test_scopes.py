# SPDX-License-Identifier: BSD-2-Clause
"""pytest: fixtures of each scope, and a hand-over between classes."""
import ctypes

import pytest

libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
given = []


def held(size):
    block = libc.malloc(size)
    yield block
    libc.free(block)


@pytest.fixture(scope="session")
def of_session():
    yield from held(71000)


@pytest.fixture(scope="module")
def of_module():
    yield from held(72000)


@pytest.fixture(scope="class")
def of_class():
    yield from held(73000)


@pytest.fixture
def of_function():
    yield from held(74000)


@pytest.fixture
def forgotten():
    return libc.malloc(50075)


class TestFirst:
    def test_holds(self, of_session, of_module, of_class, of_function):
        pass

    def test_holds_again(self, of_session, of_module, of_class, of_function):
        given.append(libc.malloc(50076))

    @pytest.mark.parametrize("text", ["a b", "c::d (call)", "\u00e9"], ids=str)
    @pytest.mark.parametrize("number", [1, 2])
    def test_both(self, text, number):
        libc.malloc(50000 + number)


class TestSecond:
    def test_takes(self, of_class):
        libc.free(given.pop())

    def test_setup_leaks(self, forgotten):
        pass
