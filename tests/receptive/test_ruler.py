"""The ruler by hand: which part of the image is shown, to which scale, and which layers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cnncalc.errors import NetworkError
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.report import receptive_fields
from cnncalc.report.picture import Picture
from cnncalc.shapes import Shape


def drawn(network: str, size: int = 0) -> Picture:
    input = Shape((size,), 1) if size else None
    (picture,) = receptive_fields(parse(network), input, Asked(ruler=True)).pictures
    assert isinstance(picture, Picture)
    return picture


def test_a_small_image_is_shown_from_edge_to_edge() -> None:
    """Fifty-six inputs have a column each, and the unit in the middle stands where it reads."""
    assert drawn("conv3,p1", 56) == Picture(("conv1   3 " + " " * 27 + "[###]", "input  56 |" + "-" * 56 + "|"))


def test_of_a_large_image_the_part_under_the_field_is_shown() -> None:
    """One input more, and neither edge is shown, for both are far; as long as 8 inputs and more lie between."""
    assert drawn("conv3,p1", 57) == Picture(("conv1   3 [###]", "input  57  ---"))
    assert drawn("conv41,p20", 57) == Picture(("conv1  41 [" + "#" * 41 + "]", "input  57  " + "-" * 41))


def test_an_edge_that_is_near_is_shown_on_both_sides() -> None:
    """With 7 inputs before and behind, both edges are shown; 57 inputs on 56 columns are drawn to scale."""
    assert drawn("conv43,p21", 57) == Picture(
        ("conv1  43 " + " " * 6 + "[" + "#" * 43 + "]", "input  57 |" + "-" * 56 + "|"), "one column is 1.02 inputs"
    )


def test_a_field_that_sticks_out_is_shown_with_the_image_under_it() -> None:
    """A window of 9 on four inputs reads 2 before and 3 behind them: it is wider than the image, whose edges are seen."""
    assert drawn("conv9,p4", 4) == Picture(("conv1  9 [#########]", "input  4   |----|"))


def test_of_many_layers_some_are_shown_and_the_last_always() -> None:
    """Up to 24 layers are all shown; of thirty, 24 in order, none further than two from the next, the last among them."""
    assert len(drawn(" ".join(["conv3"] * 24)).lines) == 24
    lines = drawn(" ".join(["conv3"] * 30)).lines
    numbers = [int(line.split()[0].removeprefix("conv")) for line in lines]
    assert len(numbers) == 24
    assert numbers[-1] == 30
    assert {after - before for before, after in pairwise(numbers)} == {1, 2}


def test_a_name_that_is_like_none_is_answered_with_one_that_there_is() -> None:
    """A near name is offered as meant, for want of one any name."""
    followed = parse("conv3 relu")
    for name, line in (("conv9", "did you mean conv1"), ("qqqqqqqq", "take another, such as conv1")):
        with pytest.raises(NetworkError, match=f"^there is no layer {name}: {line}"):
            receptive_fields(followed, None, Asked(at=name))


def test_the_ruler_lies_along_the_first_axis() -> None:
    """Of a field of 3 rows and 5 columns it shows the rows, on an image of 6 rows."""
    (picture,) = receptive_fields(parse("conv3x5"), Shape((6, 9), 1), Asked(ruler=True)).pictures
    assert isinstance(picture, Picture)
    assert picture.lines == ("conv1  3   [###]", "input  6 |------|")
