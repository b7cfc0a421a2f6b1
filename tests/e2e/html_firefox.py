# SPDX-License-Identifier: BSD-2-Clause
"""Looks at the HTML report in a headless Firefox, by hand: docs/TESTING.md says when.

    html_firefox.py build/page.html FOLDER

The reports are those of html_page.py. Pictures go to FOLDER: wide, on a phone, in dark. Firefox is
driven by its own protocol (Marionette), so nothing but firefox-esr is needed."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import html_data

PATIENCE = 60  # seconds for anything that takes a moment
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # what WebDriver calls a reference to one
ARROW_DOWN, ENTER, ESCAPE, TAB = "\ue015", "\ue007", "\ue00c", "\ue004"


class Firefox:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(f"{folder}/user.js", "w", encoding="utf-8") as prefs:
            prefs.write(f'user_pref("marionette.port", {port});\n'
                        'user_pref("network.dns.disabled", true);\n')
        self.process = subprocess.Popen(
            ["firefox-esr", "--headless", "--marionette", "--no-remote", "--remote-allow-system-access", "--profile", folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": folder, "MOZ_HEADLESS_WIDTH": "1280",
                 "MOZ_HEADLESS_HEIGHT": "900"})
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                break
            except OSError:
                assert time.monotonic() < end, "Firefox does not answer"
                time.sleep(0.2)
        self.rest = b""
        self.number = 0
        self.read()
        self.call("WebDriver:NewSession")

    # A message is its length, a colon and JSON.
    def read(self):
        while True:
            head, colon, rest = self.rest.partition(b":")
            if colon and len(rest) >= int(head):
                self.rest = rest[int(head):]
                return json.loads(rest[:int(head)])
            more = self.socket.recv(1 << 16)
            assert more, "Firefox has gone"
            self.rest += more

    def call(self, command, **arguments):
        self.number += 1
        text = json.dumps([0, self.number, command, arguments]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self.read()
        assert not error, f"{command}: {error}"
        return result.get("value", result) if isinstance(result, dict) else result

    def run(self, script, *arguments):
        return self.call("WebDriver:ExecuteScript", script=script, args=list(arguments))

    def all(self, selector):
        return [one[ELEMENT] for one in
                self.call("WebDriver:FindElements", using="css selector", value=selector)]

    def keys(self, selector, text):
        self.call("WebDriver:ElementSendKeys", id=self.all(selector)[0], text=text)

    def until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"not: {what}"
            time.sleep(0.05)

    def picture(self, path, full=True):
        data = self.call("WebDriver:TakeScreenshot", full=full)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def scheme(self, dark):
        self.call("Marionette:SetContext", value="chrome")
        self.run("Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override',"
                 "arguments[0])", 0 if dark else 1)
        self.call("Marionette:SetContext", value="content")

    def close(self):
        try:
            self.call("Marionette:Quit", flags=["eForceQuit"])
        except (AssertionError, OSError):
            pass
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write_page(template, path, report, sources):
    with open(template, encoding="utf-8") as file:
        page = file.read()
    for mark, data in (("@report@", report), ("@sources@", sources)):
        text = data if isinstance(data, str) else json.dumps(data)
        page = page.replace(mark, text.replace("<", "\\u003c"), 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)


def open_page(firefox, path):
    firefox.call("WebDriver:Navigate", url=f"file://{path}")
    firefox.until(lambda: firefox.all("#missed") and firefox.all("#flame canvas[style]"),
                  "the page is drawn")


def spoken(firefox):
    return firefox.run("return document.getElementById('spoken').textContent").replace("\u00a0", " ")


# What can be done with keys alone.
def check_keys(firefox):
    firefox.keys("#flame canvas", ARROW_DOWN * 3)
    firefox.until(lambda: spoken(firefox).startswith("main, /src/build/store, 12.0 KiB"), "keys")
    firefox.keys("#flame canvas", ARROW_DOWN + ENTER)
    firefox.until(lambda: firefox.run(
        "return document.querySelector('#flame .path bdi')?.textContent") == "test_evict", "zoom")
    firefox.keys("#flame canvas", ESCAPE)
    firefox.keys("body", "/")
    firefox.until(lambda: firefox.run("return document.activeElement.type") == "search", "search")
    firefox.keys("#sites tbody tr:nth-child(1) button.open", ENTER)
    firefox.until(lambda: firefox.all("#sites .stack .line.here"), "a stack with its source")
    focus = []
    firefox.run("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(12):
        firefox.keys("body" if not focus else ":focus", TAB)
        focus.append(firefox.run("const on = document.activeElement;"
                                 "return `${on.tagName} ${on.textContent}`"))
    assert len(set(focus)) > 8, f"the focus goes in circles: {focus}"


# Each control has a name.
def check_names(firefox):
    for element in firefox.all("button, input, select, summary, canvas, a, svg[tabindex]"):
        label = firefox.call("WebDriver:GetComputedLabel", id=element)
        shown = firefox.call("WebDriver:IsElementDisplayed", id=element)
        html = firefox.call("WebDriver:GetElementProperty", id=element, name="outerHTML")
        assert label.strip() or not shown, f"without a name: {html[:120]}"


# A frame as wide as a phone, as a window of Firefox cannot be.
def check_phone(firefox, folder, page, target):
    with open(f"{folder}/phone.html", "w", encoding="utf-8") as file:
        file.write(f'<!doctype html><body style="margin:0"><iframe src="file://{page}" '
                   'style="border:0;width:360px;height:3000px"></iframe>')
    firefox.call("WebDriver:Navigate", url=f"file://{folder}/phone.html")
    frame = firefox.all("iframe")[0]
    firefox.call("WebDriver:SwitchToFrame", element=frame)
    firefox.until(lambda: firefox.all("#flame canvas[style]"), "the page in a frame")
    wide = firefox.run("return document.documentElement.scrollWidth")
    assert wide <= 360, f"{wide} pixels on a phone"
    firefox.call("WebDriver:SwitchToFrame")
    firefox.picture(f"{target}/phone.png")


def check_large(firefox, path):
    start = time.monotonic()
    open_page(firefox, path)
    opened = time.monotonic() - start
    times = firefox.run("""
        const canvas = document.querySelector("#flame canvas"), times = [];
        const box = canvas.getBoundingClientRect();
        for (let i = 1; i <= 60; i++) {
            const start = performance.now();
            canvas.dispatchEvent(new MouseEvent(i % 10 ? "mousemove" : "click", {
                clientX: box.left + i * 17 % box.width, clientY: box.top + 200 + i * 7 % 500}));
            times.push(performance.now() - start);
        }
        return times""")
    print(f"10,000 call sites: open in {opened:.1f} s, a move or zoom takes "
          f"{sorted(times)[30]:.1f} ms, at most {max(times):.1f} ms")


def main():
    template, target = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    folder = tempfile.mkdtemp()
    firefox = Firefox(folder)
    try:
        page, large = f"{folder}/page.html", f"{folder}/large.html"
        os.makedirs(target, exist_ok=True)
        write_page(template, page, *html_data.small())
        write_page(template, large, html_data.large(), {"files": [], "left_out": 0})
        firefox.scheme(dark=False)
        open_page(firefox, page)
        check_names(firefox)
        check_keys(firefox)
        firefox.picture(f"{target}/wide.png")
        firefox.scheme(dark=True)
        back = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 100"
        firefox.until(lambda: firefox.run(back), "dark")
        firefox.picture(f"{target}/dark.png")
        firefox.scheme(dark=False)
        check_phone(firefox, folder, page, target)
        check_large(firefox, large)
    finally:
        firefox.close()
        shutil.rmtree(folder, ignore_errors=True)


main()
