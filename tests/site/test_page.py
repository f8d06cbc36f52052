"""The page says what the command line says: the same package, in a browser."""

from __future__ import annotations

import base64
import io
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from cnncalc.cli import COMMANDS
from cnncalc.cli.program import run
from cnncalc.language import speak
from tests.browser.looking import violations
from tests.documents import DOCS, examples
from tests.site.conftest import BUILT, ready

WANTED = 200
"""So many commands are compared at least."""

ELSEWHERE = re.compile(r"[;|<>$]|^cnncalc (learn|verify|quiz|sweep|solve)| --?(verify|o|baseline|output|format)\b")
"""What the page leaves to a shell: pipes and files, and the commands that need NumPy."""

ANSWERS = """
async (lines) => {
  const ready = () => document.body.dataset.state === "ready";
  const shown = [];
  for (const line of lines) {
    document.getElementById("line").value = line;
    document.getElementById("form").requestSubmit();
    while (!ready()) await new Promise((done) => setTimeout(done));
    shown.push(document.getElementById("output").textContent);
  }
  return shown;
}
"""
"""Types one line after the other into the field, in one go: a message to the browser for each would take longer."""


READMES = ("README.md", "README.zh-CN.md")

DROP = """
([name, content]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0))], name));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}
"""
"""Lets a file fall on the page, as from a file manager."""

CORPUS = DOCS.parent / "tests" / "importers" / "corpus"


def commands() -> list[str]:
    """The commands of the documents and of the help, and the help itself, in both languages."""
    pages = [*sorted(DOCS.glob("*.md")), *DOCS.parent.glob("README*.md")]
    lines = [line for page in pages for line, _output in examples(page) if line.startswith("cnncalc ")]
    for name in COMMANDS:
        shown = getattr(import_module(f"cnncalc.cli.{name}"), "EXAMPLES", ())
        lines += [f"cnncalc {name} --help", *(f"cnncalc {example}" for example in shown)]
    fit = [line for line in dict.fromkeys(lines) if "--help" in line or not ELSEWHERE.search(line)]
    return [*fit, *(f"{line} --lang zh" for line in fit if "#" not in line and "--lang" not in line)]


def typed(page: Any, line: str) -> str:
    """The answer to a line that is typed into the field."""
    page.get_by_label("A command, as in a shell").fill(line)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    ready(page)
    return str(page.text_content("#output"))


class Terminal(io.TextIOWrapper):
    """A stream that is taken for a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(line: str) -> str:
    """What this process shows on a terminal, on whichever stream."""
    streams = [Terminal(io.BytesIO(), encoding="utf-8", write_through=True) for _stream in range(2)]
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        run(shlex.split(line, comments=True)[1:])
    speak("en")
    return "".join(stream.buffer.getvalue().decode() for stream in streams)  # type: ignore[attr-defined]


def test_the_page_prints_what_the_command_line_prints(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 commands of the documents, typed into the page, give what a terminal of 100 columns shows, to the letter."""
    lines = commands()
    shown = page.evaluate(ANSWERS, lines)
    monkeypatch.chdir(tmp_path)
    for name, value in {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    both = [(line, text) for line, text in zip(lines, shown, strict=True) if "pip install cnncalc numpy" not in text]
    assert len(both) >= WANTED
    assert [line for line, text in both if text != on_terminal(line)] == []


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
    assert underlined(page) == ["covn"]
    assert typed(page, "verify conv3-4 --input 8x8x1") == (
        "cnncalc: cnncalc verify needs numpy, which a browser does not have: pip install cnncalc numpy, and ask a shell\n"
    )
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


def underlined(page: Any) -> list[str]:
    """What is marked as wrong in the field: nothing unless it is told to be wrong."""
    parts = [part.text_content() for part in page.locator("#mark mark").all()]
    assert page.get_attribute("#line", "aria-invalid") == "true" or not parts
    return parts


def test_the_wrong_part_of_the_line_is_underlined(page: Any) -> None:
    """Where the carets point, however the words are quoted, spaced and shortened, or the option that is named; until the
    line is changed."""
    long = " ".join(["conv3-64,same"] * 9)
    for line, part, before in (
        ("rf conv3 x2 covn3", "covn", "rf conv3 x2 "),
        ("cnncalc rf 'conv3 x2  covn3'  ", "covn", "cnncalc rf 'conv3 x2  "),
        ("rf  conv3   covn3", "covn", "rf  conv3   "),
        (f"rf {long} covn3 {long}", "covn", f"rf {long} "),
        ("rf conv3 conv5,p2,q conv3", "q", "rf conv3 conv5,p2,"),
        ("params --kernel 3 --kernl 5", "--kernl", "params --kernel 3 "),
        ("params --in 3x3x1 --kern 3", "--in", "params "),
    ):
        typed(page, line)
        assert underlined(page) == [part]
        assert page.text_content("#mark") == page.input_value("#line")
        assert page.evaluate("document.querySelector('#mark').firstChild.textContent") == before
    wrong, text = (page.locator(place).bounding_box() for place in ("#mark mark", "#line"))
    assert text["x"] < wrong["x"] < text["x"] + text["width"]
    page.get_by_label("A command, as in a shell").press_sequentially(" ")
    assert underlined(page) == []
    typed(page, "rf nothing conv3")
    typed(page, "rf conv3")
    assert underlined(page) == []


def test_model_files_are_read_in_the_browser(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of every kind, dropped on the page, has the summary and the field that the command line gives for it."""
    monkeypatch.chdir(CORPUS)
    for setting, value in {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(setting, value)
    for suffix in ("onnx", "pt2", "keras", "json", "cfg", "prototxt"):
        name = f"small.{suffix}"
        page.evaluate(DROP, [name, base64.b64encode((CORPUS / name).read_bytes()).decode()])
        ready(page)
        assert page.text_content("#status") == "0"
        assert page.text_content("#output") == on_terminal(f"cnncalc summary {name}")
        for line in (f"cnncalc rf {name}", f"cnncalc show {name}"):
            assert typed(page, line) == on_terminal(line)


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
    page.click("summary")
    assert page.locator("#view option").all_text_contents() == ["文字", "公式", "图"]
    assert violations(page) == []
    for width in (360, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_failed_start_is_said(page: Any) -> None:
    """Where a file of the page can't be loaded the reader is told, and not left to wait."""
    page.evaluate("navigator.serviceWorker.ready.then((found) => found.unregister())")
    page.route("**/packages.zip.packed", lambda route: route.fulfill(status=200, body="nothing"))
    page.reload()
    ready(page)
    assert page.text_content("#status") == "70"
    assert page.text_content("#output").startswith("cnncalc: ")


def test_a_line_that_is_stopped_loses_no_file(page: Any, tmp_path: Path) -> None:
    """A file is still there after a line that took too long and was stopped."""
    (tmp_path / "net.cnn").write_text("conv3-64,p1\n")
    page.set_input_files("#model", tmp_path / "net.cnn")
    ready(page)
    page.evaluate("document.getElementById('line').value = 'summary efficientnet-b7'")
    page.evaluate("document.getElementById('form').requestSubmit(); document.getElementById('stop').click()")
    assert typed(page, "rf net.cnn --get rf") == "3\n"


def test_words_are_completed(page: Any) -> None:
    """Commands, networks, words of the notation and options are offered, and taken with the keyboard alone."""
    field = page.get_by_label("A command, as in a shell")
    for begun, word, line in (
        ("summ", "summary", "summary "),
        ("rf resnet15", "resnet152", "rf resnet152 "),
        ("rf maxp", "maxpool", "rf maxpool "),
        ("params --inp", "--input", "params --input "),
    ):
        field.fill(begun)
        page.locator("#suggestions li", has_text=word).first.wait_for()
        field.press("ArrowDown")
        field.press("Enter")
        assert field.input_value() == line
    assert field.get_attribute("aria-expanded") == "false"


def test_forms_write_the_command(page: Any) -> None:
    """What is filled in becomes a command at once; layers are added, moved and taken away."""
    page.click("summary")
    page.get_by_label("stride").fill("2")
    ready(page)
    line = "params --input 224x224x3 --kernel 3 --filters 64 --stride 2"
    assert page.input_value("#line") == line
    assert "111x111x64" in page.text_content("#output")
    page.click("#add")
    page.locator("#layers li").nth(2).get_by_role("button", name="up").click()
    page.locator("#layers li").nth(2).get_by_role("button", name="remove").click()
    ready(page)
    assert page.input_value("#line") == "rf conv3 maxpool2 conv3 conv3 --input 224x224x3"
    page.get_by_label("network").select_option("resnet18")
    ready(page)
    assert page.input_value("#line") == "rf resnet18 --input 224x224x3"
    assert violations(page) == []


def test_layers_are_dragged_and_moved_with_the_keyboard(page: Any) -> None:
    """The handle of a layer follows the pointer, and the arrows; the focus stays on it, and the line says the order."""
    page.click("summary")
    handles = page.get_by_role("button", name="move: drag, or arrow keys")
    start, end = (handles.nth(place).bounding_box() for place in (3, 0))
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 5, end["y"] - 2, steps=12)
    page.mouse.up()
    page.wait_for_function("document.getElementById('line').value.startsWith('rf conv3 conv3 relu maxpool2')")
    handles.nth(2).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    ready(page)
    assert page.input_value("#line") == "rf conv3 relu conv3 maxpool2 --input 224x224x3"
    assert page.evaluate("[...document.querySelectorAll('.grip')].indexOf(document.activeElement)") == 1
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    ready(page)
    assert page.input_value("#line") == "rf relu conv3 conv3 maxpool2 --input 224x224x3"


def test_page_and_documentation_lead_to_each_other(page: Any, address: str) -> None:
    """In the language that is read; a page of the documentation that was read is there without a network too."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="中文").click()
    ready(page)
    page.get_by_role("link", name="文档").click()
    page.wait_for_url(f"{address}docs/zh/index.html")
    page.context.set_offline(True)
    page.reload()
    assert page.locator("h1").count() == 1
    page.get_by_role("link", name="在浏览器里计算").first.click()
    ready(page)
    assert page.url.startswith(f"{address}index.html")


def written(page: Any, end: str) -> None:
    """Wait until a control has written its part of the line, which takes a message to Python and back."""
    page.wait_for_function("end => document.getElementById('line').value.endsWith(end)", arg=end)
    ready(page)


def test_switches_are_those_of_the_command(page: Any) -> None:
    """A switch changes the line and the answer; a command without it has none."""
    page.get_by_label("--explain").check()
    written(page, "--filters 64 --explain")
    page.get_by_label("--explain").uncheck()
    page.get_by_label("--answer").fill("1728")
    page.keyboard.press("Tab")
    written(page, "--filters 64 --answer 1728")
    names = ["--explain", "--as-taught"]  # at once: neither may undo the other
    page.evaluate("names => names.forEach((name) => document.querySelector(`[data-switch='${name}']`).click())", names)
    written(page, "--explain --as-taught")
    typed(page, "zoo")
    assert not page.get_by_label("--explain").is_visible()


def test_an_answer_is_a_formula_a_picture_or_a_file(page: Any) -> None:
    """The formula is MathML with the number in it, the picture the program's own SVG, and every format can be saved."""
    page.select_option("#view", "formula")
    ready(page)
    assert "C" in page.text_content("math msub mi >> nth=0")
    assert "=1,792" in page.text_content("#formulas").replace(" ", "")
    page.select_option("#view", "picture")
    ready(page)
    drawing = page.frame_locator("iframe").locator("svg").first
    drawing.wait_for()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        frame, drawn = (place.bounding_box() for place in (page.locator("iframe"), drawing))
        assert all(abs(drawn[side] - frame[side]) < 2 for side in ("x", "y", "width", "height"))
    page.wait_for_selector("#suffix option", state="attached")
    page.select_option("#suffix", ".tex")
    with page.expect_download() as download:
        page.click("#save")
    assert r"\toprule" in Path(download.value.path()).read_text("utf-8")
    assert "as=picture" in page.url


def test_the_first_load_is_small(address: str) -> None:
    """What the browser has to load before the first answer is 6 MB, on a server that compresses nothing."""
    later = BUILT / "later.zip.packed"
    assert sum(file.stat().st_size for file in BUILT.iterdir() if file.is_file() and file != later) <= 6e6


def test_the_server_that_the_readme_names_serves_the_page(address: str) -> None:
    """The command of both READMEs, on another port: the page is there, and its modules have a type that browsers run."""
    lines = [re.findall(r"python3 (-m http.server.*)", (DOCS.parent / name).read_text("utf-8")) for name in READMES]
    assert lines[0] == lines[1]
    command = [sys.executable, "-u", *lines[0][0].split(), "0"]
    with subprocess.Popen(
        command, cwd=DOCS.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        try:
            assert running.stdout is not None
            [host, port] = re.findall(r"http://([\d.]+):(\d+)/", running.stdout.readline())[0]
            assert host == "127.0.0.1"
            for file, kind in {"": "text/html", "pyodide.mjs": "text/javascript", "style.css": "text/css"}.items():
                with urlopen(f"http://{host}:{port}/{file}") as answer:
                    assert answer.headers.get_content_type() == kind
        finally:
            running.terminate()
