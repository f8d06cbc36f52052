"""A table as a drawing: a rule under its head, and nothing else."""

from __future__ import annotations

from itertools import accumulate
from math import fsum

from cnncalc.render.cells import RIGHT
from cnncalc.render.cells import text as said
from cnncalc.render.pictures.frame import LEFT, fitted
from cnncalc.render.pictures.frame import RIGHT as END
from cnncalc.render.pictures.style import NAME, width
from cnncalc.render.pictures.svg import element
from cnncalc.report import Table

ROW, SIZE, GAP = 22, 14, 28
"""How high a row is, the size of its text, and the room between columns."""


def drawn_table(table: Table, top: float) -> tuple[list[str], float]:
    """The drawing of a table, and where it ends; bars are left to those who see the numbers."""
    kept = [place for place, column in enumerate(table.columns) if column.unit != "bar"]
    heads = [table.columns[place].label for place in kept]
    rows = [[said(row[place], table.columns[place].unit) for place in kept] for row in table.rows]
    wide = [max(width(row[place], SIZE) for row in [heads, *rows]) for place in range(len(kept))]
    wide = [size * min(1, (END - LEFT) / (fsum(wide) + GAP * len(wide))) for size in wide]
    lefts = [LEFT, *accumulate((size + GAP for size in wide), initial=LEFT)][1:]
    below = top + (26 if table.title else 4)
    marks = [fitted(LEFT, top + 14, table.title, "ink", NAME, END - LEFT, strong=True)] if table.title else []
    for line, row in enumerate([heads, *rows]):
        for place, words in enumerate(row):
            right = table.columns[kept[place]].unit in RIGHT
            x = lefts[place] + (wide[place] if right else 0)
            fill = "ink" if line else "quiet"
            marks.append(
                fitted(x, below + 16 + ROW * line, words, fill, SIZE, wide[place], anchor="end" if right else "")
            )
    rule = f"M{LEFT} {below + 22}H{lefts[len(wide) - 1] + wide[-1]:.1f}"
    marks.append(element("path", d=rule, stroke="ink", stroke_width=1.5))
    return marks, below + ROW * (len(rows) + 1) + GAP
