"""Every renderer on reports of every shape: nothing is lost, cut, or written so that the format breaks."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cnncalc.render import RENDERERS, Page, render
from cnncalc.render.cells import bar, columns, printable, wrap
from cnncalc.report import Cell, Column, Report, Table, Unit
from tests.cli.demo import report

UNITS: tuple[Unit, ...] = ("text", "count", "bytes", "number", "factor", "share", "formula", "bar")
NAMES = st.text(max_size=8) | st.sampled_from(
    ["卷积层", "a|b", "a&b_c", "50%", "\\\\[x]", "\x1b[31m", "tab\there", "é"]
)
NUMBERS = st.integers(0, 10**18)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table of names and numbers under every unit, some of them unknown."""
    units = draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=5))
    columns = [Column("name", draw(NAMES)), *(Column(f"c{i}", draw(NAMES), unit) for i, unit in enumerate(units))]
    row = st.tuples(NAMES, *(st.none() | NUMBERS for _unit in units))
    rows: list[tuple[Cell, ...]] = draw(st.lists(row, max_size=4))
    total = draw(st.none() | row)
    between = draw(st.dictionaries(st.integers(0, 3), NAMES, max_size=2))
    return Table(tuple(columns), tuple(rows), draw(NAMES), total, between, {0: "good"})


@given(tables(), st.none() | st.integers(1, 120), st.booleans())
def test_any_table_can_be_written_in_any_format(table: Table, width: int | None, colour: bool) -> None:
    """No cell, label or width makes a renderer fail, and every answer is lines of text."""
    for format in RENDERERS:
        text = render(Report("any", {"rows": []}, (table,), ("note",), title="title"), format, Page(width, colour))
        assert text.endswith("\n") or (format == "ndjson" and not text)


@given(tables())
def test_tsv_and_csv_have_a_cell_for_every_cell(table: Table) -> None:
    """Read back, both have a header and the rows, each as long as the header, with the integers in full."""
    answer = Report("any", {}, (table,))
    kept = [index for index, column in enumerate(table.columns) if column.unit != "bar"]
    # not splitlines: a name may hold signs that Python, but no spreadsheet, takes for the end of a line
    tsv = [line.split("\t") for line in render(answer, "tsv").removesuffix("\n").split("\n")]
    assert tsv == list(csv.reader(io.StringIO(render(answer, "csv"))))
    assert tsv[0] == [table.columns[index].key for index in kept]
    for row, written in zip(table.rows, tsv[1:], strict=True):
        assert len(written) == len(kept)
        for index, cell in zip(kept, written, strict=True):
            if isinstance(row[index], int):
                assert cell == str(row[index])


@given(tables(), st.integers(1, 120))
def test_numbers_are_never_cut(table: Table, width: int) -> None:
    """At every width every number of a column that matters is there in full."""
    text = render(Report("any", {}, (table,)), "plain", Page(width))
    for row in table.rows:
        for cell, column in zip(row, table.columns, strict=True):
            if isinstance(cell, int) and column.unit == "count":
                assert f"{cell:,}" in text


@given(tables())
def test_markdown_rows_have_as_many_cells_as_the_header(table: Table) -> None:
    """A bar in a name does not end a cell: every row has the header's number of columns."""
    text = render(Report("any", {}, (table,)), "markdown")
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows}) == 1


@given(tables())
def test_latex_is_balanced(table: Table) -> None:
    """Braces and dollars come in pairs, and every row has the columns that the tabular declares."""
    text = render(Report("any", {}, (table,)), "latex")
    body = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
    bare = re.sub(r"\\[\\{}$&%#_]", "", body)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    declared = len(re.search(r"\\begin\{tabular\}\{([lr]+)\}", body)[1])  # type: ignore[index]
    for line in body.split("\n"):
        if line.endswith(r" \\") and "multicolumn" not in line:
            assert len(re.sub(r"\\[&]", "", line).split("&")) == declared


def test_latex_shows_the_formula_and_the_worked_line() -> None:
    """A Term is written in letters and in numbers, with an equals sign between."""
    assert r"$C_{out} (k_{h} k_{w} C_{in} + 1) = 64 \cdot (3 \cdot 3 \cdot 3 + 1)$" in render(report(), "latex")


def test_latex_of_a_whole_report() -> None:
    """The whole fragment: what it needs, header, rows, what stands between, total; as wide as a slide, and no wider."""
    lines = render(report(), "latex").splitlines()
    assert lines[0] == r"% \usepackage{booktabs}"
    assert "% left out: memory, share; choose with --columns" in lines
    assert r"\begin{tabular}{@{}lrrp{0.32\linewidth}@{}}" in lines
    assert (
        r"\multicolumn{4}{l}{\quad\itshape sharing $\div$49,284: one set of weights for 222$\cdot$222 positions} \\"
        in lines
    )
    assert r"total & 616{,}568{,}576 &  &  \\" in lines
    assert lines[-2:] == [r"\end{tabular}", r"\par\endgroup"]


def test_latex_of_a_narrow_report_has_every_column() -> None:
    """What fits is written as it is."""
    narrow = report().tables[0]._replace(between={}, rows=(("conv", 1_792, 7168, 0.5, 5, "9", 1_792),), total=None)
    assert r"\begin{tabular}{lrrrrl}" in render(Report("any", {}, (narrow,)), "latex").splitlines()


def test_markdown_of_a_whole_report() -> None:
    """Title, table with right-aligned numbers, picture and note."""
    text = render(report(), "markdown")
    assert text.startswith("# Same input, same output\n\n| layer | parameters | memory | share | MACs | worked |\n")
    assert "| --- | ---: | ---: | ---: | ---: | --- |" in text
    assert "| **total** | **616,568,576** |" in text
    assert "```text\n ┌─┐\n│x\n```" in text
    assert text.endswith("A MAC is one multiplication with its addition.\n")


def test_ndjson_is_a_row_to_a_line() -> None:
    """Each line is an object of its own; without rows the whole report is one line."""
    assert [json.loads(line)["name"] for line in render(report(), "ndjson").splitlines()] == ["conv", "dense"]
    assert json.loads(render(Report("one", {"total": 3}), "ndjson")) == {"schema": "cnncalc/one/1", "total": 3}


def test_json_refuses_what_json_has_not() -> None:
    """Infinity and NaN are no JSON: better a loud bug than an answer that no reader takes."""
    with pytest.raises(ValueError, match="Out of range float values"):
        render(Report("one", {"total": float("inf")}), "json")


def test_the_total_line_is_not_in_tsv() -> None:
    """A script that adds a column up gets the total, not twice the total."""
    assert "616568576" not in render(report(), "tsv")


def test_a_name_cannot_steer_the_terminal() -> None:
    """Escape characters in the name of somebody's layer reach no output but JSON, which writes them as text."""
    for format in RENDERERS:
        assert "\x1b" not in render(report(), format)


@given(st.text(max_size=60), st.integers(1, 30))
def test_wrapping_loses_nothing(words: str, width: int) -> None:
    """The lines hold the same signs in the same order, and only a word, with its %, may be wider than asked."""
    words = printable(words)
    lines = wrap(words, width)
    assert "".join("".join(lines).split()) == "".join(words.split())
    for line in lines:
        assert columns(line) <= width or " " not in line.replace(" %", "%").strip()


def test_what_stands_between_rows_is_broken_on_a_narrow_page() -> None:
    """Where rows are written upright, a line between them is no wider than the page either."""
    between = {1: "局部性 ÷5,376（每个输出只看 150,528 个输入中的 27 个）；乘加次数 ÷5,575"}
    table = Table((Column("name", "名称"), Column("n", "参数", "count")), (("a" * 30, 1), ("b", 2)), between=between)
    lines = render(Report("any", {}, (table,)), "plain", Page(34)).splitlines()
    assert max(map(columns, lines)) <= 34


def test_text_is_broken_before_columns_are_given_up() -> None:
    """Where words need more room than there is they go on in the next line; numbers don't, and rows stay together."""
    table = Table(
        (Column("name", "name"), Column("says", "what it says"), Column("n", "parameters", "count")),
        (("local", "a set of weights for each position", 88_316_928), ("conv", "one set", 1792)),
        between={1: "sharing"},
        total=("total", "both of them together, once each", 88_318_720),
    )
    assert render(Report("any", {}, (table,)), "plain", Page(36)).splitlines() == [
        "name   what it says       parameters",
        "────────────────────────────────────",
        "local  a set of weights   88,316,928",
        "       for each position",
        "  sharing",
        "conv   one set                 1,792",
        "────────────────────────────────────",
        "total  both of them       88,318,720",
        "       together, once",
        "       each",
    ]
    assert render(Report("any", {}, (table,)), "plain", Page(30)).splitlines()[0] == "local"


def test_columns_are_those_of_rich() -> None:
    """Every sign up to the end of the Chinese ones is as wide as Rich says, also those measured without it."""
    signs = [chr(code) for code in range(0x20, 0x10000) if chr(code).isprintable()]
    assert {sign for sign in signs if columns(sign) != cell_len(sign)} == set()


def test_chinese_lines_up() -> None:
    """A Chinese name is as wide as it looks: the numbers under one another end in one column."""
    table = Table(
        (Column("name", "层"), Column("n", "参数", "count")), (("全连接", 616_566_784), ("conv", 1792)), title="卷积"
    )
    lines = render(Report("any", {}, (table,)), "plain").splitlines()[1:]
    assert {columns(line) for line in lines} == {6 + 2 + 11}


@given(st.integers(1, 10**15), st.integers(1, 10**15), st.integers(1, 40))
def test_bars_are_as_long_as_their_logarithms(small: int, large: int, width: int) -> None:
    """A larger number has no shorter bar, none is longer than its room, and a number that is not 0 is visible."""
    small, large = sorted((small, large))
    assert 1 <= len(bar(small, large, width)) <= len(bar(large, large, width)) == width
