"""The language the program speaks: gettext catalogues under ``locale/``, English where there is none.

Text is marked with ``_("…")`` where it stands. Labels, help and explanations are translated; data, keys and
exit codes never are.
"""

from __future__ import annotations

import gettext
import os

LANGUAGES = ("en", "zh")
"""The languages there are: English is in the source, the others are catalogues under ``locale/``."""

LOCALE = os.path.join(os.path.dirname(__file__), "locale")
_VARIABLES = ("CNNCALC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_translations: gettext.NullTranslations | None = None


def preferred() -> str:
    """The language of the environment: ``CNNCALC_LANG`` over the locale, English where it is unknown.

    >>> preferred() in LANGUAGES
    True
    """
    named = next((value for name in _VARIABLES if (value := os.environ.get(name))), "")
    return "zh" if named.lower().startswith("zh") else "en"


def speak(language: str) -> None:
    """Use ``language`` (one of `LANGUAGES`) from here on."""
    global _translations
    _translations = gettext.translation("cnncalc", LOCALE, [language], fallback=True)


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
