"""The page says what the command line says: the same package, in a browser."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from tests.browser.looking import violations
from tests.cli.terminal import PROGRAM, on_terminal
from tests.documents import DOCS, examples
from tests.site.conftest import ready

WANTED = 40
"""How many commands are compared; each starts a Python of its own on the other side."""

ELSEWHERE = re.compile(r"[;|<>$]|^cnncalc (learn|verify|quiz|sweep|solve)| --?(verify|o|baseline|output)\b")
"""What the page leaves to a shell: pipes, files of the reader, and the commands that need NumPy."""


def commands() -> list[str]:
    """Commands of the documents, evenly over all of them."""
    lines = [line for page in sorted(DOCS.glob("*.md")) for line, _output in examples(page)]
    fit = list(dict.fromkeys(line for line in lines if line.startswith("cnncalc ") and not ELSEWHERE.search(line)))
    return fit[:: max(1, len(fit) // WANTED)]


def typed(page: Any, line: str) -> str:
    """The answer to a line that is typed into the field."""
    page.get_by_label("A command, as in a shell").fill(line)
    page.keyboard.press("Enter")
    ready(page)
    return str(page.text_content("#output"))


def test_the_page_prints_what_a_terminal_shows(page: Any, tmp_path: Path) -> None:
    """Commands of the documents, typed into the page, give what a terminal of 100 columns shows, to the letter."""
    lines = commands()
    assert len(lines) >= WANTED
    for line in lines:
        _code, shown = on_terminal(
            [*PROGRAM, *shlex.split(line)[1:]], cwd=tmp_path, COLUMNS="100", NO_COLOR="1", TERM="dumb"
        )
        assert typed(page, line) == shown, line


def test_a_link_shows_the_calculation(page: Any, address: str) -> None:
    """The line is kept in the address, and an address with a line is answered."""
    typed(page, "params --input 224x224x3 --kernel 3 --filters 64 --get conv.parameters")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    ready(page)
    assert page.text_content("#output") == "1792\n"


def test_what_is_wrong_is_said(page: Any) -> None:
    """A wrong word has its caret, a missing library its name, an open quotation a line: exit code 2 and no traceback."""
    assert "conv3 x2 covn3\n           ^^^^\n" in typed(page, "rf conv3 x2 covn3")
    assert page.text_content("#status") == "2"
    assert typed(page, "verify conv3-4 --input 8x8x1") == "cnncalc: cnncalc verify needs numpy: pip install numpy\n"
    assert typed(page, "rf 'conv3") == "cnncalc: no closing quotation\n"


def test_files_are_written_and_read(page: Any, tmp_path: Path) -> None:
    """A picture is shown and can be saved; a file that is given is read, and is there for the next line too."""
    typed(page, "rf conv3,p1 conv3,p1 --input 16x16x1 -o field.html")
    page.frame_locator("iframe").locator("h1").first.wait_for()
    with page.expect_download() as download:
        page.click("#files a")
    assert "<html" in Path(download.value.path()).read_text("utf-8")
    (tmp_path / "my net.cnn").write_text("input 32x32x3\nconv3-64,p1\n")
    page.set_input_files("#model", tmp_path / "my net.cnn")
    ready(page)
    assert "1,792" in page.text_content("#output")
    assert typed(page, "summary 'my net.cnn' --get total.parameters") == "1792\n"


def test_it_works_without_a_network(page: Any) -> None:
    """Loaded once, the page opens and answers while the browser is offline."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.reload()
    ready(page)
    assert typed(page, "rf conv3 x2 --get rf") == "5\n"


def test_it_speaks_chinese_on_a_phone_in_the_dark(page: Any) -> None:
    """In both languages, light and dark, axe-core finds nothing serious, and 360 pixels are wide enough."""
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="中文").click()
    ready(page)
    assert "卷积" in page.text_content("#output")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_failed_start_is_said(page: Any) -> None:
    """Where a file of the page can't be loaded the reader is told, and not left to wait."""
    page.evaluate("navigator.serviceWorker.ready.then((found) => found.unregister())")
    page.route("**/packages.zip*", lambda route: route.fulfill(status=200, body="nothing"))
    page.reload()
    ready(page)
    assert page.text_content("#status") == "70"
    assert page.text_content("#output").startswith("cnncalc: ")


def test_a_line_that_is_left_loses_no_file(page: Any, tmp_path: Path) -> None:
    """A file is still there after a line that took too long and was left for another one."""
    (tmp_path / "net.cnn").write_text("conv3-64,p1\n")
    page.set_input_files("#model", tmp_path / "net.cnn")
    ready(page)
    field = page.get_by_label("A command, as in a shell")
    field.fill("summary efficientnet-b7 --explain")
    field.press("Enter")
    assert typed(page, "rf net.cnn --get rf") == "3\n"
