"""Keep the Chinese catalogues of ``docs/`` up to date, and say how much of every page lacks a translation.

``python tools/docs_catalogues.py`` takes new and changed paragraphs into ``docs/locale/zh_CN/LC_MESSAGES/PAGE.po``, where a
changed one is marked ``fuzzy`` until somebody has looked at it, and writes the Chinese pages that stand beside the English
ones (``*.zh-CN.md``). ``--count`` writes nothing, and says the same of the pages as they stand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from docs_generated import api
from docs_site import DOCS, sphinx, workspace

CATALOGUES = DOCS / "locale" / "zh_CN" / "LC_MESSAGES"
BESIDE = ("coursework", "tutorial")
"""Pages whose Chinese text is committed too, to be read without the site; their code blocks are translated as well."""

MADE = ("commands", "learn", "zoo")
"""Pages that the program writes in either language; the API is translated as the pages in ``docs/`` are."""

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```$", re.M | re.S)
SWITCH = re.compile(r"^\[(?:中文|English)\]\(\w+(?:\.zh-CN)?\.md\)\n\n", re.M)
UNSTABLE = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Project-Id-Version|Report-Msgid-Bugs-To|Last-Translator'
    rb"|Language-Team): .*\n",
    re.M,
)
"""What the head of a catalogue says of who wrote it when, and with what."""

UNSAID = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+|&\w+;")
"""What of a message is the same in every language: code, and where links lead."""


def without_switch(text: str) -> str:
    """A page without the link to itself in the other language."""
    return SWITCH.sub("", text)


def code_of(text: str) -> set[str]:
    """The contents of a page's code blocks."""
    return set(FENCE.findall(text))


def read(path: Path) -> Catalog:
    """A catalogue, or an empty one."""
    return read_po(BytesIO(path.read_bytes()), locale="zh_CN") if path.exists() else Catalog(locale="zh_CN")


def messages(page: str, language: str) -> dict[str, str]:
    """What stands for what on a page, in the order of the page; without what is not translated or only guessed."""
    if language == "en":
        return {}
    return {
        str(each.id): str(each.string)
        for each in read(CATALOGUES / f"{page}.po")
        if each.id and each.string and not each.fuzzy
    }


def put(text: str, messages: Mapping[str, str], code: bool = False) -> str:
    """A page with every message replaced, or those of its code blocks alone.

    >>> put("# One\\n\\ntwo\\nwords\\n", {"One": "一", "two words": "两个词"})
    '# 一\\n\\n两个词\\n'
    """
    blocks = code_of(text)
    for message, translation in messages.items():
        if message in blocks:
            text = text.replace(f"\n{message}```\n", f"\n{translation}```\n")
        elif not code:
            words = r"(?:\s+|\n>? *)".join(map(re.escape, message.split()))
            text = re.sub(rf"(?<![\w`]){words}(?![\w`])", lambda _match, said=translation: said, text, count=1)
    return text


def translatable(message: str) -> bool:
    """Whether a message has words, beside code and where links lead.

    >>> translatable("`conv`, `fc`"), translatable("1,792"), translatable("a `conv`")
    (False, False, True)
    """
    if message.startswith(">>> "):  # Sphinx tidies the code of a session
        return False
    return bool(re.search(r"[^\W\d_]", UNSAID.sub("", message)))


def extracted() -> dict[str, Catalog]:
    """What there is to translate on every page, as it stands now."""
    with TemporaryDirectory() as folder:
        pages = workspace(Path(folder), "en", {"api.rst": api(), **{f"{name}.md": f"# {name}\n" for name in MADE}})
        sphinx(pages, Path(folder) / "pot", "gettext", "en")
        found = {path.stem: read(path) for path in sorted((Path(folder) / "pot").glob("*.pot"))}
    return {page: kept(page, catalogue) for page, catalogue in found.items() if page not in (*MADE, "sphinx")}


def kept(page: str, catalogue: Catalog) -> Catalog:
    """The messages that are for people, and code where it is translated too."""
    path = DOCS / f"{page}.md"
    code = code_of(path.read_text("utf-8")) if path.exists() else set()
    chosen = Catalog(locale="zh_CN", project="cnncalc", fuzzy=False)
    for each in catalogue:
        if each.id and (page in BESIDE if each.id in code else translatable(each.id)):
            chosen.add(each.id)
    return chosen


def merged(page: str, template: Catalog, known: Mapping[str, str]) -> bytes:
    """The catalogue of a page brought up to date: what is there stays, what changed is guessed and marked.

    What another page says in the same words is ``known``, such as what a layer kind is.
    """
    catalogue = read(CATALOGUES / f"{page}.po")
    catalogue.update(template, update_header_comment=False, update_creation_date=False)
    for each in catalogue:
        if each.id in known and (each.fuzzy or not each.string):
            each.string = known[str(each.id)]
            each.flags.discard("fuzzy")
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = f"# The Chinese of docs/{page}.md; kept up to date by python tools/docs_catalogues.py"
    out = BytesIO()
    write_po(out, catalogue, width=100)
    return UNSTABLE.sub(b"", out.getvalue())


def beside(page: str) -> str:
    """The Chinese text of a page, made of the English one and its catalogue."""
    english = (DOCS / f"{page}.md").read_text("utf-8")
    text = put(english.replace(f"[中文]({page}.zh-CN.md)", f"[English]({page}.md)"), messages(page, "zh"))
    return re.sub(rf"\((?:{'|'.join(BESIDE)})(?=\.md\))", lambda match: f"{match[0]}.zh-CN", text).replace(
        f"[English]({page}.zh-CN.md)", f"[English]({page}.md)"
    )


def lacking(page: str, template: Catalog) -> tuple[int, int, int]:
    """How many messages a page has now, how many are untranslated, and how many of those stood otherwise before."""
    wanted = {str(each.id) for each in template if each.id}
    fuzzy = {str(each.id) for each in read(CATALOGUES / f"{page}.po") if each.id and each.fuzzy}
    return len(wanted), len(wanted - messages(page, "zh").keys()), len(wanted & fuzzy)


def main() -> None:
    """Bring the files up to date, except with ``--count``; then say what lacks a translation."""
    templates = extracted()
    if "--count" not in sys.argv:
        CATALOGUES.mkdir(parents=True, exist_ok=True)
        known = {message: said for page in templates for message, said in messages(page, "zh").items()}
        for page, template in templates.items():
            (CATALOGUES / f"{page}.po").write_bytes(merged(page, template, known))
        for page in BESIDE:
            (DOCS / f"{page}.zh-CN.md").write_text(beside(page), "utf-8")
    counts = {page: lacking(page, template) for page, template in templates.items()}
    counts["all pages"] = tuple(map(sum, zip(*counts.values(), strict=True)))
    for page, (total, untranslated, changed) in counts.items():
        print(f"{page}: {untranslated} of {total} messages untranslated, {changed} of them changed")


if __name__ == "__main__":
    main()
