"""Pages: one file of HTML that needs no network and runs no code but its own, in all languages, on light and dark paper."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from cnncalc.language import LANGUAGES, NAMES, _, language, translated
from cnncalc.render.pictures.style import FONT, variables
from cnncalc.render.pictures.svg import escape

_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*"|`[^`]*`)')
_SPACES = re.compile(r"\s*([-=+*/?:&|<>,;!{}()\[\]])\s*")


def page(
    title: str,
    about: str,
    body: str,
    styles: Iterable[str],
    scripts: Iterable[str],
    words: Mapping[str, str],
    data: Mapping[str, Any],
    theme: str = "auto",
    *,
    rules: str = "",
) -> str:
    """A page from files of this folder: its ``body``, ``styles`` and ``scripts``.

    What stands in the body before ``<main>`` are tools that go into the head of the page.
    ``words`` are texts marked for translation, by the name that scripts have for them; the page begins in the language
    in use. ``data`` is what the scripts read, ``theme`` light, dark, or auto for the reader's choice, and ``rules`` more of
    the style. Everything is ASCII, so that no stream can change code that is known by its hash.
    """
    tools, main = resource(body).split("<main>\n")
    style = styled(("page.css", *styles), theme) + rules
    script = f"(()=>{{{''.join(compact(resource(name)) for name in ('page.js', *scripts))}}})()"
    whole = _filled(
        resource("page.html"),
        language=language(),
        title=escape(title),
        about=escape(about),
        tools=tools,
        body=main,
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_embedded(data, words),
        noscript=escape(_("this page draws with a script of its own: allow it, or ask for the answer as a table")),
    )
    return whole.encode("ascii", "xmlcharrefreplace").decode()


def resource(name: str) -> str:
    """A file of this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def styled(names: Iterable[str], theme: str) -> str:
    """The variables of the theme, on paper those of light, and the rules of the files."""
    light, dark = (f":root{{color-scheme:{one};{variables(one)}}}" for one in ("light", "dark"))
    asked = {"auto": f"@media screen and (prefers-color-scheme:dark){{{dark}}}", "dark": f"@media screen{{{dark}}}"}
    rules = "".join(line for name in names for line in resource(name).splitlines())
    return f"{light}{asked.get(theme, '')}:root{{--font:{FONT}}}{rules}"


def compact(script: str) -> str:
    """A script as a page carries it: without comments that stand in lines of their own, without needless space.

    Statements end in semicolons and strings in the line they begin in, so that this is all there is to it.

    >>> compact("// adds\\nconst add = (a, b) => a + b; // both\\nsay(`a + ${1}`);")
    'const add=(a,b)=>a+b;say(`a + ${1}`);'
    """
    lines = (re.sub(r" // .*", "", line.strip()) for line in script.splitlines())
    pieces = _STRINGS.split("\n".join(line for line in lines if not line.startswith("//")))
    code = "".join(piece if place % 2 else _SPACES.sub(r"\1", piece) for place, piece in enumerate(pieces))
    return code.encode("ascii", "backslashreplace").decode()


def _hash(code: str) -> str:
    """What a content security policy knows a piece of code by, so that no other runs."""
    return f"sha256-{b64encode(sha256(code.encode()).digest()).decode()}"


def _filled(template: str, **parts: str) -> str:
    """The template with its places filled in one go: what is put in is not looked at again."""
    return re.sub(r"\{(\w+)\}", lambda place: parts[place[1]], template)


def _embedded(data: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """What scripts read, as JSON that no name can end early."""
    texts = {one: {key: translated(text, one) for key, text in words.items()} for one in LANGUAGES}
    text = json.dumps({**data, "language": language(), "languages": NAMES, "texts": texts}, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
