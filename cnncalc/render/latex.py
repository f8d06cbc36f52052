r"""LaTeX: each table as a ``booktabs`` tabular, with the formula in letters and the worked line.

It is a fragment for ``\input`` into a ``table``; what it needs stands in its first lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import RIGHT, beside_words, printable, text
from cnncalc.report import Cell, Report, Table, Unit
from cnncalc.symbols import Term

_ESCAPES = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        **{sign: f"{{{sign}}}" for sign in "[*"},  # after \\\\ either would be its argument
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
    tables = [*report.tables, *(table for table in report.asked if table not in report.tables)]
    body = "\n\n".join("\n".join(_table(table)) for table in tables)
    head = [r"% \usepackage{booktabs}"]
    if has_chinese(body):
        head.append(r"% \usepackage{ctex} and XeLaTeX or LuaLaTeX, for Chinese")
    comments = [f"% {printable(words)}" for words in (report.title, *report.notes) if words]
    return "\n".join([*head, *comments, body]) + "\n"


def _table(table: Table) -> Iterator[str]:
    table = beside_words(table)
    kept = [index for index, column in enumerate(table.columns) if column.unit != "bar"]
    if table.title:
        yield f"% {printable(table.title)}"
    yield rf"\begin{{tabular}}{{{''.join('r' if table.columns[index].unit in RIGHT else 'l' for index in kept)}}}"
    yield r"\toprule"
    yield _row([escape(table.columns[index].label) for index in kept])
    yield r"\midrule"
    for number, row in enumerate(table.rows):
        if number in table.between:
            yield _row([rf"\multicolumn{{{len(kept)}}}{{l}}{{\quad\itshape {escape(table.between[number])}}}"])
        yield _row(_cells(table, kept, row))
    if table.total:
        yield r"\midrule"
        yield _row(_cells(table, kept, ["" if cell is None else cell for cell in table.total]))
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _cells(table: Table, kept: Sequence[int], row: Sequence[Cell]) -> list[str]:
    return [_cell(row[index], table.columns[index].unit) for index in kept]


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

    >>> escape("50 % of conv_1·k²")
    '50 \\% of conv\\_1$\\cdot$k$^2$'
    """
    return printable(words).translate(_ESCAPES)
