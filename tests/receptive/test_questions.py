"""What is asked beside the table of fields: one function and one row, and nothing imported where nothing is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnncalc.errors import NetworkError
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.questions import QUESTIONS, Finding, Subject, place
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


def test_a_place_is_written_in_three_ways() -> None:
    """The middle one, the first one, or one number for each axis, of at most 19 digits that ASCII has."""
    assert [place(text, (7, 4)) for text in ("centre", "center", "corner")] == [(3, 2), (3, 2), (0, 0)]
    assert place("10, 12", ()) == (10, 12)
    assert place("1" * 19, ()) == (int("1" * 19),)
    for text in ("1" * 20, "1,", "", "-1", "²", "1,two"):
        with pytest.raises(NetworkError, match="is not a place: write row,column such as 10,12, or centre, or corner"):
            place(text, (7, 4))
    with pytest.raises(NetworkError, match=f"unit '{'a' * 40}' is not"):
        place("a" * 100, (7,))


def test_a_unit_beside_its_theory() -> None:
    """What it reads in all, what through windows, how much of its field is padding, and how many units lack nothing."""
    report = receptive_fields(parse("conv3,p1 in conv3,p1"), Shape((8, 6), 1), Asked(unit="corner"))
    assert list(report.notes)[-4:] == [
        "unit 0,0 of conv2 reads 0…7 × 0…5",
        "through windows it reads 0…2 × 0…2",
        "its theoretical field is -2…2 × -2…2, of which 64.0% lies in the padding",  # 16 of 25
        "8 of 48 units (16.7%) read their full field",  # 4 of 8 rows, 2 of 6 columns
    ]
    assert report.data["unit"] == {
        "unit": [0, 0],
        "box": [[0, 7], [0, 5]],
        "read": [8, 6],
        "windows": {"box": [[0, 2], [0, 2]], "read": [3, 3]},
        "exact": True,
        "theoretical": [[-2, 2], [-2, 2]],
        "padding": 16 / 25,
        "full": False,
        "full_units": 8,
        "units": 48,
        "full_share": 8 / 48,
    }


@pytest.mark.parametrize(
    ("network", "unit", "full", "lines"),
    [
        ("conv3,p1", "3", True, ["unit 3 of conv1 reads 2…4", "its theoretical field is 2…4, of which 0.0% lies in the padding"]),
        ("conv3 globalavgpool", "0", True, ["unit 0 of globalavgpool1 reads 0…7"]),
        ("conv3,p1 globalavgpool", "0", False, ["unit 0 of globalavgpool1 reads 0…7"]),  # it would read the padding too
        ("convT1/2", "1", False, ["unit 1 of convT1 reads nothing"]),
    ],
)  # fmt: skip
def test_whether_a_unit_lacks_nothing(network: str, unit: str, full: bool, lines: list[str]) -> None:
    """Its box is its field, or, where nothing slides, all units read what they would without a border."""
    report = receptive_fields(parse(network), Shape((8,), 1), Asked(unit=unit))
    assert report.get("unit.full") is full
    assert set(lines) <= set(report.notes)
    assert any("read their full field" in line for line in report.notes) is ("nothing" not in lines[0])


@pytest.mark.parametrize(
    ("network", "rate", "ends", "milliseconds"),
    [
        ("conv3 conv4/4", 16000.0, (0, 5, False), (6 / 16, 4 / 16)),
        ("conv2,causal,d4", 500.0, (4, 0, True), (10, 2)),
        ("conv1", 1000.0, (0, 0, True), (1, 1)),
        ("pad,p3/0 conv2", 1000.0, (3, 0, True), (2, 1)),
        ("conv3 in", 1000.0, (0, 2, False), (3, 1)),  # the statistics are no context
        ("convT2/2", 1000.0, (None, None, None), (None, None)),
        ("globalavgpool", 1000.0, (None, None, None), (None, None)),
    ],
)
def test_a_context_in_milliseconds(
    network: str, rate: float, ends: tuple[object, ...], milliseconds: tuple[float | None, ...]
) -> None:
    """Inputs over the rate; nothing is said where no number of inputs lies between units, or all are read."""
    context = receptive_fields(parse(network), Shape((64,), 1), Asked(sample_rate=rate)).data["context"]
    assert context["sample_rate"] == rate
    assert (context["left"], context["right"], context["causal"]) == ends
    assert (context["size_ms"], context["jump_ms"]) == milliseconds


def test_the_rate_is_told_in_a_sentence() -> None:
    """With the field and the jump in milliseconds; without a rate there is none, and of an image no context."""
    report = receptive_fields(parse("conv3 conv4/4"), None, Asked(sample_rate=16000.0))
    assert "at 16,000 samples per second: field 0.375 ms, one unit every 0.25 ms" in report.notes
    silent = receptive_fields(parse("conv3"), Shape((9,), 1))
    assert not any("samples" in line for line in silent.notes)
    assert silent.data["context"]["size_ms"] is None
    assert "context" not in receptive_fields(parse("conv3"), Shape((9, 9), 1)).data
    assert "context" not in receptive_fields(parse("conv3")).data


def test_an_effective_field_tells_which_paths_it_counts() -> None:
    """Of any unit all, of one those inside the maps; through windows only, for a statistic has no weight of its own."""
    any_unit = receptive_fields(parse("conv3 x2"), None, Asked(effective=True))
    assert any_unit.notes[-1] == "effective field: uniform weights, every path counted (Luo et al. 2016)"
    (row,) = any_unit.data["effective"]
    assert row == {
        "axis": 0,
        "size": 5,
        "deviation": round((4 / 3) ** 0.5, 9),
        "width_50": 2,
        "width_95": 5,
        "width_99": 5,
    }
    one = receptive_fields(parse("conv3,p1 in"), Shape((9, 7), 1), Asked(effective=True, unit="0,0"))
    assert list(one.notes)[-2:] == [
        "effective field of unit 0,0: uniform weights, every path inside the maps counted",
        "what a norm reads through its statistics counts for no path",
    ]
    assert [(row["axis"], row["deviation"], row["width_99"]) for row in one.data["effective"]] == [
        (0, 0.5, 2),
        (1, 0.5, 2),
    ]


def test_a_sequence_of_unknown_length_has_one_axis() -> None:
    """Where branches meet it matters how many axes there are: with a rate of samples it is one, else two.

    One path through the copy stands against three through a window of 3, or against nine.
    """
    network = parse("relu add( | conv3,p1 )")
    for asked, paths in ((Asked(effective=True, sample_rate=1000.0), 4), (Asked(effective=True), 10)):
        (row,) = receptive_fields(network, None, asked).data["effective"]
        off = (paths - 1) / 3 * 2 / paths  # so many of the paths end beside the unit
        assert row["deviation"] == pytest.approx(off**0.5)


def test_a_field_may_lie_in_the_padding_alone() -> None:
    """All of it is padding, and none of it is read."""
    report = receptive_fields(parse("pad,p3 conv2"), Shape((8, 8), 1), Asked(unit="0,4"))
    assert (report.get("unit.theoretical"), report.get("unit.padding")) == ([[-3, -2], [1, 2]], 1)


def test_time_runs_along_the_first_axis() -> None:
    """Of a spectrogram the rows are in milliseconds, whatever the columns are."""
    context = receptive_fields(parse("conv3x5/2x1"), Shape((9, 9), 1), Asked(sample_rate=1000.0)).data["context"]
    assert (context["right"], context["size_ms"], context["jump_ms"]) == (2, 3, 2)
