"""One headless Chromium for all tests, wherever they stand: a second one could not be driven beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


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
