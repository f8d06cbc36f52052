"""Keep the Chinese catalogues of ``docs/`` up to date, and say how much of every page lacks a translation.

``python tools/docs_catalogues.py`` takes new and changed paragraphs into ``docs/locale/zh_CN/LC_MESSAGES/PAGE.po``, where a
changed one is marked ``fuzzy`` until somebody has looked at it, and writes the Chinese pages that stand beside the English
ones (``*.zh-CN.md``). ``--check`` writes nothing: 1 if that is to be done.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from docs_site import DOCS, sphinx, workspace

CATALOGUES = DOCS / "locale" / "zh_CN" / "LC_MESSAGES"
BESIDE = ("coursework", "tutorial")
"""Pages whose Chinese text is committed too, to be read without the site; their code blocks are translated as well."""

MADE = ("api", "commands", "learn", "zoo")
"""Pages that the program writes in either language."""

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
        pages = workspace(Path(folder), "en", {name: f"# {name}\n" for name in MADE})
        sphinx(pages, Path(folder) / "pot", "gettext", "en")
        found = {path.stem: read(path) for path in sorted((Path(folder) / "pot").glob("*.pot"))}
    return {page: kept(page, catalogue) for page, catalogue in found.items() if page not in (*MADE, "sphinx")}


def kept(page: str, catalogue: Catalog) -> Catalog:
    """The messages that are for people, and code where it is translated too."""
    code = code_of((DOCS / f"{page}.md").read_text("utf-8"))
    chosen = Catalog(locale="zh_CN", project="cnncalc", fuzzy=False)
    for each in catalogue:
        if each.id and (page in BESIDE if each.id in code else translatable(each.id)):
            chosen.add(each.id)
    return chosen


def merged(page: str, template: Catalog) -> bytes:
    """The catalogue of a page brought up to date: what is there stays, what changed is guessed and marked."""
    catalogue = read(CATALOGUES / f"{page}.po")
    catalogue.update(template, update_header_comment=False, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = f"# The Chinese of docs/{page}.md; kept up to date by python tools/docs_catalogues.py"
    out = BytesIO()
    write_po(out, catalogue, width=100, include_previous=True)
    return UNSTABLE.sub(b"", out.getvalue())


def up_to_date() -> Iterator[tuple[Path, bytes]]:
    """Every file that is written here, with what it has to hold."""
    for page, template in extracted().items():
        yield CATALOGUES / f"{page}.po", merged(page, template)


def beside(page: str) -> str:
    """The Chinese text of a page, made of the English one and its catalogue."""
    english = (DOCS / f"{page}.md").read_text("utf-8")
    text = put(english.replace(f"[中文]({page}.zh-CN.md)", f"[English]({page}.md)"), messages(page, "zh"))
    return re.sub(rf"\((?:{'|'.join(BESIDE)})(?=\.md\))", lambda match: f"{match[0]}.zh-CN", text).replace(
        f"[English]({page}.zh-CN.md)", f"[English]({page}.md)"
    )


def lacking() -> dict[str, tuple[int, int, int]]:
    """For every page how many messages there are, and how many of them are untranslated, or to be looked at again."""
    counts = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        each: list[Any] = [message for message in read(path) if message.id]
        fuzzy = sum(message.fuzzy for message in each)
        counts[path.stem] = (len(each), sum(not message.string for message in each), fuzzy)
    return counts


def main() -> int:
    """Write, or compare; then say what lacks a translation."""
    check = "--check" in sys.argv
    stale = [path for path, content in up_to_date() if write(path, content, check)]
    stale += [path for page in BESIDE if write(path := DOCS / f"{page}.zh-CN.md", beside(page).encode(), check)]
    for page, (total, untranslated, fuzzy) in lacking().items():
        if untranslated or fuzzy:
            print(f"{page}: {untranslated} of {total} messages untranslated, {fuzzy} changed since")
    totals = [sum(numbers) for numbers in zip(*lacking().values(), strict=True)]
    print("all pages: {1} of {0} messages untranslated, {2} changed since".format(*totals))
    if check and stale:
        print("out of date, run python tools/docs_catalogues.py:", *(path.name for path in stale))
    return int(check and bool(stale))


def write(path: Path, content: bytes, check: bool) -> bool:
    """Whether a file has another content, which it then gets, except to check."""
    if path.exists() and path.read_bytes() == content:
        return False
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return True


if __name__ == "__main__":
    sys.exit(main())
