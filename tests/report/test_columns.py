"""Chosen columns: the same rows, cut alike in every format, and what there is not told."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from cnncalc.render import RENDERERS, render
from cnncalc.report import Column, Report, Table
from cnncalc.report.columns import ColumnError, choose
from tests.conftest import Called

TABLE = Table(
    (Column("name", "layer"), Column("output", "out", minor=3), Column("parameters", "weights", "count")),
    (("conv", "6x6x8", 224), ("fc", "10", 2890)),
    total=("total", "", 3114),
    between={1: "then"},
)
OTHER = Table((Column("claim", "claim"), Column("parameters", "counted")), (("yes", 224),))
REPORT = Report(
    "any", {"rows": [{"name": "conv", "parameters": 224, "macs": 9}, {"name": "fc", "parameters": 2890}]}, (TABLE,)
)


@pytest.mark.parametrize("format", RENDERERS)
def test_every_format_has_the_chosen_columns_and_no_other(format: str) -> None:
    """The number that was chosen is there, those that were not are not, nor their headings."""
    text = render(choose(REPORT, ["parameters", "name"]), format)
    assert re.search("2,?890", text.replace("{,}", ","))
    for word in ("6x6x8", "output", "macs", "cnncalc/any"):
        assert word not in text


def test_columns_stand_in_the_order_they_were_asked_for() -> None:
    """By key or by heading, each once; the total goes with them."""
    (table,) = choose(REPORT, ["weights", "name", "parameters"]).tables
    assert (table.rows, table.total) == (((224, "conv"), (2890, "fc")), (3114, "total"))


def test_a_chosen_column_is_not_left_out_on_a_narrow_page() -> None:
    """What was asked for matters, however minor it is otherwise."""
    assert all(column.minor == 0 for column in choose(REPORT, ["output"]).tables[0].columns)


def test_a_table_with_none_of_the_columns_is_left_out() -> None:
    """Of two tables, each shows what it has of them."""
    report = Report("any", {}, (TABLE, OTHER), story=("before", TABLE, OTHER))
    assert [table.keys for table in choose(report, ["parameters"]).tables] == [["parameters"], ["parameters"]]
    chosen = choose(report, ["name"])
    assert [table.keys for table in chosen.tables] == [["name"]]
    assert [part if isinstance(part, str) else part.keys for part in chosen.story] == ["before", ["name"]]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["nane"], "there is no column nane: did you mean name"),
        (["zzz"], "there is no column zzz: take some of name, output, parameters"),
        (["name", ""], "there is no column ''"),
    ],
)
def test_a_column_that_there_is_not_is_refused(names: list[str], line: str) -> None:
    """With the nearest one, or all there are."""
    with pytest.raises(ColumnError, match=line):
        choose(REPORT, names)


def test_latex_fits_a_slide(cnncalc: Called) -> None:
    """ResNet-50 by blocks in three columns is no wider than half a page of text; all columns are."""
    words = ("summary", "resnet50", "--depth", "1", "--format", "latex")
    narrow, whole = (
        max(map(len, re.findall(r".*\\\\", cnncalc(*words, *more)[1])))
        for more in (("--columns", "name,output,parameters"), ())
    )
    assert narrow < 45 < 80 < whole


def test_json_and_csv_hold_the_same_rows(cnncalc: Called) -> None:
    """A size that JSON keeps by axis is the number of the table; the JSON then promises no schema."""
    words = ("summary", "vgg16", "--columns", "name,macs,size")
    answer = json.loads(cnncalc(*words, "--json")[1])
    rows = list(csv.DictReader(io.StringIO(cnncalc(*words, "--format", "csv")[1])))
    assert "schema" not in answer
    for row, entry in zip(rows, answer["layers"], strict=True):
        size = int(row["size"]) if row["size"].isdigit() else None
        assert entry == {"name": row["name"], "macs": int(row["macs"]), "size": size}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("rf", "conv3", "--columns", "nane"), "there is no column nane: did you mean name?"),
        (("rf", "conv3", "--columns", "name", "--get", "rf"), "--get prints one bare value"),
        (("rf", "conv3", "--answer", "3", "--columns", "name"), "this answer has no table to choose columns of"),
        (("show", "conv3", "--columns", "name"), "this answer is a text as it stands"),
        (("rf", "conv3", "--columns", "name", "--format", "html"), "html has no columns"),
    ],
)
def test_columns_of_what_has_none_are_refused(cnncalc: Called, words: tuple[str, ...], line: str) -> None:
    """Nothing is printed, and the way out is told."""
    code, out, err = cnncalc(*words)
    assert (code, out) == (2, "")
    assert line in err
