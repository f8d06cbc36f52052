"""Build the pages of ``docs/`` with Sphinx, in every language, into a folder: ``python tools/docs_site.py FOLDER [PAGE]``.

PAGE is where the page that calculates is, seen from the folder; every page links to it then.
What the program can say itself (its commands, the zoo, the lessons) is written by it, in the language of the page;
all else is translated by the catalogues in ``docs/locale/``, which ``tools/docs_catalogues.py`` keeps up to date.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""The folder of each language, as the program calls it, and what Sphinx calls it."""

CHOICE = """\
<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>cnncalc</title>
<p><a href="en/index.html">cnncalc, the documentation</a></p><p lang="zh-CN"><a href="zh/index.html">cnncalc 文档</a></p></html>
"""


def workspace(folder: Path, language: str, made: Mapping[str, str]) -> Path:
    """A copy of the pages for Sphinx, with the pages ``made`` by the program and the code blocks of ``language``."""
    from docs_catalogues import messages, put, without_switch

    pages = folder / "docs"
    shutil.copytree(DOCS, pages, ignore=shutil.ignore_patterns("*.zh-CN.md", "__pycache__"))
    (pages / "_extra").mkdir(exist_ok=True)
    (folder / "cnncalc").symlink_to(ROOT / "cnncalc")
    for page in pages.glob("*.md"):
        text = without_switch(page.read_text("utf-8"))
        page.write_text(put(text, messages(page.stem, language), code=True), "utf-8")
    for name, text in made.items():
        (pages / name).write_text(text, "utf-8")
    return pages


def sphinx(pages: Path, out: Path, builder: str, language: str, page: str = "") -> None:
    """Run Sphinx; any warning is an error."""
    from sphinx.cmd.build import build_main

    options = ["-q", "-W", "--keep-going", "-b", builder, "-D", f"language={LANGUAGES[language]}", "-E"]
    options += ["-A", f"playground=../{page}"] if page else []
    if build_main([*options, "-d", str(pages.parent / "doctrees"), str(pages), str(out)]):
        raise SystemExit(f"the pages in {language} could not be built")


def reachable(text: str) -> str:
    """A page as Sphinx made it, for keyboards and screen readers: blocks of code can be scrolled, headings have a level.

    >>> reachable('<p class="caption" role="heading"><pre>')
    '<p class="caption" role="heading" aria-level="2"><pre tabindex="0">'
    """
    return text.replace(' role="heading">', ' role="heading" aria-level="2">').replace("<pre>", '<pre tabindex="0">')


def build(out: Path, language: str, page: str = "") -> None:
    """The site in one language, in ``out/LANGUAGE``, written anew; ``page`` is the one that calculates, seen from ``out``."""
    from docs_generated import generated

    with TemporaryDirectory() as folder:
        extra = Path(folder) / "extra"
        extra.mkdir()
        pages = workspace(Path(folder), language, generated(language, extra))
        shutil.copytree(extra, pages / "_extra", dirs_exist_ok=True)
        shutil.rmtree(out / language, ignore_errors=True)
        sphinx(pages, out / language, "html", language, page)
    for left in (".buildinfo", "objects.inv"):
        (out / language / left).unlink(missing_ok=True)
    for file in (out / language).glob("*.html"):
        file.write_text(reachable(file.read_text("utf-8")), "utf-8")


def main() -> None:
    """All languages, and a page that leads to each."""
    out, page = Path(sys.argv[1]).resolve(), "".join(sys.argv[2:])
    out.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        build(out, language, page)
    (out / "index.html").write_text(CHOICE, "utf-8")


if __name__ == "__main__":
    main()
