"""The documentation as a site: both languages are built without a warning, every link holds, and pages are small."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import cnncalc
from tests.browser.looking import WIDER, violations
from tests.cli.terminal import environment
from tests.site.conftest import Quiet

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "zh")
MOST_BYTES = 300_000
"""What a page of the documentation may have, compressed, with all that it loads."""

TERMS = "感受野 权重共享 局部连接 特征图 等变 步幅 填充".split()

if "CNNCALC_DOCS" not in os.environ:
    pytest.importorskip("sphinx", reason="pip install '.[docs]'")
    pytest.importorskip("myst_parser", reason="pip install '.[docs]'")
    pytest.importorskip("furo", reason="pip install '.[docs]'")


class Page(HTMLParser):
    """The links of a page, its places, and the files that it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.places, self.loads = list[str](), set[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value is not None}
        self.places |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a":
            self.links += [values[name] for name in ("href",) if name in values]
        elif "src" in values:
            self.loads.append(values["src"])
        elif tag == "link" and values.get("rel") in ("stylesheet", "icon"):
            self.loads.append(values["href"])


def tool(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both languages; any warning of Sphinx is an error."""
    out = tmp_path_factory.mktemp("site") / "docs"
    command = [sys.executable, "tools/docs_site.py", str(out)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text("utf-8")) for path in site.rglob("*.html")}


def test_both_languages_have_the_same_pages(site: Path) -> None:
    """Every page of docs/ and those that the program writes, and a page that leads to either language."""
    names = [
        {path.relative_to(site / language) for path in (site / language).rglob("*.html")} for language in LANGUAGES
    ]
    assert names[0] == names[1]
    sources = {path.stem for path in (ROOT / "docs").glob("*.md") if not path.stem.endswith(".zh-CN")}
    assert sources | {"api", "commands", "learn", "zoo"} <= {path.stem for path in names[0]}
    assert (site / "index.html").exists()


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    """To a file, and to a place on it; relative, so that any folder of any server will do."""
    missing = [f"{path.relative_to(site)}: {link}" for path in pages for link in broken(path, pages)]
    assert missing == []


def broken(path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    for link in pages[path].links:
        parts = urlsplit(link)
        if parts.scheme in ("http", "https") or (path.parent.name in ("learn", "zoo") and parts.fragment):
            continue  # another site's; the places of an explorer are units, made by its script
        file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        known = file.exists() and not parts.path.startswith("/")
        if not known or (parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].places):
            yield link


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    """A file that is not there, a place that is not there, and a link from the root of a server."""
    path = tmp_path / "index.html"
    path.write_text(
        '<a href="gone.html">1</a><a href="#gone">2</a><a href="/index.html">3</a><a id="here" href="#here">4</a>'
    )
    assert list(broken(path, {path: Page(path.read_text())})) == ["gone.html", "#gone", "/index.html"]


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[Path, Page]) -> None:
    """Scripts, styles and pictures are files of the site; neither do styles import others."""
    loads = [load for page in pages.values() for load in page.loads if not load.startswith("data:")]
    assert [load for load in loads if urlsplit(load).netloc or load.startswith("/")] == []
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"@import|url\(['\"]?(?:https?:)?//", styles)


def test_every_page_is_small(pages: dict[Path, Page]) -> None:
    """With its styles, scripts and pictures, compressed; a search has the index to load as well."""
    sizes = {path: weight(path, page) for path, page in pages.items()}
    assert {str(path): size for path, size in sizes.items() if size > MOST_BYTES} == {}


def weight(path: Path, page: Page) -> int:
    local = (urlsplit(load).path for load in page.loads if not load.startswith("data:"))
    files = {path, *((path.parent / unquote(load)).resolve() for load in local)}
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_the_search_knows_the_words_of_the_field(site: Path) -> None:
    """In Chinese they are not cut in two, and in English they are found by their stems."""
    found = [(site / language / "searchindex.js").read_text("utf-8") for language in ("zh", "en")]
    chinese, english = (json.loads(text.removeprefix("Search.setIndex(").rstrip(");\n"))["terms"] for text in found)
    assert [term for term in TERMS if term not in chinese] == []
    assert "recept" in english


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, as by any server of files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("language", "words", "title"),
    [
        ("en", "receptive field", "Receptive fields"),
        ("zh", "感受野", "感受野"),
        ("zh", "步幅", "记法"),
        ("zh", "内置网络的感受野", "内置网络"),
        ("zh", "from_torch", "模型文件"),
    ],
)
def test_a_search_finds_the_page(language: str, words: str, title: str, address: str, browser: Any) -> None:
    """In a browser, in either language; Chinese is written without spaces, and cut into words."""
    wrong = list[str]()
    page = browser.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/{language}/index.html")
    page.fill(".sidebar-search", words)
    page.press(".sidebar-search", "Enter")
    page.locator("#search-results").get_by_role("link", name=title, exact=True).first.wait_for(timeout=10_000)
    page.close()
    assert wrong == []


@pytest.mark.parametrize(
    ("width", "scheme", "names"), [(1280, "light", ("tutorial", "zoo")), (360, "dark", ("api", "learn"))]
)
def test_pages_are_for_everyone(width: int, scheme: str, names: tuple[str, ...], site: Path, browser: Any) -> None:
    """On a phone as on a screen: nothing is wider than the window, and axe-core finds nothing serious."""
    context = browser.new_context(viewport={"width": width, "height": 760}, color_scheme=scheme)
    page = context.new_page()
    for path in (site / language / f"{name}.html" for language in LANGUAGES for name in names):
        page.goto(path.as_uri())
        assert (path.name, violations(page)) == (path.name, [])
        assert (path.name, page.evaluate(WIDER)) == (path.name, 0)
    context.close()


@pytest.mark.parametrize(("language", "words"), [("en", "receptive field"), ("zh", "感受野")])
def test_pages_are_in_their_language(language: str, words: str, site: Path) -> None:
    """Prose, what the program writes, and the words of the theme."""
    for name in ("tutorial", "commands", "zoo"):
        assert words in (site / language / f"{name}.html").read_text("utf-8").lower(), name
    text = (site / language / "index.html").read_text("utf-8")
    assert f'lang="{ {"en": "en", "zh": "zh-CN"}[language] }"' in text


def test_the_zoo_is_shown_whole(site: Path) -> None:
    """Every network has a row, a picture and an explorer, every lesson a picture and a page that moves."""
    from cnncalc.lessons import LESSONS
    from cnncalc.zoo import names

    for folder, shown in (("zoo", names()), ("learn", LESSONS)):
        text = (site / "zh" / f"{folder}.html").read_text("utf-8")
        for name in shown:
            assert f'href="{folder}/{name}.html"' in text
            assert f'src="{folder}/{name}.svg"' in text


def test_the_reference_has_every_public_name(site: Path, pages: dict[Path, Page]) -> None:
    """Once, in both languages, under headings; what a kind is, and what its docstring says, in the reader's own."""
    names = {name for name in cnncalc.__all__ if not name.startswith("_")}
    for language, kind, docstring in (
        ("en", "Convolution: every output position", "The whole answer of"),
        ("zh", "卷积：每个输出位置", "的完整回答"),
    ):
        path = site / language / "api.html"
        documented = [place.rpartition(".")[2] for place in pages[path].places if place.startswith("cnncalc.")]
        assert names <= {*documented}
        text = path.read_text("utf-8")
        assert kind in text
        assert docstring in text
        assert "Alias for field number" not in text


def test_a_public_name_without_a_heading_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the reference can't lose one; kinds and errors stand where those that they derive from do."""
    generated = tool("docs_generated", monkeypatch)
    assert {"Conv", "GLU"} <= {*generated.sections()["Layer kinds"]}
    monkeypatch.setitem(generated.SECTIONS, "The proof", "run Verdict")
    with pytest.raises(SystemExit, match="verify stands under no heading"):
        generated.sections()


def test_what_lacks_a_translation_is_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every page as it stands, and without writing anything; a page without a catalogue is all untranslated."""
    catalogues = tool("docs_catalogues", monkeypatch)
    monkeypatch.setattr(sys, "argv", ["docs_catalogues.py", "--count"])
    before = {path: path.read_bytes() for path in (ROOT / "docs" / "locale").rglob("*.po")}
    catalogues.main()
    lines = capsys.readouterr().out.splitlines()
    counts = re.findall(r"^(.+): (\d+) of (\d+) messages untranslated, (\d+) of them changed$", "\n".join(lines), re.M)
    assert len(counts) == len(lines) == len({*before}) + 1
    pages, [everything] = counts[:-1], counts[-1:]
    assert [sum(int(page[place]) for page in pages) for place in (1, 2, 3)] == list(map(int, everything[1:]))
    assert {path: path.read_bytes() for path in before} == before
    monkeypatch.setattr(catalogues, "CATALOGUES", ROOT / "nowhere")
    total, untranslated, changed = catalogues.lacking("tutorial", catalogues.extracted()["tutorial"])
    assert (total == untranslated > 40, changed) == (True, 0)


@pytest.mark.parametrize("page", ["coursework", "tutorial"])
def test_the_chinese_page_beside_the_english_one_is_made_of_the_catalogue(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By python tools/docs_catalogues.py, so that there is one source."""
    catalogues = tool("docs_catalogues", monkeypatch)
    assert (ROOT / "docs" / f"{page}.zh-CN.md").read_text("utf-8") == catalogues.beside(page)


def test_a_changed_paragraph_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts as changed, keeps its old translation to start from, and is not shown until somebody looked."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    catalogues = tool("docs_catalogues", monkeypatch)
    template = Catalog(locale="zh_CN")
    for message in catalogues.read(catalogues.CATALOGUES / "tutorial.po"):
        if message.id:
            template.add(message.id.replace("Nothing is assumed but", "All that is assumed is"))
    content = read_po(BytesIO(catalogues.merged("tutorial", template, {})))
    changed = [message for message in content if message.id and message.fuzzy]
    assert ["All that is assumed" in str(message.id) for message in changed] == [True]
    assert changed[0].string


def test_what_another_page_says_in_the_same_words_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what a layer kind is, is translated once; a translation that is there stays."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    catalogues = tool("docs_catalogues", monkeypatch)
    known = catalogues.messages("index", "zh")
    template = Catalog(locale="zh_CN")
    for message in ("Tutorial", "Install"):
        template.add(message)
    content = read_po(BytesIO(catalogues.merged("tutorial", template, {**known, "Install": "other"})))
    assert {message.id: message.string for message in content if message.id} == {
        "Tutorial": known["Tutorial"],
        "Install": catalogues.messages("tutorial", "zh")["Install"],
    }


@pytest.mark.parametrize(
    ("message", "expected"),
    [("Branches", True), ("a `conv`", True), ("`conv`, `fc`", False), ("1,792", False), ("[`x`](y.md)", False)],
)
def test_what_has_words_is_to_be_translated(message: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, numbers and where links lead are the same in every language."""
    assert tool("docs_catalogues", monkeypatch).translatable(message) is expected
