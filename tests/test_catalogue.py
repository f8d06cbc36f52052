"""The translations: every text has one, with the same fields, compiled into what the program reads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cnncalc.language import LANGUAGES, LOCALE
from tests.programs import load_program

catalogue = load_program("tools/catalogue.py")
CATALOGUES = sorted(Path(LOCALE).glob("*/LC_MESSAGES/cnncalc.po"))


def test_every_language_has_a_catalogue() -> None:
    """There is one for each language but English, which is in the source."""
    assert {po.parent.parent.name for po in CATALOGUES} == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parent.parent.name)
def test_catalogues_are_those_of_the_source(po: Path) -> None:
    """A catalogue holds exactly the texts of the source, and its compiled file is what it compiles to."""
    assert not catalogue.stale(po, catalogue.extracted()), "run python tools/catalogue.py"


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parent.parent.name)
def test_every_text_is_translated(po: Path) -> None:
    """No text lacks its translation, and a translation has the fields of its original."""
    missing = [message.id for message in catalogue.untranslated(po)]
    assert not missing, f"{len(missing)} texts, the first of them {missing[:3]}"


def marked(path: Path) -> set[str]:
    """Every text in a source file that is given to what marks one, wherever the call stands."""
    return {
        argument.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in catalogue.KEYWORDS
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_babel_finds_what_python_runs() -> None:
    """Every marked text is in the template, also where Babel does not look, as within the fields of an f-string."""
    template = {form for message in catalogue.extracted() if message.id for form in catalogue.forms(message.id)}
    assert set().union(*(marked(path) for path in catalogue.PACKAGE.rglob("*.py"))) == template


def test_a_text_within_an_f_string_is_found(tmp_path: Path) -> None:
    """The check above sees what Babel may not."""
    (tmp_path / "code.py").write_text("print(f\"{_('input')} 1\")\n")
    assert marked(tmp_path / "code.py") == {"input"}


def test_a_new_text_and_a_lost_field_are_noticed(tmp_path: Path) -> None:
    """The checks fail for a text that is not in the catalogue, for one without translation, and for a lost field."""
    package = tmp_path / "cnncalc"
    folder = package / "locale" / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "cnncalc.po"
    (package / "code.py").write_text('_("{count} layers")\nN_("help")\n')
    template = catalogue.extracted(package)
    po.write_text("")
    assert catalogue.stale(po, template)
    catalogue.write(po, template)
    assert not catalogue.stale(po, template)
    assert {message.id for message in catalogue.untranslated(po)} == {"{count} layers", "help"}
    text = po.read_text("utf-8").replace('msgid "help"\nmsgstr ""', 'msgid "help"\nmsgstr "帮助"')
    po.write_text(text.replace('layers"\nmsgstr ""', 'layers"\nmsgstr "{number} 层"'), "utf-8")
    assert {message.id for message in catalogue.untranslated(po)} == {"{count} layers"}
    assert catalogue.stale(po, template)  # the .mo has not been compiled


def test_a_text_with_a_plural_keeps_its_fields_in_every_form(tmp_path: Path) -> None:
    """Both forms are one entry; Chinese has one form, and it is noticed when that lacks the field."""
    package = tmp_path / "cnncalc"
    folder = package / "locale" / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "cnncalc.po"
    (package / "code.py").write_text(
        'ngettext("{count} filter", "{count} filters", 1)\nNN_("a cell", "{count} cells")\n'
    )
    template = catalogue.extracted(package)
    catalogue.write(po, template)
    text = po.read_text("utf-8")
    assert text.count("msgstr[0]") == 2
    assert "msgstr[1]" not in text
    for entry, translation in (("filters", "{count} 个卷积核"), ("cells", "几个格")):
        text = text.replace(f'{entry}"\nmsgstr[0] ""', f'{entry}"\nmsgstr[0] "{translation}"')
    po.write_text(text, "utf-8")
    assert {message.id for message in catalogue.untranslated(po)} == {("a cell", "{count} cells")}
