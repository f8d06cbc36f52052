"""What is measured on a page that has been drawn: text in its place, nothing over another, nothing out of reach."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

OUTSIDE = """
() => [...document.querySelectorAll("svg text")].filter((text) => {
  if (!text.textContent) return false;
  const [box, frame] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
  return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
}).map((text) => text.textContent)
"""

CUT = """
() => [...document.querySelectorAll("h1, p, button, label, li, th, td")].filter((element) => {
  const style = getComputedStyle(element);
  const shown = element.getClientRects().length && style.textOverflow !== "ellipsis" && style.position !== "absolute";
  return shown && (element.scrollWidth > element.clientWidth + 1 && style.display !== "inline");
}).map((element) => element.textContent)
"""

OVERLAPPING = """
(selector) => {
  const boxes = [...document.querySelectorAll(selector)].filter((text) => text.textContent)
    .map((text) => [text.textContent, text.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  return boxes.flatMap(([one, a], place) => boxes.slice(place + 1).filter(([, b]) => meet(a, b)).map(([other]) => [one, other]));
}
"""

WIDER = "() => document.documentElement.scrollWidth - innerWidth"


def watched(page: Any, folder: Path, wrong: list[str]) -> Any:
    """The page, from now on with every error, message and request noted; its own files in ``folder`` are none."""

    def asked(request: Any) -> None:
        if not request.url.startswith((f"file://{folder}/", "data:", "blob:")):
            wrong.append(f"request: {request.url}")

    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("request", asked)
    return page


def flaws(page: Any, labels: str = "svg .labels text") -> list[str]:
    """What is wrong with how a page is laid out, in words."""
    found = [f"outside its drawing: {text}" for text in page.evaluate(OUTSIDE)]
    found += [f"cut: {text}" for text in page.evaluate(CUT)]
    found += [f"on each other: {one} and {other}" for one, other in page.evaluate(OVERLAPPING, labels)]
    wider = page.evaluate(WIDER)
    return found + ([f"{wider} pixels wider than the window"] if wider > 0 else [])


def violations(page: Any) -> list[str]:
    """What axe-core finds serious or worse."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:300]}"
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
