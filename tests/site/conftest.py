"""The built page, served from this machine to a headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.browser.chromium import missing

BUILT = Path(__file__).resolve().parents[2] / "site" / "dist"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and keeps no log."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="session")
def server() -> Iterator[ThreadingHTTPServer]:
    """A server of static files, as any other: the page lies in a folder below its root."""
    if not (BUILT / "index.html").exists():
        missing("the page (site/build makes it)")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(BUILT.parent))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def address(server: ThreadingHTTPServer) -> str:
    """Where the page is."""
    return f"http://127.0.0.1:{server.server_port}/dist/"


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page, ready; at the end it must have asked no other host, and found nothing wrong."""
    wrong = list[str]()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(own(address)) else None)
    page.goto(address)
    ready(page)
    yield page
    context.close()
    assert not wrong


def own(address: str) -> tuple[str, ...]:
    """How all addresses begin that the page may ask for."""
    return (address, "data:", "blob:", "about:srcdoc")


def ready(page: Any) -> None:
    """Wait for the answer."""
    page.wait_for_selector("body[data-state=ready]", timeout=60_000)
