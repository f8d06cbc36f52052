"""How pictures look: one table of roles from which the attributes of SVG and the variables of pages are made."""

from __future__ import annotations

import re
from math import fsum
from typing import NamedTuple


class Role(NamedTuple):
    """The colour of one meaning, on light paper and on dark."""

    light: str
    dark: str


ROLES: dict[str, Role] = {
    "paper": Role("#ffffff", "#16181b"),
    "ink": Role("#1c1e21", "#e9eaec"),
    "quiet": Role("#5f6670", "#a0a7b1"),
    "line": Role("#d3d7dc", "#3a3f46"),
    "row": Role("#f3f4f6", "#212429"),
    "read": Role("#0072b2", "#56b4e9"),
    "focus": Role("#e69f00", "#f0b429"),
    "above": Role("#d55e00", "#f0803c"),
    "below": Role("#0072b2", "#56b4e9"),
    "conv": Role("#009e73", "#2fc79a"),
    "local": Role("#cc79a7", "#e29bc4"),
    "dense": Role("#c6cad0", "#7d848e"),
    "onbar": Role("#15171a", "#15171a"),
}
"""What each colour means. The hues are those of Okabe and Ito, which colour-blind people can tell apart.

``read`` is what a unit really reads, ``focus`` the chosen unit or window, ``above`` and ``below`` are signed values
beside 0, ``conv``, ``local`` and ``dense`` the three kinds of layer, and ``onbar`` is text on any of these bars.
"""

DETECTORS: tuple[Role, ...] = (
    Role("#e8a010", "#f2bc50"),
    Role("#58b4ea", "#7cc8f4"),
    Role("#00a078", "#38d0a4"),
    Role("#d8c400", "#f0e442"),
    Role("#0074b8", "#3c94e0"),
    Role("#d86010", "#f08848"),
    Role("#ce7caa", "#e8a0cc"),
    Role("#8a919b", "#98a0aa"),
    Role("#7a4e9c", "#b084d4"),
)
"""The colours of detectors that every place has its own of; each is told apart by its letter too."""

ROLES |= {f"detector{place}": role for place, role in enumerate(DETECTORS)}

FONT = (
    '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, '
    '"DejaVu Sans", "Liberation Sans", Arial, sans-serif'
)
"""One face for everything, with Chinese. Browsers go no further than `system-ui`, which is no name to what makes PNG and
PDF; `sans-serif` is but Arial there, and where no named face is found no text is drawn at all."""

TITLE, NAME, NUMBER, NOTE = 20, 16, 17, 12.5
"""Sizes of text on a drawing 960 wide."""

NORMAL, STRONG = 400, 600
"""The two weights."""

COLOURED = ("fill", "stroke")
"""The attributes that have a role's colour."""

BROADER = 1.06
"""How much wider strong text is."""

_OWN = {
    **dict.fromkeys("ijlt.,:;'|!()[]{}f ", 0.32),
    **dict.fromkeys("mwMW%@—", 0.9),
    **dict.fromkeys("·…", 1),  # faces with Chinese set them as wide as a Chinese sign
}


def width(text: str, size: float, *, strong: bool = False) -> float:
    """About how wide ``text`` is in a sans face of ``size``; nothing may need it exactly.

    >>> width("1,792", 10), width("卷积", 10), width("卷积", 10, strong=True)
    (25.6, 20.0, 21.2)
    """
    # fsum: what sum gives of floats depends on the version of Python
    return round(size * (BROADER if strong else 1) * fsum(_width(sign) for sign in text), 1)


def _width(sign: str) -> float:
    if sign >= "\u2e80":
        return 1.0
    return _OWN.get(sign, 0.66 if sign.isupper() else 0.56)


def variables(theme: str) -> str:
    """The roles as CSS variables of one theme, ``light`` or ``dark``.

    >>> variables("light").split(";")[0]
    '--paper:#ffffff'
    """
    return ";".join(f"--{name}:{getattr(role, theme)}" for name, role in ROLES.items())


def dark_rules(drawing: str) -> str:
    """The style that turns a drawing dark where its reader prefers that, for the colours that it has.

    >>> dark_rules('<path fill="#ffffff"/>')
    '@media (prefers-color-scheme:dark){[fill="#ffffff"]{fill:#16181b}}'
    """
    rules = (
        f"[{literal}]{{{attribute}:{role.dark}}}"
        for role in dict.fromkeys(ROLES.values())
        for attribute in COLOURED
        for literal in [f'{attribute}="{role.light}"']
        if role.light != role.dark and literal in drawing
    )
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


def inherited(drawing: str) -> str:
    """A drawing in the ink of the page around it, without paper: for pages whose theme it can't know.

    >>> inherited('<path fill="#1c1e21" stroke="#ffffff"/>')
    '<path fill="currentColor" stroke="none"/>'
    """
    around = {ROLES["ink"].light: "currentColor", ROLES["paper"].light: "none"}
    around |= {ROLES["quiet"].light: "#7a818b", ROLES["line"].light: "#80808060"}
    attribute = re.compile(rf'({"|".join(COLOURED)})="(#[0-9a-f]{{6}})"')
    return attribute.sub(lambda match: f'{match[1]}="{around.get(match[2], match[2])}"', drawing)


def darkened(drawing: str) -> str:
    """A drawing with the dark colour of every role instead of the light one.

    >>> darkened('<path fill="#ffffff"/>')
    '<path fill="#16181b"/>'
    """
    dark = {role.light: role.dark for role in ROLES.values()}
    attribute = re.compile(rf'({"|".join(COLOURED)})="(#[0-9a-f]{{6}})"')
    return attribute.sub(lambda match: f'{match[1]}="{dark.get(match[2], match[2])}"', drawing)
