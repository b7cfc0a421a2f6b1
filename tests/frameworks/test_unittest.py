# SPDX-License-Identifier: BSD-2-Clause
"""unittest: leaks of C code, what modules and classes hold, parts, a hand-over, a skip."""
import ctypes
import os
import unittest

libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
held = []
given = []


def setUpModule():
    held.append(libc.malloc(70000))


def tearDownModule():
    libc.free(held.pop())


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.block = libc.malloc(71000)

    @classmethod
    def tearDownClass(cls):
        libc.free(cls.block)

    def setUp(self):
        self.own = libc.malloc(72000)

    def tearDown(self):
        libc.free(self.own)

    def test_clean(self):
        libc.free(libc.malloc(50001))

    def test_crash(self):
        libc.malloc(50099)
        if os.environ.get("CRASH"):
            os.abort()

    def test_described(self):
        """What it is for.

        More of it."""
        libc.malloc(50005)

    def test_fails(self):
        libc.malloc(50004)
        self.fail("meant to")

    def test_fd(self):
        os.open("/dev/null", os.O_RDONLY)

    def test_gives(self):
        given.append(libc.malloc(50003))

    def test_leaks(self):
        libc.malloc(50002)

    def test_parts(self):
        for n in (1, 2, 3):
            with self.subTest(n=n):
                libc.malloc(50000 + 10 * n)
                self.assertNotEqual(n, 2)

    @unittest.skip("meant to")
    def test_skips(self):
        pass

    def test_takes(self):
        libc.free(given.pop())

    def test_thread(self):
        # Python detaches its own threads; nobody joins this one.
        libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, libc.pause, None)


if __name__ == "__main__":
    unittest.main()
