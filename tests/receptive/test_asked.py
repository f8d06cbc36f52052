"""What is asked about units, in the formats that hold one table: its own table is what they print."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.conftest import Called

STACK = ("rf", "conv3,p1", "x3", "--input", "9x9x1")
# three padded 3×3: the corner reads 0…3 of a field from −3 to 3; the paths of one axis to unit 4 are 1 3 6 7 6 3 1
CORNER = {"first": "0", "last": "3", "read": "4", "theoretical_first": "-3", "theoretical_last": "3"}
PATHS = {"size": "7", "width_50": "3", "width_95": "6", "width_99": "7"}
QUESTIONS: list[tuple[tuple[str, ...], list[dict[str, str]]]] = [
    (("--unit", "corner"), [{"axis": "0", "unit": "0", **CORNER}, {"axis": "1", "unit": "0", **CORNER}]),
    (("--effective",), [{"axis": "0", "deviation": "1.414213562", **PATHS}]),
    (
        ("--ruler",),
        [
            {"name": "conv1", "size": "3", "first": "3", "last": "5", "read": "3"},
            {"name": "conv2", "size": "5", "first": "2", "last": "6", "read": "5"},
            {"name": "conv3", "size": "7", "first": "1", "last": "7", "read": "7"},
        ],
    ),
]


def rows_of(text: str, delimiter: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@pytest.mark.parametrize(("question", "rows"), QUESTIONS)
def test_tables_for_machines_answer_the_question(
    cnncalc: Called, question: tuple[str, ...], rows: list[dict[str, str]]
) -> None:
    """TSV in a pipe, CSV and NDJSON hold what was asked, and not the layers that were not asked for."""
    assert rows_of(cnncalc(*STACK, *question)[1], "\t") == rows
    assert rows_of(cnncalc(*STACK, *question, "--format", "csv")[1], ",") == rows
    lines = cnncalc(*STACK, *question, "--format", "ndjson")[1].splitlines()
    assert [{key: str(value) for key, value in json.loads(line).items()} for line in lines] == rows


@pytest.mark.parametrize(("question", "rows"), QUESTIONS)
def test_latex_leaves_nothing_out(cnncalc: Called, question: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    """LaTeX draws no picture: it has the table of the layers and the one of the question."""
    out = cnncalc(*STACK, *question, "--format", "latex")[1]
    assert out.count(r"\begin{tabular}") == 2
    assert " & ".join([*rows[-1].values()][-3:-1]) in out


def test_two_answers_are_two_tables(cnncalc: Called) -> None:
    """One table can't hold both: it is refused, and without a format a pipe gets both as text."""
    both = (*STACK, "--unit", "corner", "--effective")
    code, out, err = cnncalc(*both, "--format", "csv")
    assert (code, out) == (2, "")
    assert "are tables of their own: ask for one at a time, or take another format" in err
    code, out, _err = cnncalc(*both)
    assert code == 0
    assert "reads 0…3 × 0…3" in out
    assert "standard deviation" in out


def test_a_unit_that_reads_nothing_has_no_first_and_no_last(cnncalc: Called) -> None:
    """All of its field lies in the padding: of the places there is none, which is not 0."""
    out = cnncalc("rf", "conv1,p2", "--input", "3x3x1", "--unit", "corner")[1]
    assert rows_of(out, "\t")[0] | {"first": "", "last": "", "read": "0"} == rows_of(out, "\t")[0]
