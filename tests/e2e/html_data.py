# SPDX-License-Identifier: BSD-2-Clause
"""Reports of schema leaktrace/1 for tests of the page that shows them: a small one in which
everything occurs and every number is known, one whose names are markup, and a very large one."""

import json

MARKUP = "</script><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>"
ATTRIBUTE = "\"' onmouseover=window.hacked=1 x=\u2028\u202e<!--"


def frame(function, file=None, line=None, module="/src/build/store", offset="0x1100", **more):
    return {"function": function, "file": file, "directory": None, "line": line,
            "module": module, "build_id": "abcd", "offset": offset, "inlined": False,
            "language": "native", **more}


MAIN = [frame("main", "/src/main.c", 20),
        frame("__libc_start_main", None, None, "/lib/x86_64-linux-gnu/libc.so.6", "0x2724a"),
        frame("_start", None, None)]


def totals(**known):
    names = ("allocations frees unknown_frees outstanding_bytes outstanding_blocks lost_bytes"
             " lost_blocks reachable_bytes reachable_blocks fds fds_at_exit threads"
             " threads_at_exit mapping_bytes mappings").split()
    return {name: known.get(name) for name in names}


def process(pid, **more):
    return {"pid": pid, "ppid": 1, "exe": "/src/build/store", "command": ["./store", "--all"],
            "command_cut": False, "inherited_command": False, "test": None, "start_ns": 0,
            "end_ns": 2_000_000_000, "end": "exit", "exit_status": 0, "signal": None,
            "verdict": "leaks", "silent": None, "unjudged": None, "losses": [],
            "peak_rss_bytes": 9 << 20, "allocator": "glibc", "vitals": None, "samples": [],
            **totals(), **more}


def site(kind, name, stack, blocks, size, **more):
    return {"kind": kind, "class": name, "test": None, "test_index": None, "pid": 100,
            "process": 0, "blocks": blocks, "bytes": size, "oldest_ns": 1_200_000_000,
            "growth": [], "stack": stack, "stack_end": "complete", "suppression": None,
            "root": None,
            "tree_bytes": None, "tree_blocks": None, "interior_blocks": None,
            "objects": [], **more}


def test(name, verdict, index, **more):
    return {"name": name, "runner": "ctest", "suite": None, "own_name": name, "parent": None,
            "occurrence": 0, "pid": 100, "verdict": verdict, "reason": None,
            "retained_bytes": 0, "retained_blocks": 0, "retracted_bytes": 0,
            "retracted_blocks": 0, "peak_rss_bytes": 3 << 20,
            "start_ns": index * 500_000_000, "duration_ns": 400_000_000,
            **totals(lost_bytes=0, lost_blocks=0, reachable_bytes=0, reachable_blocks=0, fds=0,
                     threads=0), **more}


def report(**more):
    return {"schema": "leaktrace/1", "leaktrace": "0.1.0", "kernel": "6.1.0", "mode": "run",
            "report": None, "final": True, "command": ["ctest", "-j 1"],
            "started": "2026-01-31T12:00:00.000000000Z", "duration_ns": 2_000_000_000,
            "exit_status": 0, "verdict": "leaks", "sample_bytes": None,
            "totals": totals(allocations=41022, frees=41000, lost_bytes=12288, lost_blocks=3,
                             reachable_bytes=4096, reachable_blocks=1,
                             outstanding_bytes=16384, outstanding_blocks=4, fds=3,
                             fds_at_exit=1, threads=0, threads_at_exit=0),
            "losses": [], "suppressions": [], "sites_hidden": 0, "notes": [], "processes": [process(100)],
            "tests": [], "sites": [], **more}


def shared(page):
    """The report as a page has it: each stack once."""
    stacks = []
    for one in page["sites"]:
        if one["stack"] not in stacks:
            stacks.append(one["stack"])
        one["stack"] = stacks.index(one["stack"])
    return {**page, "stacks": stacks}


def small():
    insert = frame("cache_insert", "/src/cache.c", 88)
    samples = [{"t_ns": i * 100_000_000, "rss_bytes": (2 + i % 5) << 20,
                "outstanding_bytes": None, "fds": 3 + i % 3, "threads": 1 + i % 2}
               for i in range(20)]
    of_eviction = {"test": "cache_eviction", "test_index": 1}
    page = report(
        losses=[{"id": "stacks-full", "count": 3, "meaning": "stacks were not kept"}],
        notes=["test crashes_early was killed"],
        marks=[{"name": "warm", "t_ns": 1_850_000_000, "automatic": False}],
        processes=[process(100, samples=samples),
                   process(200, samples=samples[5:12], end_ns=1_300_000_000)],
        tests=[test("parser_roundtrip", "clean", 0, reachable_bytes=4096, reachable_blocks=1),
               test("cache_eviction", "leaks", 1, lost_bytes=12288, lost_blocks=3, fds=2,
                    retained_bytes=12288, retained_blocks=3),
               test("crashes_early", "none", 2, reason="killed by SIGSEGV")],
        sites=[site("memory", "lost", [insert, frame("test_evict", "/src/test.c", 41)] + MAIN,
                    2, 8192, **of_eviction),
               site("memory", "lost", [frame("cache_grow", "/src/cache.c", 95), insert] + MAIN,
                    1, 4096, **of_eviction),
               site("memory", "reachable", [frame("table_init", "/src/table.c", 7)] + MAIN, 1,
                    4096, test="parser_roundtrip", test_index=0, root="the_table (store+0x4040)",
                    objects=[{"address": "0x5000", "bytes": 4096}]),
               site("fd", "leaked", [frame("index_open", "/src/index.c", 30)] + MAIN, 2, 0,
                    objects=[{"fd": 7, "target": "/tmp/cache.idx", "flags": "O_RDWR"},
                             {"fd": 8, "target": "/tmp/cache.idx", "flags": "O_RDWR"}],
                    **of_eviction)])
    sources = {"files": [{"file": "/src/cache.c", "directory": None, "newer": False, "parts": [
        {"first": 85, "lines": ["{", "    struct entry *e;", "",
                                "    e = malloc(sizeof(*e));", "    if (!e)", "", "}"]}]}],
               "left_out": 0}
    return shared(page), sources


def hostile():
    names = {"test": MARKUP, "test_index": 0}
    stack = [frame(MARKUP, MARKUP + ".c", 1, MARKUP), frame(ATTRIBUTE, ATTRIBUTE, 2, ATTRIBUTE),
             frame("java" + "script:window.hacked=1", "https://example.invalid/x.c", 3)]
    samples = [{"t_ns": i, "rss_bytes": i, "outstanding_bytes": i, "fds": i, "threads": i}
               for i in range(3)]
    page = report(
        suppressions=[{"suppression": MARKUP, "where": ATTRIBUTE, "sites": 1, "blocks": 1,
                       "bytes": 1}],
        marks=[{"name": MARKUP, "t_ns": 0, "automatic": False}],
        command=[MARKUP, ATTRIBUTE], kernel=MARKUP, notes=[MARKUP, ATTRIBUTE],
        losses=[{"id": ATTRIBUTE, "count": 1, "meaning": MARKUP}],
        processes=[process(100, exe=MARKUP, command=[MARKUP], silent=MARKUP, unjudged=ATTRIBUTE,
                           allocator=MARKUP, test=MARKUP, samples=samples),
                   process(101, command=[ATTRIBUTE], samples=samples)],
        tests=[test(MARKUP, "leaks", 0, runner=ATTRIBUTE, reason=MARKUP, lost_bytes=1,
                    lost_blocks=1, start_ns=0, duration_ns=2)],
        sites=[site("memory", "lost", stack, 1, 1, root=MARKUP, suppression=MARKUP, **names),
               site("fd", "leaked", stack, 2, 0, **names, objects=[
                   {"fd": 3, "target": MARKUP, "flags": ATTRIBUTE}]),
               site("thread", "leaked", stack, 1, 0, **names, objects=[
                   {"tid": 3, "name": MARKUP, "start_routine": ATTRIBUTE}])])
    sources = {"files": [{"file": MARKUP + ".c", "directory": None, "newer": True, "parts": [
        {"first": 1, "lines": [MARKUP, ATTRIBUTE]}]}], "left_out": 1}
    return shared(page), sources


def large(n_sites=10_000, depth=60):
    """Stacks of DEPTH frames that part at every level, as those of an interpreter do. As text:
    there are 600,000 frames, of which few differ."""
    frames = {}

    def step(level, way):
        if (level, way) not in frames:
            frames[level, way] = json.dumps(frame(f"step_{level}_{way}", f"/src/level{level}.c",
                                                  10 + way))
        return frames[level, way]

    sites, stacks, callers = [], [], [json.dumps(one) for one in MAIN]
    for i in range(n_sites):
        stack, state = [], i
        for level in range(depth - len(MAIN)):
            state = (state * 1103515245 + 12345) % 2**31
            stack.append(step(level, i * (level + 1) // n_sites if level < 40 else
                              state // 65536 % 3))
        one = site("memory", ("lost", "reachable")[i % 2], i, 1 + i % 7, 64 * (1 + i % 97),
                   test=f"test_{i % 2000}", test_index=i % 2000)
        sites.append(one)
        stacks.append(f'[{",".join(stack[::-1] + callers)}]')
    tests = [test(f"test_{i}", ("leaks", "clean")[i % 2], 0, start_ns=i * 1_000_000,
                  duration_ns=900_000, lost_bytes=i, lost_blocks=1) for i in range(2000)]
    page = json.dumps(report(tests=tests, sites=sites, stacks=[]))
    return page.replace('"stacks": []', f'"stacks": [{",".join(stacks)}]')
