# SPDX-License-Identifier: BSD-2-Clause
"""pytest: leaks of C code, fixtures, parameters, a hand-over, a skip, a failure, a crash."""
import ctypes
import os

import pytest

libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
given = []


@pytest.fixture(scope="module")
def held():
    block = libc.malloc(7000)
    yield block
    libc.free(block)


def test_clean():
    libc.free(libc.malloc(5001))


def test_leaks():
    libc.malloc(5002)


def test_first_user(held):
    pass


def test_second_user(held):
    pass


def test_gives():
    given.append(libc.malloc(5003))


def test_takes():
    libc.free(given.pop())


@pytest.mark.skip
def test_skips():
    pass


@pytest.mark.parametrize("n", [1, 2])
def test_param(n):
    libc.malloc(5100 * n)


def test_fails():
    libc.malloc(5004)
    assert False


class TestClass:
    def test_method(self):
        libc.malloc(5005)


def test_fd():
    os.open("/dev/null", os.O_RDONLY)


def test_thread():
    # Python detaches its own threads; nobody joins this one.
    libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, libc.pause, None)


def test_crash():
    if os.environ.get("CRASH"):
        os.abort()
