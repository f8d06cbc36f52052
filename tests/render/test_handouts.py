"""Handouts and slides: lessons keep their text, tables and maps in every format, and LaTeX compiles without standing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncalc.lessons import LESSONS, learn
from cnncalc.render import render
from cnncalc.render.latex import lay_out
from cnncalc.report import Column, Report, Table
from cnncalc.report.picture import HeatMap, Picture
from cnncalc.symbols import Term
from tests.conftest import Called
from tests.render.test_papers import compiled

ARTICLE = (
    "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{textcomp,booktabs,xcolor}"
    "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\\begin{document}%s\\end{document}"
)
SLIDES = (
    "\\documentclass{beamer}\\usepackage{booktabs}\\begin{document}"
    "\\begin{frame}{One}%s\\end{frame}\\begin{frame}{Two}%s\\end{frame}\\end{document}"
)


def overfull(log: str) -> list[float]:
    """How far boxes stand out, in pt, those by more than 5."""
    return [far for far in map(float, re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)) if far > 5]


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("format", ["latex", "markdown", "html"])
def test_a_handout_keeps_everything(lesson: str, format: str) -> None:
    """Every paragraph and every heading of every table is there; and on paper, which does not move, every map."""
    report = learn(lesson)
    page = plain(render(report, format))
    for part in report.story:
        match part:
            case str():
                assert plain(part) in page
            case Table():
                assert plain(part.title) in page
                assert all(plain(column.label) in page for column in part.columns if column.unit != "bar")
            case Picture():
                words = [word for grid in part.maps for word in grid.title.split()]
                assert format == "html" or all(plain(word) in page for word in words)


def plain(words: str) -> str:
    """Letters and digits alone: what every format writes as it is."""
    words = re.sub(
        r"&#?\w+;|\\[a-z]+\{\}|\\u[0-9a-f]{4}|\\(?:times|div|cdot|sigma|to|dots|geq|leq|approx)\b|<[^>]*>", "", words
    )
    return "".join(re.findall(r"[A-Za-z0-9]", words))


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_compile(lesson: str, tmp_path: Path) -> None:
    """As an article on paper, without an error, and nothing stands out by more than 5 pt."""
    assert overfull(compiled(tmp_path, ARTICLE % render(learn(lesson), "latex"))) == []


def test_params_fits_on_slides(cnncalc: Called, tmp_path: Path) -> None:
    """Two pages of beamer as they come: the comparison of the README, and another one; nothing stands out by 5 pt."""
    pages = [
        cnncalc("params", "--input", shape, "--kernel", "3", "--filters", "64", *more, "--format", "latex")[1]
        for shape, more in (("224x224x3", ()), ("64x64x3", ("--compare", "dense,conv,depthwise,separable")))
    ]
    log = compiled(tmp_path, SLIDES % tuple(pages))
    assert "(2 pages" in log
    assert overfull(log) == []


def test_a_slide_that_is_too_full_is_noticed(tmp_path: Path) -> None:
    """The reader of the log above sees a line that stands out."""
    assert overfull(compiled(tmp_path, SLIDES % (r"\mbox{" + "wide " * 60 + "}", "")))


TERM = Table(
    (Column("layer", "layer"), Column("macs", "MACs", "count", 2), Column("worked", "worked", "formula", 1)),
    (("a layer with a long name, and longer", 5, Term(64) * (Term(3) * Term(3) + 1)),),
    between={0: "word " * 20},
)


def test_wide_tables_leave_columns_out_and_say_so() -> None:
    """Minor columns go, but no formula; long text and formulas get a width; lines between are broken."""
    wide = TERM._replace(columns=(*TERM.columns, Column("more", "more", "text", 3)), rows=((*TERM.rows[0], "x" * 60),))
    lines = list(lay_out(wide))
    assert lines[0] == "% left out: macs, more; choose with --columns"
    assert any(line.startswith(r"\begin{tabular}{@{}p{0.25\linewidth}p{0.38\linewidth}@{}}") for line in lines)
    assert sum("multicolumn" in line for line in lines) == 2
    narrow = list(lay_out(TERM._replace(between={}, rows=(("short", 5, Term(64)),))))
    assert narrow[0] == r"\begin{tabular}{lrl}"


def test_chosen_columns_are_never_left_out(cnncalc: Called) -> None:
    """Whoever names columns gets them, however wide."""
    words = ("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64", "--format", "latex")
    out = cnncalc(*words, "--columns", "layer,macs,flops,memory,worked")[1]
    assert "left out" not in out
    assert "layer & MACs & FLOPs & " in out


def test_maps_in_latex_have_their_numbers_frames_and_greys() -> None:
    """A cell has its number, a framed one a frame, one that is nothing is empty; photographs are shades of grey."""
    grid = HeatMap(((-3, 6), (None, 0)), "map", marked=frozenset({(0, 1)}), framed=frozenset({(0, 0)}))
    text = render(Report("any", {}, story=(Picture(maps=(grid,)),)), "latex")
    assert re.findall(r"\\cnncell\{(\S+?)\}\{(\S+?)\}\{[\d.]+em\}\{(\S*?)\}", text) == [
        ("black", "blue!30", "-3"),
        ("orange!60", "orange!60", "*6"),
        ("white", "white", ""),
        ("white", "white", "0"),
    ]
    photo = HeatMap(tuple((0.0, 255.0) * 15 for _y in range(20)), grey=True)
    text = render(Report("any", {}, story=(Picture(maps=(photo,)),)), "latex")
    assert set(re.findall(r"black!\d+", text)) == {"black!100", "black!0"}
