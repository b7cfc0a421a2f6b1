# SPDX-License-Identifier: BSD-2-Clause
"""Clicks through pages of "--html" in a headless Chromium, by html.bats:

    html_page.py CHECK PAGE [FILE]
    html_page.py picture PAGE FILE.png

PAGE is build/page.html, in which a check puts data of its own, or a report that leaktrace wrote.
Every check ends with this: the page has asked the network for nothing and had no error."""

import json
import os
import re
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import html_data

PATIENCE = 40  # seconds for anything that takes a moment


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-background-networking", "--no-first-run", "--hide-scrollbars",
                     f"--user-data-dir={folder}/profile", "--window-size=1280,900",
                     "--force-device-scale-factor=1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service("/usr/bin/chromedriver", log_path=f"{folder}/chromedriver.log")
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_script_timeout(PATIENCE)
    return browser


class Page:
    def __init__(self, browser, folder):
        self.browser = browser
        self.folder = folder

    def open(self, path):
        self.browser.get(f"file://{path}")
        self.until(lambda: self.all("#missed"), "the page is there")
        for drawn, what in (("#flame canvas", "[style]"), ("#timeline .chart", ":has(svg)")):
            self.until(lambda: len(self.all(drawn)) == len(self.all(drawn + what)),
                       f"{drawn} is drawn")

    # The template with data in it.
    def open_with(self, template, report, sources):
        with open(template, encoding="utf-8") as file:
            page = file.read()
        for mark, data in (("@report@", report), ("@sources@", sources)):
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
            page = page.replace(mark, text.replace("<", "\\u003c"), 1)
        path = f"{self.folder}/page.html"
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        self.open(path)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    # All at once: a table may be made anew at any time.
    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map((element) => element.innerText)", selector)

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def devtools(self, command, **arguments):
        return self.browser.execute_cdp_cmd(command, arguments)

    def until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"within {PATIENCE} s not: {what}")
            time.sleep(0.05)

    # Waits until reading gives what is wanted: the page may need a moment.
    def expect(self, read, wanted, what):
        end = time.monotonic() + PATIENCE
        while (got := read()) != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"{what}: {got!r} instead of {wanted!r}")
            time.sleep(0.05)

    def choose(self, selector, value):
        Select(self.one(selector)).select_by_value(value)

    def click(self, selector):
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def keys(self, selector, *keys):
        self.one(selector).send_keys(*keys)

    def spoken(self):
        return self.run("return document.getElementById('spoken').textContent") \
            .replace("\u00a0", " ")

    # No error on the console, and nothing but the page itself was asked for.
    def check_quiet(self):
        said = [entry["message"] for entry in self.browser.get_log("browser")]
        assert not said, f"the console says {said}"
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent" or \
                    not message["params"]["documentURL"].startswith("file:"):
                continue # the browser's own empty page
            url = message["params"]["request"]["url"]
            assert re.match(r"file://.*page\.html|data:", url), f"asked for {url}"


# Roles that a screen reader stops at, each of which has to say what it is.
SPOKEN_ROLES = {"button", "checkbox", "columnheader", "combobox", "heading", "img", "Image", "link",
                "radio", "region", "rowheader", "searchbox", "table", "textbox", "tree", "treeitem"}


# What the page is to somebody who does not see it.
def check_spoken(page):
    tree = page.devtools("Accessibility.getFullAXTree")["nodes"]
    nodes = [(node["role"]["value"], node.get("name", {}).get("value", "").strip())
             for node in tree if not node["ignored"] and "role" in node]
    silent = [role for role, name in nodes if role in SPOKEN_ROLES and not name]
    assert not silent, f"without a name: {silent}"
    roles = {role for role, _ in nodes}
    for role in ("banner", "main", "navigation", "heading", "searchbox", "table", "columnheader"):
        assert role in roles, f"there is no {role} among {sorted(roles)}"


def names(page, section):
    return [text.strip() for text in page.texts(f"#{section} tbody button.name")]


def check_tables(page, template):
    page.open_with(template, *html_data.small())
    check_spoken(page)
    assert names(page, "tests") == ["cache_eviction", "crashes_early", "parser_roundtrip"]
    lost = "#tests thead th:nth-child(2)"
    page.click(f"{lost} button")
    assert page.one(lost).get_attribute("aria-sort") == "descending"
    assert names(page, "tests")[0] == "cache_eviction"
    page.click(f"{lost} button")
    assert page.one(lost).get_attribute("aria-sort") == "ascending"
    assert names(page, "tests")[-1] == "cache_eviction"
    page.keys("#tests input[type=search]", "evict")
    page.expect(lambda: names(page, "tests"), ["cache_eviction"], "filtered tests")
    page.keys("#tests input[type=search]", Keys.CONTROL, "a", Keys.DELETE)
    page.expect(lambda: len(names(page, "tests")), 3, "all tests again")
    page.choose("#tests select", "none")
    assert names(page, "tests") == ["crashes_early"]
    assert "killed by SIGSEGV" in page.one("#tests tbody").text
    page.choose("#tests select", "")
    check_scope(page)
    check_sites(page)


# One test chosen: the call sites follow, and a bar undoes it.
def check_scope(page):
    page.click("#tests thead th:nth-child(1) button")
    assert names(page, "tests") == ["parser_roundtrip", "cache_eviction", "crashes_early"]
    page.click("#tests tbody tr:nth-child(1) button.name")
    assert page.texts("#tests tr.chosen button.name") == ["parser_roundtrip"]
    assert page.texts(".scope bdi") == ["parser_roundtrip"]
    assert names(page, "sites") == ["table_init"]
    page.click(".scope button")
    assert len(names(page, "sites")) == 4
    assert not page.one(".scope").is_displayed()


# Leaks first, the biggest first; one opens to its stack with the line of source.
def check_sites(page):
    assert names(page, "sites") == ["cache_insert", "cache_grow", "index_open", "table_init"], \
        names(page, "sites")
    button = "#sites tbody tr:nth-child(1) button.open"
    page.keys(button, Keys.ENTER)
    assert page.one(button).get_attribute("aria-expanded") == "true"
    assert page.texts("#sites .stack .function") == \
        ["cache_insert", "test_evict", "main", "__libc_start_main", "_start"]
    assert page.one("#sites .line.here").text == "88    e = malloc(sizeof(*e));", \
        page.one("#sites .line.here").text
    page.keys(button, Keys.ENTER)
    assert not page.all("#sites .stack")
    page.choose("#sites select", "fd leaked")
    page.click("#sites tbody tr:nth-child(1) button.open")
    assert "/tmp/cache.idx" in page.one("#sites .objects").text
    page.choose("#sites select", "")
    page.keys("#sites input[type=search]", "the_table")
    page.expect(lambda: names(page, "sites"), [], "sites with a word that is not searched")
    assert "No call site matches" in page.one("#sites").text


def check_flame(page, template):
    page.open_with(template, *html_data.small())
    canvas = "#flame canvas"
    page.keys(canvas, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    page.expect(page.spoken, "main, /src/build/store, 12.0 KiB in 3 blocks, 100.0 % of all",
                "the third frame from the root")
    page.keys(canvas, Keys.ARROW_DOWN, Keys.ENTER)
    page.expect(lambda: page.texts("#flame .path bdi"), ["test_evict"], "zoomed to the largest")
    page.keys(canvas, Keys.ESCAPE)
    page.expect(lambda: page.texts("#flame .path bdi"), [], "zoomed out")
    # The fifth row: cache_insert from main, and test_evict; the wider one is to the left.
    click_flame(page, row=4, share=0.9)
    page.expect(lambda: page.texts("#flame .path bdi"), ["cache_insert"], "clicked frame")
    page.click("#flame .path button:last-child")
    assert page.texts(".scope bdi") == ["cache_insert"]
    assert names(page, "sites") == ["cache_insert", "cache_grow"]
    page.click(".scope button")
    check_flame_options(page, canvas)
    check_peak(page, template)


def click_flame(page, row, share):
    canvas = page.one("#flame canvas")
    page.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", canvas)
    width, height = canvas.size["width"], canvas.size["height"]
    ActionChains(page.browser).move_to_element_with_offset(
        canvas, int(width * share - width / 2), int(row * 19 + 9 - height / 2)).click().perform()


def check_flame_options(page, canvas):
    page.click("#flame .path button")
    page.keys("#flame input[type=search]", "cache_grow")
    page.expect(lambda: page.one("#flame output").text.replace("\u00a0", " "),
                "4.0 KiB, 33.3 %", "search")
    page.keys("#flame input[type=search]", Keys.CONTROL, "a", Keys.DELETE)
    page.click("#flame input[type=checkbox]")
    page.keys(canvas, Keys.ARROW_DOWN)
    page.expect(page.spoken, "cache_insert, /src/build/store, 8.0 KiB in 2 blocks, 66.7 % of all",
                "first frame, inverted")
    page.choose("#flame .field:nth-of-type(3) select", "line")
    page.keys(canvas, Keys.ARROW_DOWN)
    page.expect(page.spoken, "cache_insert, /src/cache.c:88, /src/build/store, "
                "8.0 KiB in 2 blocks, 66.7 % of all", "merged by line")
    page.click("#flame input[type=checkbox]")
    page.choose("#flame .field:nth-of-type(2) select", "blocks")
    page.choose("#flame .field:nth-of-type(1) select", "fd")
    page.keys(canvas, Keys.ARROW_DOWN)
    page.expect(page.spoken, "_start, /src/build/store, 2 descriptors, 100.0 % of all",
                "descriptors")
    check_tree(page)


# What was held at a peak is apart from what is held: a measure of its own, and the last call site.
def check_peak(page, template):
    report, sources = html_data.small()
    stack = report["sites"][2]["stack"]
    report["sites"].insert(0, html_data.site("memory", "peak", stack, 3, 9 << 20))
    page.open_with(template, report, sources)
    assert len(names(page, "sites")) == 5, names(page, "sites")
    assert names(page, "sites")[-1] == "table_init", names(page, "sites")
    page.choose("#flame .field:nth-of-type(1) select", "peak")
    page.keys("#flame canvas", Keys.ARROW_DOWN)
    page.expect(page.spoken, "_start, /src/build/store, 9.0 MiB in 3 blocks, 100.0 % of all",
                "memory at the peak")


# The same as text, walked with the keys of trees.
def check_tree(page):
    page.choose("#flame .field:nth-of-type(1) select", "lost")
    page.choose("#flame .field:nth-of-type(4) select", "tree")
    assert not page.one("#flame canvas").is_displayed()
    line = "#flame .tree-line[tabindex='0']"
    assert page.one(line).get_attribute("aria-level") == "1"
    page.keys(line, Keys.END)
    last = page.one(line)
    assert last.get_attribute("aria-level") == "4", last.get_attribute("outerHTML")
    assert last.get_attribute("aria-expanded") == "false"
    page.keys(line, Keys.ARROW_RIGHT)
    page.keys(line, Keys.ARROW_RIGHT)
    assert page.one(line).get_attribute("aria-level") == "5"
    page.keys(line, Keys.ARROW_LEFT)
    page.keys(line, Keys.ARROW_LEFT)
    assert page.one(line).get_attribute("aria-expanded") == "false"
    page.keys(line, Keys.ENTER)
    assert page.one("#flame canvas").is_displayed()
    assert page.texts("#flame .path bdi") != []


def check_timeline(page, template):
    page.open_with(template, *html_data.small())
    chart = "#timeline svg"
    page.expect(lambda: len(page.all(f"{chart} .series")), 3, "lines over time")
    page.expect(lambda: len(page.all(f"{chart} .test")), 3, "tests below them")
    page.expect(lambda: [mark.get_attribute("textContent")
                         for mark in page.all(f"{chart} text.mark")], ["warm"], "marks on the axis")
    page.choose("#timeline select", "0")
    page.keys(chart, Keys.HOME, Keys.ARROW_RIGHT)
    page.expect(page.spoken, "100 ms: 3.0 MiB memory in RAM, 4 descriptors, 2 threads, "
                "in parser_roundtrip", "second sample")
    page.choose("#timeline select", "")
    page.keys(chart, Keys.END)
    # Both processes at their last samples, the second one ended: 1.9 s has only the first.
    page.expect(page.spoken, "2.0 s: 0 B memory in RAM, 0 descriptors, 0 threads, "
                "after mark warm", "the end")
    page.keys(chart, Keys.ARROW_LEFT)
    page.expect(page.spoken, "1.9 s: 6.0 MiB memory in RAM, 4 descriptors, 2 threads, "
                "after mark warm", "last sample")
    page.click("#timeline summary")
    page.until(lambda: len(page.all("#timeline tbody tr")) == 21, "the samples as a table")
    page.run("document.querySelector('#timeline .test.leaks').dispatchEvent("
             "new MouseEvent('click', {bubbles: true}))")
    assert page.texts(".scope bdi") == ["cache_eviction"]


# Names that are markup are names and nothing else.
def check_hostile(page, template):
    page.open_with(template, *html_data.hostile())
    for button in page.all("button.open"):
        page.run("arguments[0].click()", button)
    for select in page.all("select"):
        for i in range(len(Select(select).options)):
            page.run("arguments[0].selectedIndex = arguments[1];"
                     "arguments[0].dispatchEvent(new Event('change'))", select, i)
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    page.keys("#flame .tree-line[tabindex='0']", Keys.END)
    page.choose("#flame .field:nth-of-type(4) select", "graph")
    page.keys("#flame canvas", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    page.run("document.querySelectorAll('#tests button.name, #processes button.name')"
             ".forEach((one) => one.click())")
    assert html_data.MARKUP in page.one("#missed").text
    assert page.run("return window.hacked") is None
    assert page.run("return document.querySelectorAll('img, iframe, object, form').length") == 0
    assert page.run("return document.scripts.length") == 3
    assert page.run("return [...document.querySelectorAll('*')].flatMap((element) =>"
                    "[...element.attributes]).filter(({name}) => name.startsWith('on')).length") == 0


def check_phone(page, template):
    page.devtools("Emulation.setDeviceMetricsOverride", width=360, height=740,
                  deviceScaleFactor=2, mobile=True)
    page.open_with(template, *html_data.small())
    page.click("#sites tbody tr:nth-child(1) button.open")
    for element in page.all("section, header, nav, .tiles, .chart, .flame, .stack"):
        box = element.rect
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, \
            f"{element.get_attribute('outerHTML')[:80]} is at {box}"
    assert page.run("return document.documentElement.scrollWidth") <= 360
    check_dark(page)


# As the system is, so is the page: its colours and those of the flame graph.
def check_dark(page):
    def colors():
        return page.run("""
            const canvas = document.querySelector("#flame canvas");
            const copy = document.createElement("canvas").getContext("2d",
                                                                     {willReadFrequently: true});
            copy.drawImage(canvas, 0, 0);
            const pixel = copy.getImageData(3, 3, 1, 1).data;
            const back = getComputedStyle(document.body).backgroundColor.match(/\\d+/g);
            return [pixel[0], Number(back[0])]""")

    media = "Emulation.setEmulatedMedia"
    for scheme, is_dark in (("light", False), ("dark", True), ("light", False)):
        page.devtools(media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.expect(lambda: [value < 100 for value in colors()], [is_dark, is_dark],
                    f"colours are {scheme}")


# What a page has no room for is told where one reads first, in its parts, and in full at the end.
def check_left_out(page, template):
    data, sources = html_data.small()
    data["left_out"] = [
        {"kind": "memory", "class": "lost", "call_sites": 990000, "blocks": 1485000,
         "bytes": 3 * 1024**3},
        {"kind": "fd", "class": "leaked", "call_sites": 1, "blocks": 2, "bytes": 0}]
    page.open_with(template, data, sources)
    head = page.one("#head .note").text.replace("\u00a0", " ")
    assert "990,001 smaller ones are left out" in head, head
    rest = "Without 990,000 smaller call sites, which are not in this page."
    assert rest in page.one("#flame").text.replace("\u00a0", " ")
    assert rest.replace("990,000", "990,001") in page.one("#sites").text.replace("\u00a0", " ")
    page.choose("#flame .field:nth-of-type(1) select", "reachable")
    assert "Without" not in page.one("#flame").text
    missed = page.one("#missed").text.replace("\u00a0", " ")
    assert "Not in this page: 990,000 smaller call sites (memory: lost) with " \
        "3.0 GiB in 1,485,000 blocks" in missed, missed
    assert "Not in this page: 1 smaller call site (fd: leaked) with 2 descriptors" in missed, missed


# Ten thousand call sites with stacks of sixty frames. What is drawn must depend on the size of
# the screen alone; how long a frame takes is printed, as it depends on the machine.
def check_large(page, template):
    page.open_with(template, html_data.large(), {"files": [], "left_out": 0})
    assert "10,000" in page.one("#sites h2").text
    paint = page.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert page.run("return document.querySelectorAll('*').length") < 8000
    page.run("""
        window.drawn = 0;
        const fill = CanvasRenderingContext2D.prototype.fillRect;
        CanvasRenderingContext2D.prototype.fillRect = function (...box) {
            window.drawn++;
            fill.apply(this, box);
        }""")
    canvas = "#flame canvas"
    page.keys(canvas, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    drawn = page.run("return window.drawn")
    assert 100 < drawn < 63 * 1280 / 1.5, f"{drawn} rectangles"
    page.keys("#sites input[type=search]", "test_1999")
    page.expect(lambda: page.one("#sites output").text.replace("\u00a0", " "),
                "5 of 10,000 call sites", "a search in all call sites")
    page.keys("#flame input[type=search]", "step_56_1")
    page.until(lambda: "%" in page.one("#flame output").text, "a search in the flame graph")
    times = page.browser.execute_async_script("""
        const done = arguments[0], canvas = document.querySelector("#flame canvas");
        const box = canvas.getBoundingClientRect(), times = [];
        const step = (i) => {
            const start = performance.now();
            canvas.dispatchEvent(new MouseEvent(i % 10 ? "mousemove" : "click", {
                clientX: box.left + i * 17 % box.width, clientY: box.top + 200 + i * 7 % 500}));
            times.push(performance.now() - start);
            i < 60 ? requestAnimationFrame(() => step(i + 1)) : done(times);
        };
        step(1);""")
    moves = sorted(time for i, time in enumerate(times) if (i + 1) % 10)
    zooms = sorted(time for i, time in enumerate(times) if (i + 1) % 10 == 0)
    sort = page.browser.execute_async_script("""
        const done = arguments[0], start = performance.now();
        document.querySelector("#sites th:nth-child(2) button").click();
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
        """)
    # A page that takes longer than this is stuck, whatever the machine does besides.
    assert paint < 60_000, f"{paint:.0f} ms to the first paint"
    assert sort < 30_000, f"{sort:.0f} ms to sort"
    print(f"# 10,000 call sites: first paint after {paint:.0f} ms, a sort takes {sort:.0f} ms")
    print(f"# 10,000 call sites: {drawn} rectangles, a move takes {moves[len(moves) // 2]:.1f} ms,"
          f" a zoom {zooms[len(zooms) // 2]:.1f} ms (medians)")


# A page that leaktrace wrote says what the JSON report of the same run says.
def check_real(page, path, json_path):
    with open(json_path, encoding="utf-8") as file:
        report = json.load(file)
    page.open(path)
    data = page.run("return JSON.parse(document.getElementById('report').textContent)")
    stacks = data.pop("stacks")
    assert data.pop("left_out") == [], "call sites of a small report are left out"
    for one in data["sites"]:
        one["stack"] = stacks[one["stack"]]
    assert data == report, "the data of the page is not the JSON report"
    assert len(stacks) <= len(report["sites"]), "stacks are not shared"
    assert any(one["class"] == "lost" for one in report["sites"]), "nothing was lost"
    page.click("#sites tbody tr:nth-child(1) button.open")
    here = page.one("#sites .line.here").text
    assert "return hold(" in here, f"the line of source is {here!r}"
    assert page.run("return window.hacked") is None


# The picture in the README: from the top to the source of the first leak.
def check_picture(page, path, target):
    def show(height):
        page.devtools("Emulation.setDeviceMetricsOverride", width=1100, height=height,
                      deviceScaleFactor=1, mobile=False)

    show(2000)
    page.open(path)
    page.run("document.querySelector('#sites button.open').click()")
    show(int(page.one("#sites .stack").rect["y"] + page.one("#sites .stack").rect["height"] + 20))
    page.run("scrollTo(0, 0)")
    time.sleep(0.5)
    page.browser.save_screenshot(target)


def main():
    check, path, *more = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        browser = start_browser(folder)
        try:
            page = Page(browser, folder)
            globals()[f"check_{check}"](page, path, *more)
            page.check_quiet()
        finally:
            browser.quit()


main()
