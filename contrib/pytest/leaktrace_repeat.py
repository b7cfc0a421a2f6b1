# SPDX-License-Identifier: BSD-2-Clause
"""Runs each test of pytest LEAKTRACE_REPEAT times, for "leaktrace --repeat".

Loaded through PYTEST_PLUGINS, so that no suite has to know of it. The first run of a test is the one
that is reported, as if there were no others; they end at the first that fails.
"""

import gc
import os

import pytest
from _pytest.runner import CallInfo, runtestprotocol


class _SameParent:
    """Stands for the test that follows: of the same class and module, and no test that exists.

    pytest tears down what the next test does not need. Between two runs of a test that is what
    belongs to the test alone, and not what its class, module and session share.
    """

    def __init__(self, item):
        self._chain = item.listchain()[:-1] + [self]

    def listchain(self):
        return self._chain


def _forget_run(item, n_properties):
    """Drops what pytest itself would keep of a run that nobody reports."""
    getattr(item, "_report_sections", []).clear()
    del item.user_properties[n_properties:]
    gc.collect()


def _passed(reports):
    return all(report.passed for report in reports)


def _tear_down(item, nextitem):
    """What the next test does not need, of the class, module and session: reported if it fails."""
    call = CallInfo.from_call(
        lambda: item.session._setupstate.teardown_exact(nextitem),
        when="teardown",
        reraise=(pytest.exit.Exception, KeyboardInterrupt),
    )
    report = item.ihook.pytest_runtest_makereport(item=item, call=call)
    if report.failed:
        item.ihook.pytest_runtest_logreport(report=report)


def pytest_runtest_protocol(item, nextitem):
    left = int(os.environ.get("LEAKTRACE_REPEAT", "1")) - 1
    place = {"nodeid": item.nodeid, "location": item.location}
    again = _SameParent(item)

    item.ihook.pytest_runtest_logstart(**place)
    passed = _passed(runtestprotocol(item, nextitem=again))
    item.ihook.pytest_runtest_logfinish(**place)
    n_properties = len(item.user_properties)
    while passed and left > 0:
        _forget_run(item, n_properties)
        passed = _passed(runtestprotocol(item, log=False, nextitem=again))
        left -= 1
    _forget_run(item, n_properties)
    _tear_down(item, nextitem)
    return True
