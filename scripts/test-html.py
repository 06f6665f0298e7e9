#!/usr/bin/env python3
"""Opens a page of `bstc profile --html` in headless Chromium and uses it as a reader would.

usage: test-html.py PAGE [--screenshots FOLDER]

Speaks WebDriver to chromedriver; needs nothing but Python's own library.
"""

import argparse
import base64
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

CHROMIUM_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                  "--no-first-run", "--disable-dev-shm-usage", "--window-size=1400,1000"]


class Browser:
    """A session of chromedriver with a profile of its own."""

    def __init__(self, stack):
        folder = tempfile.mkdtemp(prefix="bstc-html-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = open(folder + "/chromedriver.log", "w")
        driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=log, stderr=log)
        stack.callback(driver.wait)
        stack.callback(driver.terminate)
        self.address = f"http://127.0.0.1:{port}"
        self.wait_for(lambda: self.request("GET", "/status")["ready"])
        options = {"binary": shutil.which("chromium"),
                   "args": CHROMIUM_FLAGS + [f"--user-data-dir={folder}/profile"],
                   "perfLoggingPrefs": {"enableNetwork": True, "enablePage": False}}
        session = self.request("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.address += "/session/" + session["sessionId"]
        stack.callback(self.request, "DELETE", "")

    def request(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.address + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    @staticmethod
    def wait_for(condition, seconds=30):
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                if condition():
                    return
            if time.monotonic() > end:
                raise RuntimeError("timed out")
            time.sleep(0.05)

    def open(self, page):
        self.request("POST", "/url", {"url": page})

    def run(self, script, *arguments):
        """The value that a script in the page returns."""
        return self.request("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def developer(self, command, **parameters):
        return self.request("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self, kind):
        return self.request("POST", "/se/log", {"type": kind})

    def element(self, css):
        found = self.request("POST", "/element", {"using": "css selector", "value": css})
        return next(iter(found.values()))

    def click(self, css):
        self.request("POST", f"/element/{self.element(css)}/click")

    def type(self, css, text):
        self.request("POST", f"/element/{self.element(css)}/clear")
        self.request("POST", f"/element/{self.element(css)}/value", {"text": text})

    def act(self, *sources):
        self.request("POST", "/actions", {"actions": list(sources)})

    def painted(self):
        """Waits until what was asked of the page is on the screen."""
        self.request("POST", "/execute/async", {"args": [], "script": """
            const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)));"""})

    def text(self, css):
        return self.run("return document.querySelector(arguments[0]).textContent", css)

    def screenshot(self, path):
        size = self.developer("Page.getLayoutMetrics")["cssContentSize"]
        picture = self.developer("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))


def check(what, holds):
    print(("ok    " if holds else "WRONG ") + what)
    check.failures += not holds


check.failures = 0

COLOURS_IN_CANVAS = """
    const canvas = document.getElementById(arguments[0]);
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    let painted = 0;
    for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 100) {
            ++painted;
            colours.add((data[i] >> 4) << 8 | (data[i + 1] >> 4) << 4 | data[i + 2] >> 4);
        }
    return [painted, colours.size, canvas.width * canvas.height];"""


def check_plots(browser, report):
    for canvas in ("timeline-canvas", "memory-canvas"):
        painted, colours, pixels = browser.run(COLOURS_IN_CANVAS, canvas)
        check(f"{canvas} is drawn ({painted} of {pixels} pixels, {colours} colours)",
              painted > 0.02 * pixels and colours >= 3)
    computing = sum(row["macs"] > 0 or row["elements"] > 0 for row in report["commands"])
    dots = browser.run("return document.querySelectorAll('#roofline-plot .dot').length")
    check(f"the roofline has a dot for each command that computes ({dots})", 0 < dots <= computing)
    below = browser.run("""return [...document.querySelectorAll('#roofline-plot .dot')].every(dot => {
        const box = document.getElementById('roofline-plot').getBoundingClientRect();
        return +dot.getAttribute('cx') > 0 && +dot.getAttribute('cx') < box.width &&
               +dot.getAttribute('cy') > 0 && +dot.getAttribute('cy') < box.height; })""")
    check("all of them are within the plot", below)
    above = browser.run("""
        const { peak_ops_per_second: peaks, cores, dsps } = model.page.device;
        return new RooflineView().points.filter(point => point.perSecond > 1.001 *
            peaks[point.command.engine] * (point.command.engine === "dsp" ? dsps : cores))
            .map(point => point.command.node)""")
    check(f"no command is faster than its engine {above}", not above)
    nodes = browser.run("return document.querySelectorAll('#graph-plot .node').length")
    check(f"the graph has a node for each command ({nodes})", nodes == len(report["commands"]))
    edges = browser.run("return document.querySelectorAll('#graph-plot .edge').length")
    check(f"and edges that join them ({edges})", edges >= nodes - 1)
    overlap = browser.run("""
        const boxes = [...document.querySelectorAll('#graph-plot .node rect.body')]
            .map(rect => rect.getBoundingClientRect());
        return boxes.some((a, i) => boxes.slice(i + 1).some(b => a.left < b.right - 1 &&
            b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));""")
    check("no two nodes overlap", not overlap)


def check_header(browser, report):
    check("the FPS is the report's", f"{report['fps']:,.1f}" in browser.text("#tiles"))
    check("so is the latency", f"{report['latency_ms']:,.2f}" in browser.text("#tiles"))
    idle = browser.text("#idle")
    check("what engines wait for is there", all(f"{engine['idle_ms']:,.3f}" in idle
          for engine in report["engines"].values()))
    check("the target is named", report["target"] in browser.text("#subtitle"))


def rows(browser):
    return browser.run("""return [...document.querySelectorAll('#layer-table tbody tr')]
        .map(row => +row.dataset.command)""")


def check_table(browser, report):
    commands = report["commands"]
    titles = browser.run("""return [...document.querySelectorAll('#layer-table th')]
        .map(head => head.textContent)""")
    check("the table has a row a command", rows(browser) == list(range(len(commands))))
    column = f"#layer-table th:nth-child({titles.index('time µs') + 1}) button"
    browser.click(column)
    times = [commands[index]["time_ms"] for index in rows(browser)]
    check("a click sorts by time, greatest first", times == sorted(times, reverse=True)
          and times[0] > times[-1])
    browser.click(column)
    times = [commands[index]["time_ms"] for index in rows(browser)]
    check("a second click turns the order", times == sorted(times))
    browser.type("#search", "dsp quantize")
    texts = [" ".join((row["node"], row["engine"], row["op"], row["function"], row["bound"])).lower()
             for row in commands]
    expected = {i for i, text in enumerate(texts) if "dsp" in text and "quantize" in text}
    check(f"a search finds {len(expected)} of {len(commands)} rows",
          expected and set(rows(browser)) == expected)
    browser.type("#search", "no such layer")
    check("a search may find nothing", rows(browser) == [])
    browser.type("#search", " ")
    browser.click("#layer-table th:first-child button")
    check("and shows all again", len(rows(browser)) == len(commands))


def visible(browser):
    """Start and end of the timeline, as the page says them, in ms."""
    numbers = re.findall(r"([\d.,]+) (ms|µs)", browser.text("#timeline-range"))
    return [float(text.replace(",", "")) / (1 if unit == "ms" else 1e3) for text, unit in numbers]


def check_zoom(browser):
    canvas = browser.element("#timeline-canvas")
    browser.run("document.getElementById('timeline').scrollIntoView()")
    everything = visible(browser)
    origin = {"element-6066-11e4-a52e-4f735466cecf": canvas}
    browser.act({"type": "wheel", "id": "wheel", "actions": [
        {"type": "scroll", "x": 0, "y": 0, "deltaX": 0, "deltaY": -600, "origin": origin}]})
    browser.painted()
    near = visible(browser)
    check(f"the wheel zooms in ({everything} to {near})",
          near[1] - near[0] < 0.5 * (everything[1] - everything[0]))
    browser.act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [
        {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}, {"type": "pointerDown", "button": 0},
        {"type": "pointerMove", "x": -120, "y": 0, "origin": origin, "duration": 60},
        {"type": "pointerUp", "button": 0}]})
    browser.painted()
    moved = visible(browser)
    check(f"a drag moves ({near} to {moved})", moved[0] > near[0] and
          abs((moved[1] - moved[0]) - (near[1] - near[0])) < 0.01)
    browser.click("#zoom-in")
    closer = visible(browser)
    check("the button zooms in", closer[1] - closer[0] < 0.6 * (moved[1] - moved[0]))
    browser.click("#zoom-all")
    check("and back to everything", visible(browser) == everything)


def check_picking(browser):
    browser.click("#layer-table tbody tr:nth-child(2)")
    name = browser.run("return model.commands[1].node")
    check("a picked layer is explained", name in browser.text("#details"))
    marked = browser.run("""return ['#graph-plot .node.picked', '#roofline-plot .dot.picked',
        '#layer-table tr.picked'].map(css => document.querySelectorAll(css).length)""")
    check("and marked in every view", marked == [1, 1, 1])
    browser.run("selection.pick(1)")


def check_speed(browser):
    """Redraws of the whole timeline, the most that there is to draw."""
    milliseconds = browser.request("POST", "/execute/async", {"args": [], "script": """
        const done = arguments[0], start = performance.now();
        let left = 20;
        const next = () => {
            if (left-- === 0) return done((performance.now() - start) / 20);
            document.getElementById(left % 2 ? 'zoom-all' : 'zoom-out').click();
            requestAnimationFrame(next);
        };
        next();"""})
    check(f"the timeline is fluid ({milliseconds:.0f} ms a redraw)", milliseconds < 100)


def check_silence(browser, page):
    messages = [entry for entry in browser.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    check(f"nothing on the console {[entry['message'] for entry in messages]}", not messages)
    requests = []
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requests.append(message["params"]["request"]["url"])
    outside = [url for url in requests if url != page and not url.startswith(("data:", "chrome:"))]
    check(f"no request but for the page {outside}", page in requests and not outside)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page")
    parser.add_argument("--screenshots", metavar="FOLDER")
    options = parser.parse_args()
    path = pathlib.Path(options.page).resolve()
    with contextlib.ExitStack() as stack:
        browser = Browser(stack)
        # What the browser does for its own start page is not the page's.
        browser.open("about:blank")
        browser.log("performance")
        browser.open(path.as_uri())
        browser.wait_for(lambda: browser.run("return document.documentElement.dataset.ready === 'yes'"), 10)
        browser.painted()
        report = browser.run("return model.report")
        check_header(browser, report)
        check_plots(browser, report)
        check_table(browser, report)
        check_zoom(browser)
        check_picking(browser)
        check_speed(browser)
        for mode in ("dark", "light") if options.screenshots else ():
            browser.developer("Emulation.setEmulatedMedia",
                              features=[{"name": "prefers-color-scheme", "value": mode}])
            browser.run("scrollTo(0, 0)")
            browser.painted()
            browser.screenshot(f"{options.screenshots}/{path.stem}-{mode}.png")
        check_silence(browser, path.as_uri())
    if check.failures:
        sys.exit(f"{check.failures} checks failed")


main()
