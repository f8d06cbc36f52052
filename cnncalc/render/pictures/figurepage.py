"""A page around a figure that stands still, in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from cnncalc.language import language
from cnncalc.render.pictures.page import page
from cnncalc.render.pictures.style import dark_rules

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def html(drawings: Mapping[str, str], theme: str = "auto") -> str:
    """The page of a drawing, which is there in every language; dark for who prefers that, unless the theme says."""
    titles = {spoken: unescape(_TITLE.findall(drawing)[0]) for spoken, drawing in drawings.items()}
    rules = dark_rules("".join(drawings.values())).replace("@media ", "@media screen and ") if theme == "auto" else ""
    data = {"drawings": drawings, "titles": titles}
    return page(titles[language()], "", "figure.html", ("figure.css",), ("figure.js",), {}, data, theme, rules=rules)
