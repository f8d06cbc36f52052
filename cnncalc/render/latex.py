r"""LaTeX: each table as a ``booktabs`` tabular, with the formula in letters and the worked line.

It is a fragment for ``\input`` into a ``table``; what it needs stands in its first lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import RIGHT, beside_words, columns, printable, text, wrap
from cnncalc.report import Cell, Report, Table, Unit
from cnncalc.symbols import Term

APART = "\x00"
"""Between two hyphens, which are one dash otherwise; no printable text holds it."""

_ESCAPES = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        **{sign: f"{{{sign}}}" for sign in "[*"},  # after \\\\ either would be its argument
        APART: "{}",
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"$<$",
        ">": r"$>$",
        "|": r"$|$",
        '"': r"\textquotedbl{}",
        "`": r"\textasciigrave{}",
        "·": r"$\cdot$",
        "×": r"$\times$",
        "÷": r"$\div$",
        "−": r"$-$",
        "±": r"$\pm$",
        "→": r"$\to$",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        "≈": r"$\approx$",
        "…": r"\dots{}",
        "–": "--",
        "—": "---",
        "′": r"$'$",
        "⌊": r"$\lfloor$",
        "⌋": r"$\rfloor$",
        "²": r"$^2$",
        "³": r"$^3$",
        "√": r"$\surd$",
        "∞": r"$\infty$",
        "σ": r"$\sigma$",
    }
)


def render(report: Report, page: Page = ENDLESS) -> str:
    r"""Every table of the report, and what was asked beside them; title and notes as comments.

    >>> from cnncalc.report import Column
    >>> table = Table((Column("name", "layer"), Column("parameters", "parameters", "count")), (("conv", 1792),))
    >>> print(render(Report("params", {}, (table,))), end="")
    % \usepackage{booktabs}
    \begin{tabular}{lr}
    \toprule
    layer & parameters \\
    \midrule
    conv & 1{,}792 \\
    \bottomrule
    \end{tabular}
    """
    if report.paper is not None:
        from cnncalc.render.papers.exam import document

        return document(report.paper)
    if report.story:
        from cnncalc.render.latexstory import told

        return told(report)
    tables = [*report.tables, *(table for table in report.asked if table not in report.tables)]
    body = "\n\n".join("\n".join(lay_out(table)) for table in tables)
    head = [r"% \usepackage{booktabs}"]
    if has_chinese(body):
        head.append(FOR_CHINESE)
    comments = [f"% {printable(words)}" for words in (report.title, *report.notes) if words]
    return "\n".join([*head, *comments, body]) + "\n"


FOR_CHINESE = r"% \usepackage{ctex} and XeLaTeX or LuaLaTeX, for Chinese"

WIDE = 80
"""A table of so many signs a row does not fit on a slide: it leaves columns out and breaks others into lines."""
LONG, HEAD = 20, 10
"""In a wide table longer text is broken, and longer headings of numbers."""
FORMULA, TEXT, ROOM = 0.38, 0.25, 0.72
"""Shares of the line that a broken formula and a broken text have, and that all of them have at most together."""
SIGN, GAP = 0.015, 0.035
"""What a sign of another column takes of the line, and the space around a column."""
BETWEEN = 60
"""Lines between rows of a wide table are broken here."""


def lay_out(table: Table) -> Iterator[str]:
    """A table as a ``tabular``, with its title as a comment."""
    table = _only(table, [index for index, column in enumerate(table.columns) if column.unit != "bar"])
    spoken = beside_words(table)
    every = range(len(table.columns))
    wide = _width(spoken, range(len(spoken.columns))) > WIDE
    if wide and any(_is_formula(table, index) for index in every):
        minor = {index for index in every if table.columns[index].minor and not _is_formula(table, index)}
        if minor:
            yield f"% left out: {', '.join(table.columns[index].key for index in sorted(minor))}; choose with --columns"
        spoken = beside_words(_only(table, [index for index in every if index not in minor]))
    yield from _set(spoken, list(range(len(spoken.columns))), wide=wide)


def _only(table: Table, kept: Sequence[int]) -> Table:
    """A table of some of the columns."""

    def cells(row: Sequence[Cell]) -> tuple[Cell, ...]:
        return tuple(row[index] for index in kept)

    columns = tuple(table.columns[index] for index in kept)
    rows, total = tuple(map(cells, table.rows)), table.total and cells(table.total)
    return table._replace(columns=columns, rows=rows, total=total)


def _set(table: Table, kept: Sequence[int], *, wide: bool) -> Iterator[str]:
    if table.title:
        yield f"% {printable(table.title)}"
    yield from [r"\begingroup\footnotesize"] if wide else []
    yield rf"\begin{{tabular}}{{{_columns(table, kept, wide)}}}"
    yield r"\toprule"
    yield _row([_head(table, index, wide) for index in kept])
    yield r"\midrule"
    for number, row in enumerate(table.rows):
        if number in table.between:
            yield from _between(table.between[number], len(kept), wide)
        yield _row(_cells(table, kept, row, wide))
    if table.total:
        yield r"\midrule"
        yield _row(_cells(table, kept, ["" if cell is None else cell for cell in table.total], wide))
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield from [r"\par\endgroup"] if wide else []


def _width(table: Table, kept: Sequence[int]) -> int:
    """About how many signs a row has."""
    return sum(_longest(table, index) + 2 for index in kept)


def _longest(table: Table, index: int) -> int:
    column = table.columns[index]
    cells = [row[index] for row in (*table.rows, *([table.total] if table.total else []))]
    return max(map(columns, [column.label, *(_signs(cell, column.unit) for cell in cells)]))


def _signs(cell: Cell, unit: Unit) -> str:
    """About what is set of a cell: of a formula the letters too."""
    return f"{cell.symbols()} = {cell}" if isinstance(cell, Term) and unit == "formula" else text(cell, unit)


def _is_formula(table: Table, index: int) -> bool:
    return table.columns[index].unit == "formula" and any(isinstance(row[index], Term) for row in table.rows)


def _columns(table: Table, kept: Sequence[int], wide: bool) -> str:
    """What the tabular declares: in a wide table, formulas and long text have a width."""
    shares = {index: share for index in kept if wide and (share := _share(table, index))}
    others = sum(_longest(table, index) for index in kept if index not in shares)
    room = min(ROOM, 1 - SIGN * others - GAP * len(kept))
    total = max(sum(shares.values()), room)
    declared = (
        rf"p{{{shares[index] * room / total:.2f}\linewidth}}"
        if index in shares
        else "r"
        if table.columns[index].unit in RIGHT
        else "l"
        for index in kept
    )
    return f"@{{}}{''.join(declared)}@{{}}" if shares else "".join(declared)


def _share(table: Table, index: int) -> float:
    if _is_formula(table, index):
        return FORMULA
    return TEXT if table.columns[index].unit == "text" and _longest(table, index) > LONG else 0


def _head(table: Table, index: int, wide: bool) -> str:
    label = table.columns[index].label
    if wide and table.columns[index].unit in RIGHT and columns(label) > HEAD:
        lines = r"\\".join(map(escape, wrap(label, HEAD)))
        return rf"\shortstack[r]{{{lines}}}"
    return escape(label)


def _between(words: str, count: int, wide: bool) -> Iterator[str]:
    for line in wrap(words, BETWEEN if wide else None):
        yield _row([rf"\multicolumn{{{count}}}{{l}}{{\quad\itshape {escape(line)}}}"])


def _cells(table: Table, kept: Sequence[int], row: Sequence[Cell], wide: bool) -> list[str]:
    """The cells of a row; what is broken into lines is ragged, since its lines are too short to be stretched."""
    cells = {index: _cell(row[index], table.columns[index].unit) for index in kept}
    return [
        rf"\raggedright\let\\\tabularnewline {cell}" if wide and cell and _share(table, index) else cell
        for index, cell in cells.items()
    ]


def _cell(cell: Cell, unit: Unit) -> str:
    if isinstance(cell, Term) and unit == "formula":
        return f"${cell.latex()} = {cell.worked_latex()}$"
    words = escape(text(cell, unit))
    return words if isinstance(cell, str) else words.replace(",", "{,}")


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def has_chinese(body: str) -> bool:
    """Whether a text needs a face with Chinese."""
    return any("\u2e80" <= sign <= "\uffef" for sign in body)


def escape(words: str) -> str:
    r"""``words`` as LaTeX text.

    >>> escape("50 % of conv_1·k²"), escape("--step")
    ('50 \\% of conv\\_1$\\cdot$k$^2$', '-{}-step')
    """
    apart = re.sub("-(?=-)", f"-{APART}", printable(words))
    return apart.translate(_ESCAPES)
