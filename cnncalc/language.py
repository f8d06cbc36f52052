"""The language the program speaks: gettext catalogues under ``locale/``, English where there is none.

Text is marked with ``_("…")`` where it stands. Labels, help and explanations are translated; data, keys and
exit codes never are.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

NAMES = {"en": "English", "zh": "中文"}
"""The languages there are, as their speakers call them: English is in the source, the others under ``locale/``."""

LANGUAGES = tuple(NAMES)
"""The codes of the languages."""

_CALLED = {**{code: code for code in NAMES}, **{name.lower(): code for code, name in NAMES.items()}}
_CALLED |= {"cn": "zh", "chinese": "zh"}

LOCALE = os.path.join(os.path.dirname(__file__), "locale")
_VARIABLES = ("CNNCALC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_translations: gettext.NullTranslations | None = None
_language = ""


def code(text: str) -> str:
    """The language that somebody means; nothing where it is unknown.

    >>> code("zh-CN"), code("zh_CN.UTF-8"), code("cn"), code("EN"), code("fr")
    ('zh', 'zh', 'zh', 'en', '')
    """
    return _CALLED.get(text.strip().lower().replace("_", "-").split(".")[0].split("-")[0], "")


def preferred() -> str:
    """The language of the environment: ``CNNCALC_LANG`` over the locale, English where it is unknown.

    >>> preferred() in LANGUAGES
    True
    """
    named = next((value for name in _VARIABLES if (value := os.environ.get(name))), "")
    return code(named) or "en"


def speak(language: str) -> None:
    """Use ``language`` (one of `LANGUAGES`) from here on."""
    global _translations, _language
    _translations, _language = _catalogue(language), language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use a language for a while, as for data, which are in English whoever asks.

    >>> with speaking("zh"):
    ...     _("yes")
    '是'
    """
    before = _language or preferred()
    speak(language)
    try:
        yield
    finally:
        speak(before)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("cnncalc", LOCALE, [language], fallback=True)


def language() -> str:
    """The language in use.

    >>> language() in LANGUAGES
    True
    """
    return _language or preferred()


def translated(text: str, language: str) -> str:
    """``text`` in a language that need not be the one in use: for pages that speak several.

    >>> translated("input", "en")
    'input'
    """
    return _catalogue(language).gettext(text)


def _(text: str) -> str:
    """``text`` in the language in use."""
    if _translations is None:
        speak(preferred())
    return _translations.gettext(text) if _translations else text


def N_(text: str) -> str:
    """``text`` marked for translation where it stands, and translated with `_` where it is shown.

    For what is written once, when a module is imported, before it is known who reads it: tables and help texts.

    >>> N_("kernel size")
    'kernel size'
    """
    return text


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that goes with ``count``, in the language in use, which may have more forms or fewer.

    >>> ngettext("{count} filter", "{count} filters", 1)
    '{count} filter'
    """
    if _translations is None:
        speak(preferred())
    if _translations:
        return _translations.ngettext(one, many, count)
    return one if count == 1 else many


def counted(words: str | tuple[str, str], count: int) -> str:
    """A text marked with `N_`, or the form of one marked with `NN_` that goes with ``count``.

    >>> counted("parameters", 1), counted(("{count} filter", "{count} filters"), 2)
    ('parameters', '{count} filters')
    """
    return _(words) if isinstance(words, str) else ngettext(*words, count)


def NN_(one: str, many: str) -> tuple[str, str]:
    """Both forms of a text marked for translation where they stand; `ngettext` chooses where it is shown.

    >>> NN_("{count} filter", "{count} filters")
    ('{count} filter', '{count} filters')
    """
    return one, many
