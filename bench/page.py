"""The page in headless Chromium: how long it takes to the first answer, and each further one beside CPython's own time.

Run ``python bench/page.py`` after ``site/build``, with a Python that has Playwright. Milliseconds are medians of 7 after
one that is not counted. In the page they reach from the press of a key to the answer in it, in the terminal's process
from the words to the text; the ratio is of one to the other, in the same run.
"""

from __future__ import annotations

import io
import shutil
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from cnncalc.cli.program import run  # noqa: E402 - its folder had to be named first

RUNS = 7
LINES = (
    "params --input 224x224x3 --kernel 3 --filters 64",
    *(f"rf {name}" for name in ("vgg16", "resnet50", "resnet152", "unet", "mobilenet-v2", "densenet121")),
    "summary resnet50 --input 224x224x3",
)
ANSWERED = """
async (line) => {
  const from = performance.now();
  document.getElementById("line").value = line;
  document.getElementById("form").requestSubmit();
  while (document.body.dataset.state !== "ready") await new Promise((done) => setTimeout(done));
  return performance.now() - from;
}
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and keeps no log."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class Terminal(io.TextIOWrapper):
    """A stream that is taken for a terminal, as the page's is."""

    def isatty(self) -> bool:
        return True


def in_python(line: str) -> float:
    """Milliseconds of this process for one line."""
    streams = [Terminal(io.BytesIO(), encoding="utf-8", write_through=True) for _stream in range(2)]
    begun = time.perf_counter()
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        if run(line.split()):
            raise SystemExit(f"{line} was not answered")
    return (time.perf_counter() - begun) * 1000


def opened(browser: Any, address: str) -> tuple[Any, float]:
    """The page, and the seconds from nothing loaded to its first answer."""
    page = browser.new_context().new_page()
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("body[data-state=ready]", timeout=60_000)
    return page, time.perf_counter() - begun


def measure(browser: Any, address: str) -> None:
    """Print the first answer, and a line for each further one."""
    page, first = opened(browser, address)
    print(f"{'first answer':52} {first:8.2f} s")
    for line in LINES:
        browsers = median([page.evaluate(ANSWERED, line) for _run in range(RUNS + 1)][1:])
        if page.text_content("#status") != "0":
            raise SystemExit(f"{line} was not answered in the page")
        pythons = median([in_python(line) for _run in range(RUNS + 1)][1:])
        print(f"{line:52} {browsers:8.1f} ms  CPython {pythons:6.1f} ms  ×{browsers / pythons:.1f}")


def main() -> None:
    """Serve the built page, open it, and measure."""
    from playwright.sync_api import sync_playwright

    handler = partial(Quiet, directory=str(ROOT / "site" / "dist"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        measure(browser, f"http://127.0.0.1:{server.server_port}/")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
