"""Figures that stand still, in a browser: each is drawn as meant, with no text outside it or on another."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cnncalc.language import speaking
from cnncalc.render.raster import pixels
from tests.browser.conftest import Opened
from tests.browser.looking import OUTSIDE, OVERLAPPING, flaws, violations
from tests.conftest import Called
from tests.gallery import FIGURES
from tests.programs import load_program

EMPTY = "<!doctype html><meta charset=utf-8><style>body{margin:0}svg{display:block}</style>"

COVERED = """
() => [...document.querySelectorAll("svg text")].filter((text) => {
  const box = text.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return text.textContent && top && top !== text && top.closest("svg") && top.compareDocumentPosition(text) & 2
    && ["rect", "circle"].includes(top.tagName) && getComputedStyle(top).fill !== "none";
}).map((text) => text.textContent)
"""
"""Text that something drawn after it lies on."""


def drawing(cnncalc: Called, folder: Path, name: str, language: str = "en", theme: str = "light") -> str:
    path = folder / f"{name}.svg"
    words = [*shlex.split(FIGURES[name]), "--lang", language, "--theme", theme, "-o", str(path)]
    assert cnncalc(*words) == (0, "", "")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_whole(opened: Opened, cnncalc: Called, tmp_path: Path, name: str) -> None:
    """In both languages, however long its names and however many its layers: no text outside, on another, or covered."""
    page = opened(EMPTY, width=1000)
    for language in ("en", "zh"):
        svg = drawing(cnncalc, tmp_path, name, language)
        ElementTree.fromstring(svg)
        assert "var(" not in svg
        page.evaluate("(svg) => (document.body.innerHTML = svg)", svg)
        high = page.evaluate("() => document.querySelector('svg').getBoundingClientRect().height")
        page.set_viewport_size({"width": 1000, "height": max(int(high) + 1, 100)})
        assert not page.evaluate(OUTSIDE), language
        assert not page.evaluate(OVERLAPPING, "svg text"), language
        assert not page.evaluate(COVERED), language


def test_the_look_can_fail(opened: Opened) -> None:
    """Text outside, on another, and under a bar is noticed."""
    wrong = (
        '<svg width="100" height="50"><text x="90" y="20">far too long</text><text x="5" y="40">one</text>'
        '<text x="8" y="40">other</text><text x="5" y="20">hidden</text><rect x="0" y="5" width="60" height="20"/></svg>'
    )
    page = opened(EMPTY + wrong)
    assert page.evaluate(OUTSIDE) == ["far too long"]
    assert page.evaluate(OVERLAPPING, "svg text") == [["one", "other"]]
    assert page.evaluate(COVERED) == ["hidden"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["waterfall", "growth", "blocks", "clumsy"])
def test_pixels_are_those_of_the_browser(
    opened: Opened, cnncalc: Called, tmp_path: Path, name: str, theme: str
) -> None:
    """What PNG is made with draws the figure as Chromium does: smoothed, less than 2 % of it differ."""
    svg = drawing(cnncalc, tmp_path, name, theme=theme)
    page = opened(EMPTY + svg, width=960)
    shown = _smooth(page.locator("svg").screenshot())
    assert (np.abs(shown - _smooth(pixels(svg), shown.shape)) > 40).mean() < 0.02


def _smooth(content: bytes, shape: Any = None) -> Any:
    """Brightness by blocks of four pixels, as letters are smoothed differently everywhere."""
    image = Image.open(io.BytesIO(content)).convert("L")
    size = (shape[1], shape[0]) if shape else (image.width // 4, image.height // 4)
    return np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.int16)


def test_a_figure_follows_the_theme_of_its_reader(opened: Opened, cnncalc: Called, tmp_path: Path) -> None:
    """Undecided, it has dark paper for who prefers that; decided, it stays."""
    for theme, dark, paper in (
        ("auto", True, "rgb(22, 24, 27)"),
        ("auto", False, "rgb(255, 255, 255)"),
        ("light", True, "rgb(255, 255, 255)"),
    ):
        page = opened(EMPTY + drawing(cnncalc, tmp_path, "waterfall", theme=theme), dark=dark)
        assert page.evaluate("() => getComputedStyle(document.querySelector('svg > rect')).fill") == paper


@pytest.mark.parametrize("dark", [False, True])
def test_a_figure_has_a_page_too(opened: Opened, cnncalc: Called, tmp_path: Path, dark: bool) -> None:
    """Where nothing else is a page the figure is: in both languages, in the reader's theme, light on paper."""
    path = tmp_path / "waterfall.html"
    assert cnncalc(*shlex.split(FIGURES["waterfall"]), "-o", str(path)) == (0, "", "")
    page = opened(path.read_text(encoding="utf-8"), dark=dark, bypass_csp=True)
    paper = "() => getComputedStyle(document.querySelector('#figure svg > rect')).fill"
    for language, word in (("en", "The same output"), ("zh", "同样的输出")):
        assert page.get_attribute("html", "lang") == language
        assert page.title().startswith(word)
        assert page.evaluate(paper) == ("rgb(22, 24, 27)" if dark else "rgb(255, 255, 255)")
        for width in (360, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 760})
            assert not flaws(page, "svg text")
        page.click("#language")
    assert not violations(page)
    page.emulate_media(media="print")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"


def test_figures_share_a_page_in_peace(opened: Opened, cnncalc: Called, tmp_path: Path) -> None:
    """Several in one page have no name in common, so that none takes what is another's."""
    together = "".join(drawing(cnncalc, tmp_path, name) for name in ("waterfall", "waterfall-tiny", "stamp", "growth"))
    page = opened(EMPTY + together)
    assert page.evaluate("() => document.querySelectorAll('svg [id]').length") == 0


def test_the_gallery_has_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool writes one page with each picture in every language and theme."""
    tool = load_program("tools/gallery.py")
    monkeypatch.setattr(tool, "FIGURES", {"growth": FIGURES["growth"]})
    monkeypatch.setattr(tool, "PAGES", {"clumsy": tool.PAGES["clumsy"]})
    with speaking("en"):  # the last picture that it draws is in Chinese
        page = tool.gallery(tmp_path)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) == 8
    assert all(f'src="{file}"' in page for file in files)
