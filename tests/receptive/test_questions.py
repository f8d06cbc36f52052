"""What is asked beside the table of fields: one function and one row, and nothing imported where nothing is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.questions import QUESTIONS, Finding, Subject
from cnncalc.receptive.report import receptive_fields
from cnncalc.report.requirements import required
from cnncalc.shapes import Shape


def test_a_row_is_all_that_a_question_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new row finds stands in data and notes, and requirements may speak of it."""

    def depth(subject: Subject) -> Finding:
        layers = len(subject.trace.network)
        return Finding({"depth": layers}, (f"{subject.name} is layer {layers}",))

    rows = {"depth": depth, **QUESTIONS}
    monkeypatch.setattr("cnncalc.receptive.questions.QUESTIONS", rows)
    report = required(receptive_fields(parse("conv3 x3"), asked=Asked(ruler=True)), ["depth>=3"])
    assert report.data["depth"] == 3
    assert report.notes[-2:] == ("conv3 is layer 3", "required depth>=3: met, it is 3")


def test_requirements_speak_of_what_else_was_asked() -> None:
    """A requirement may name the effective width, a unit's number, or the context, all found in the same report."""
    fields = receptive_fields(parse("conv3,p1 x2"), Shape((6, 6), 1), Asked(unit="corner", effective=True))
    report = required(fields, ("effective.0.width_50<=3", "unit.units==36"))
    assert [entry["value"] for entry in report.data["requirements"]] == [
        2,
        36,
    ]  # 2 + 3 of the 1 + 2 + 3 + 2 + 1 paths are half
    assert report.verdict is True


@pytest.mark.parametrize(("asked", "imported"), [("Asked(at='conv1')", False), ("Asked(ruler=True)", True)])
def test_asking_nothing_imports_nothing(asked: str, imported: bool) -> None:
    """The questions are imported by the first that is asked."""
    program = (
        "import sys; from cnncalc.notation.parsing import parse; from cnncalc.receptive.asked import Asked;"
        "from cnncalc.receptive.report import receptive_fields;"
        f"receptive_fields(parse('conv3'), asked={asked}); print('cnncalc.receptive.questions' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(imported)


@pytest.mark.parametrize(("unit", "box"), [("corner", [-3, 3]), ("7,7", [4, 10]), ("4,4", [1, 7])])
def test_the_share_of_padding_is_counted_at_every_border(unit: str, box: list[int]) -> None:
    """Of the 7·7 places of a field what lies outside of 0 … 7 is padding: 33 at either corner, none in the middle."""
    report = receptive_fields(parse("conv3,p1 x3"), Shape((8, 8), 1), Asked(unit=unit))
    inside = len(set(range(box[0], box[1] + 1)) & set(range(8)))
    assert report.get("unit.theoretical") == [box, box]
    assert report.get("unit.padding") == (49 - inside**2) / 49


@pytest.mark.parametrize(
    ("network", "line"),
    [
        ("conv3,causal", "unit 0 sees 2 to the left and 0 to the right of input 0: causal, nothing after it is read"),
        ("conv3,p1", "unit 0 sees 1 to the left and 1 to the right of input 0"),
        ("conv3", "unit 0 sees 0 to the left and 2 to the right of input 0"),
        ("conv2 pad,p2/0", "unit 0 sees 2 to the left and 0 to the right of input 0: causal, nothing after it is read"),
    ],
)
def test_the_context_of_a_sequence_is_told(network: str, line: str) -> None:
    """How far unit 0 sees to either side, and that it is causal only where nothing after it is read."""
    report = receptive_fields(parse(network), Shape((16,), 1))
    assert line in report.notes


def test_the_table_of_a_unit_has_a_row_for_each_axis_of_the_input() -> None:
    """A unit's table tells where it stands and what it reads, axis by axis; a number of a vector stands nowhere."""
    (table,) = receptive_fields(parse("conv3,p1"), Shape((8, 9), 1), Asked(unit="0,4")).asked
    assert table.rows == ((0, 0, 0, 1, 2, -1, 1), (1, 4, 3, 5, 3, 3, 5))
    (table,) = receptive_fields(parse("conv3 fc4"), Shape((8, 9), 1), Asked(unit="centre")).asked
    assert table.rows == ((0, None, 0, 7, 8, None, None), (1, None, 0, 8, 9, None, None))
    (table,) = receptive_fields(parse("convT1/2"), Shape((3, 3), 1), Asked(unit="1,0")).asked
    assert table.rows == ((0, 1, None, None, 0, None, None), (1, 0, None, None, 0, None, None))
