"""A headless Chromium for tests that look at pages, and what all of them ask of a page.

Without Playwright or Chromium these tests are skipped; with ``CNNCALC_BROWSER=1`` in the environment they fail instead,
so that nobody believes they ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.looking import watched

Opened = Callable[..., Any]


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
