"""A headless Chromium for tests that look at pages, and what all of them ask of a page.

Without Playwright or Chromium these tests are skipped; with ``CNNCALC_BROWSER=1`` in the environment they fail instead,
so that nobody believes they ran.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.browser.looking import watched

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Opened = Callable[..., Any]


def missing(what: str) -> None:
    """Skip, or fail where these tests have to run."""
    (pytest.fail if os.environ.get("CNNCALC_BROWSER") else pytest.skip)(f"{what} is not installed")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests: Debian's, or the one that ``CNNCALC_CHROMIUM`` names."""
    program = os.environ.get("CNNCALC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if find_spec("playwright") is None:
        missing("Playwright")
    if program is None:
        missing("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Open a page from its text; at the end it must have asked for nothing, and found nothing wrong."""
    contexts, wrong = [], list[str]()

    def open(html: str, *, width: int = 1280, dark: bool = False, address: str = "", **options: Any) -> Any:
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 760}, color_scheme="dark" if dark else "light", **options
        )
        contexts.append(context)
        page = watched(context.new_page(), tmp_path, wrong)
        page.goto(f"file://{path}{address}")
        return page

    yield open
    for context in contexts:
        context.close()
    assert not wrong
