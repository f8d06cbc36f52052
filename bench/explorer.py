"""How fast the explorer is written, opens and follows the pointer, in headless Chromium.

Run ``python bench/explorer.py`` with the Python that has cnncalc and its ``browser`` extra. A move is from a pointer
event, at any time between two frames, to the end of the frame that shows it; opening is to the load event.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from cnncalc import zoo
from cnncalc.analysis import trace
from cnncalc.receptive.scene import scene
from cnncalc.render.pictures.explorer import html

NETWORKS = {"lenet5": 0.05, "unet": 0.05, "resnet152": 0.05, "efficientnet-b7": 0.1}
"""Networks, and how many seconds a move may take at the 95th percentile."""

OPENING = 1.0
"""Seconds in which the largest page has to stand."""

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
MOVES = 120

MOVE = """
async (count) => {
  const times = [];
  const frame = document.querySelector("g.at .frame").getBBox();
  const box = document.querySelector("#maps").getBoundingClientRect();
  for (let move = 0; move < count; move++) {
    const place = { clientX: box.left + frame.x + frame.width * ((move * 0.37) % 1),
      clientY: box.top + frame.y + frame.height * ((move * 0.61) % 1) };
    const from = performance.now();
    document.querySelector("g.at .hit").dispatchEvent(new PointerEvent("pointermove", { bubbles: true, ...place }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - from);
    await new Promise((done) => setTimeout(done, (move * 7) % 23));
  }
  return times.sort((a, b) => a - b);
}
"""


def measured(page: Page, name: str, folder: Path) -> tuple[int, float, float, float, float]:
    """Bytes; seconds to write, to open, of a move at the median and at the 95th percentile."""
    network = zoo.load(name)
    start = time.perf_counter()
    text = html(scene(trace(network), name))
    writing = time.perf_counter() - start
    path = folder / f"{name}.html"
    path.write_text(text)
    page.goto(f"file://{path}")
    opening = page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
    moves = [move / 1000 for move in page.evaluate(MOVE, MOVES)]
    return len(text), writing, opening, moves[MOVES // 2], moves[MOVES * 95 // 100]


def main() -> int:
    """Print one line per network; 1 if one is slower than it may be."""
    slow = 0
    print(f"{'network':<16} {'kB':>5} {'write':>8} {'open':>8} {'move':>8} {'95 %':>8}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 760})
        for name, most in NETWORKS.items():
            size, writing, opening, median, high = measured(page, name, Path(folder))
            slow += high > most or opening > OPENING
            times = "".join(f"{seconds * 1000:>6.0f} ms" for seconds in (writing, opening, median, high))
            print(f"{name:<16} {size / 1000:>5.0f}{times}")
        browser.close()
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
