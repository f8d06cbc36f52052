"""A writer for SVG: elements with their attributes in order, text escaped, one decimal, colours by role."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cnncalc.render.pictures.style import COLOURED, FONT, ROLES, STRONG, dark_rules, darkened, inherited

THEMED: dict[str, Callable[[str], str]] = {"auto": str, "light": str, "dark": darkened, "inherit": inherited}
"""What each theme makes of a drawing; the last one is for drawings inside a page."""

HATCH = 8.5
"""Lines of a hatch are so far apart, along the sides."""


def escape(words: str) -> str:
    r"""``words`` as they may stand in an element or an attribute; what XML can't hold at all becomes a question mark.

    >>> escape('<a & "b">\x00')
    '&lt;a &amp; &quot;b&quot;&gt;�'
    """
    held = "".join(sign if sign >= " " or sign in "\t\n" else "�" for sign in words)
    return held.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def number(value: float) -> str:
    """A length with at most one decimal.

    >>> number(2.04), number(-0.01), number(7)
    ('2', '0', '7')
    """
    rounded = round(value, 1) + 0.0  # never −0
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def element(name: str, content: str | Iterable[str] = "", **attributes: str | float | None) -> str:
    """One element. ``fill`` and ``stroke`` may name a role; underscores in attribute names become hyphens.

    ``content`` is markup already: text goes through `text` or `escape`.

    >>> element("rect", width=8, height=4.25, fill="read", stroke="none")
    '<rect width="8" height="4.2" fill="#0072b2" stroke="none"/>'
    """
    inner = content if isinstance(content, str) else "\n".join(content)
    written = "".join(_attribute(key.rstrip("_"), value) for key, value in attributes.items() if value is not None)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def _attribute(key: str, value: str | float) -> str:
    if isinstance(value, str):
        coloured = ROLES[value].light if key in COLOURED and value in ROLES else value
        return f' {key.replace("_", "-")}="{escape(coloured)}"'
    return f' {key.replace("_", "-")}="{number(value)}"'


def text(x: float, y: float, words: str, fill: str, size: float, *, strong: bool = False, anchor: str = "") -> str:
    """One line of text with its base line at ``y``; ``anchor`` is ``middle`` or ``end``.

    >>> text(1, 2, "×3", "quiet", 12.5, anchor="end")
    '<text x="1" y="2" font-size="12.5" text-anchor="end" fill="#5f6670">×3</text>'
    """
    weight = STRONG if strong else None
    return element(
        "text", escape(words), x=x, y=y, font_size=size, font_weight=weight, text_anchor=anchor or None, fill=fill
    )


def hatched(x: float, y: float, wide: float, high: float) -> str:
    """A rectangle of 45° lines: what is outside, or gone. It needs no pattern, whose name a page might have twice.

    >>> hatched(0, 0, 10, 10).count("M")
    2
    """
    offsets = (HATCH * step for step in range(1, int((wide + high) / HATCH) + 1))
    lines = (
        f"M{number(x + max(offset - high, 0))} {number(y + min(offset, high))}"
        f"L{number(x + min(offset, wide))} {number(y + max(offset - wide, 0))}"
        for offset in offsets
    )
    return element("path", class_="hatch", d="".join(lines), fill="none", stroke="line", stroke_width=1.6)


def document(
    wide: float, high: float, title: str, description: str, content: Iterable[str], theme: str = "auto"
) -> str:
    """A whole drawing: its finding as title, the sentence with the numbers as description, paper, and content.

    >>> drawing = document(80, 20, "one unit", "reads all", [text(4, 14, "a < b", "ink", 12)], "light")
    >>> print("\\n".join(drawing.splitlines()[1:]))
    <title>one unit</title>
    <desc>reads all</desc>
    <rect width="80" height="20" fill="#ffffff"/>
    <text x="4" y="14" font-size="12" fill="#1c1e21">a &lt; b</text>
    </svg>
    """
    size = f'viewBox="0 0 {number(wide)} {number(high)}" width="{number(wide)}" height="{number(high)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{escape(FONT)}">'
    marks = [element("rect", width=wide, height=high, fill="paper"), *content]
    style = [element("style", dark_rules("".join(marks)))] if theme == "auto" else []
    words = [element("title", escape(title)), element("desc", escape(description))]
    drawing = "\n".join([head, *words, *style, *marks, "</svg>"])
    return THEMED[theme](drawing)
