"""Bring the translation catalogues up to date with the source, or check that they are (``--check``).

Run ``python tools/catalogue.py`` after changing a text, translate what it names in the ``.po`` file, and run it again:
it also compiles the ``.mo`` that the program reads. Babel does the work; both files belong into the repository, so
that a plain ``pip install`` needs nothing to build them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "cnncalc"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "NN_": (1, 2)}
"""What marks a text in the source; see `cnncalc.language`."""
Text = str | tuple[str, ...]
HEADER = "# Translations of cnncalc; python tools/catalogue.py keeps them up to date."
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # not today, so that a file only changes when a text does


def extracted(package: Path = PACKAGE) -> Catalog:
    """Every text that the source marks, with the files it stands in."""
    catalog = Catalog(project="cnncalc", charset="utf-8")
    for name, _line, text, comments, context in extract_from_dir(package, keywords=KEYWORDS, comment_tags=("i18n:",)):
        catalog.add(text, locations=[(f"cnncalc/{name}", 0)], auto_comments=comments, context=context)
    return catalog


def texts(path: Path) -> dict[Text, Text]:
    """Text and translation of every entry of a ``.po`` or ``.mo`` file; nothing for one that is not there.

    A text with a plural is a tuple of its forms.
    Compared instead of the files' bytes, in which Babel writes its own version.
    """
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file) if path.suffix == ".po" else read_mo(file)
    return {_text(message.id): _text(message.string) for message in catalog if message.id}


def _text(text: str | Sequence[str]) -> Text:
    return text if isinstance(text, str) else tuple(text)


def updated(po: Path, template: Catalog) -> Catalog:
    """The catalogue that ``po`` has to hold: the template's texts, with the translations there are."""
    old = texts(po)
    catalog = Catalog(po.parent.parent.name, project="cnncalc", charset="utf-8", fuzzy=False, header_comment=HEADER)
    catalog.creation_date = catalog.revision_date = BEGINNING
    for message in template:
        if message.id:
            catalog.add(message.id, old.get(message.id, ""), message.locations, message.flags, message.auto_comments)
    return catalog


def stale(po: Path, template: Catalog) -> bool:
    """Whether ``po`` lacks a text of the source or has one too many, or its ``.mo`` is not what it compiles to."""
    translated = {text: translation for text, translation in texts(po).items() if any(forms(translation))}
    return (
        set(texts(po)) != {_text(message.id) for message in template if message.id}
        or texts(po.with_suffix(".mo")) != translated
    )


def write(po: Path, template: Catalog) -> None:
    """Bring ``po`` up to date and compile it."""
    catalog = updated(po, template)
    with po.open("wb") as file:
        write_po(file, catalog, sort_output=True, include_lineno=False, width=120)
    with po.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def untranslated(po: Path) -> list[Message]:
    """The texts of ``po`` that have no translation, or one whose ``{fields}`` are not the original's."""
    with po.open("rb") as file:
        catalog = read_po(file)
    return [message for message in catalog if message.id and not _good(message)]


def _good(message: Message) -> bool:
    translations = forms(message.string)
    whole = set().union(*map(fields, forms(message.id)))  # one may say "a filter" where many say "{count} filters"
    return not message.fuzzy and all(form and fields(form) == whole for form in translations)


def forms(text: Text) -> tuple[str, ...]:
    """The forms of a text with a plural, or the one of any other."""
    return (text,) if isinstance(text, str) else tuple(text)


def fields(text: str) -> set[str]:
    """The named fields of a format string."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}


def main() -> int:
    """Write the catalogues, or compare them; 1 if something is missing."""
    template = extracted()
    failed = False
    for po in sorted(PACKAGE.glob("locale/*/LC_MESSAGES/cnncalc.po")):
        name = po.relative_to(PACKAGE.parent)
        if "--check" not in sys.argv:
            write(po, template)
        elif stale(po, template):
            print(f"{name} is out of date: run python tools/catalogue.py")
            failed = True
        for message in untranslated(po):
            print(f"{name}: no translation of {message.id!r}")
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
