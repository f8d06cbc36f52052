"""How a cell is written for people: thousands separators, KiB and MiB, factors, shares, worked lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.language import _, language
from cnncalc.report import Cell, Column, Table, Unit, in_bytes

RIGHT: frozenset[Unit] = frozenset({"count", "bytes", "number", "factor", "share"})
"""The units that line up on the right."""

UNKNOWN = "–"
"""What stands where nothing is known, or nothing applies; never 0."""


def text(cell: Cell, unit: Unit) -> str:
    """One cell for people, on one line; text is as it is, whatever the column's unit.

    >>> text(616566784, "count"), text(7168, "bytes"), text(5376, "factor"), text(0.125, "share"), text(None, "count")
    ('616,566,784', '7.0 KiB', '÷5,376', '12.5 %', '–')
    """
    if cell is None:
        return "" if unit == "text" else UNKNOWN
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, str):
        return printable(cell)
    return _WRITERS[unit](cell)


def printable(words: str) -> str:
    """``words`` on one line, without characters that steer a terminal: names come from other people's files.

    >>> printable("conv\\x1b[31m\\n1")
    'conv�[31m 1'
    """
    if words.isprintable():
        return words
    return "".join(sign if sign.isprintable() else "�" for sign in " ".join(words.split()))


def _count(number: Any) -> str:
    return f"{int(number):,}" if isinstance(number, int) else f"{number:,}"


def _number(number: Any) -> str:
    return str(int(number)) if isinstance(number, int) else f"{number:.6g}"


_WRITERS: dict[Unit, Callable[[Any], str]] = {
    "text": _number,
    "count": _count,
    "bytes": in_bytes,
    "number": _number,
    "factor": lambda number: f"÷{_count(number)}",
    "share": lambda number: f"{100 * number:.3g} %",
    "formula": str,
    "bar": _count,
}


LONG = 1_000_000
"""Numbers from here on are hard to read in digits for who groups by four: Chinese says 6.17亿 beside them."""
_LONG = r"(?<![\d.,·])\d{1,3}(?:,\d{3}){2,}(?![\d,]*[·\d])(?!\.\d)"


def with_words(words: str) -> str:
    """A sentence in which every long number is followed by what a Chinese reader calls it; others as they are.

    >>> from cnncalc.language import speak
    >>> speak("zh"); print(with_words("= 616,566,784")); speak("en"); print(with_words("= 616,566,784"))
    = 616,566,784（6.17亿）
    = 616,566,784
    """
    if language() != "zh":
        return words
    from cnncalc.render.pictures.logscale import rough

    return re.sub(_LONG, lambda match: f"{match[0]}（{rough(int(match[0].replace(',', '')))}）", words)


def beside_words(table: Table) -> Table:
    """A table in which every column of long counts has one beside it with what a Chinese reader calls them."""
    if language() != "zh":
        return table
    from cnncalc.render.pictures.logscale import rough

    long = {index for index, column in enumerate(table.columns) if column.unit == "count" and _is_long(table, index)}

    def widened(row: Sequence[Cell]) -> tuple[Cell, ...]:
        return tuple(
            part
            for index, cell in enumerate(row)
            for part in ((cell, rough(cell) if isinstance(cell, int) else "") if index in long else (cell,))
        )

    columns = tuple(
        part
        for index, column in enumerate(table.columns)
        for part in (
            (column, Column(f"{column.key}_words", "", "text", max(column.minor, 1))) if index in long else (column,)
        )
    )
    return table._replace(
        columns=columns, rows=tuple(map(widened, table.rows)), total=table.total and widened(table.total)
    )


def _is_long(table: Table, index: int) -> bool:
    return any(cell >= LONG for row in table.rows if isinstance(cell := row[index], int))


# Patterns are compiled where one is needed: those with sets of Chinese signs take as long as all of a short answer's arithmetic.
# Latin letters, dashes and dots, arrows, mathematics, lines and blocks: one column each, known without importing Rich.
_NARROW = r"[ -~\u00a0-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u259f]*"


def columns(words: str) -> int:
    """How many columns of a terminal ``words`` take: two for a Chinese sign, none for a combining mark.

    >>> columns("conv"), columns("卷积")
    (4, 4)
    """
    if (words.isascii() and words.isprintable()) or re.fullmatch(_NARROW, words):
        return len(words)
    from rich.cells import cell_len

    return cell_len(words)


_OPENING, _CLOSING = "（「『《【“‘", "，。、；：！？）」』》】”’"
_SIGN, _PLAIN = r"\u2e80-\uffef", rf"[^\s\u2e80-\uffef{_OPENING}{_CLOSING}]"
# One Chinese or Japanese sign, or a word, or a number with its %; with it the opening marks that may not end a line
# and the closing ones that may not begin one.
_PIECE = rf"[{_OPENING}]*(?:[{_SIGN}]|{_PLAIN}+(?: %{_PLAIN}*)?)[{_CLOSING}]*|[{_OPENING}{_CLOSING}]+|\s+"
# The same where there is no such sign.
_WORD = r"\S+(?: %\S*)?|\s+"


def wrap(words: str, width: int | None) -> list[str]:
    """Lines of at most ``width`` columns; a word that is longer stays whole, because it may be a number.

    >>> wrap("one set of weights", 10), wrap("局部连接 616,566,784", 11)
    (['one set of', 'weights'], ['局部连接', '616,566,784'])
    >>> wrap("局部连接（权重）", 10), wrap("right in 99.9 %", 13)
    (['局部连接', '（权重）'], ['right in', '99.9 %'])
    """
    if width is None:
        return [words]
    lines = [""]
    for piece in re.findall(_PIECE if max(words, default="") >= "\u2e80" else _WORD, words):
        if columns(lines[-1] + piece.rstrip()) <= width or not lines[-1]:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines]


def bar(value: Cell, largest: float, width: int) -> str:
    """A bar on a log scale that begins at 1, in eighths of a column.

    >>> bar(1000, 1_000_000, 8), bar(1_000_000, 1_000_000, 8), bar(0, 1_000_000, 8), bar(None, 1_000_000, 8)
    ('████', '████████', '', '')
    """
    from math import log

    if not isinstance(value, (int, float)) or value <= 0:
        return ""
    share = log(max(value, 1)) / log(largest) if largest > 1 else 1.0
    eighths = max(round(share * width * 8), 1)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
