"""Shapes: read, written, and refused with the user's own numbers."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import ShapeError
from cnncalc.shapes import LARGEST, Shape, shorten, whole_number
from cnncalc.symbols import Term, product

sizes = st.integers(1, LARGEST)
shapes = st.builds(Shape, st.lists(sizes, max_size=3).map(tuple), sizes)


@given(shapes)
def test_what_is_written_is_read_back(shape: Shape) -> None:
    """``parse(shape.written) == shape``, which is ``str(shape)`` but for a ``c`` where that would be refused."""
    assert Shape.parse(shape.written) == shape
    if shape.written == str(shape):
        return
    with pytest.raises(ShapeError, match=rf"{shape}c"):
        Shape.parse(str(shape))


@given(shapes)
def test_numbers_are_places_times_channels(shape: Shape) -> None:
    """H·W·C, exact at any size."""
    assert shape.numbers == shape.positions * shape.channels
    assert len(shape.axes) == len(shape.space)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("224x224x3", Shape((224, 224), 3)),
        ("224×224×3", Shape((224, 224), 3)),
        (" 16000X1 ", Shape((16000,), 1)),
        ("4x5x6x7", Shape((4, 5, 6), 7)),
        ("4096", Shape((), 4096)),
        ("16x16c", Shape((16,), 16)),
        ("9223372036854775807x1x1", Shape((LARGEST, 1), 1)),
        ("224*224*3", Shape((224, 224), 3)),
        ("224,224,3", Shape((224, 224), 3)),
        ("(224, 224, 3)", Shape((224, 224), 3)),
        ("[30, 40, 3,]", Shape((30, 40), 3)),
        ("224 x 224 x 3", Shape((224, 224), 3)),
        ("224 224 3", Shape((224, 224), 3)),
        ("２２４×２２４×３", Shape((224, 224), 3)),
        ("２２４＊２２４，３", Shape((224, 224), 3)),
        ("3x224x224c", Shape((3, 224), 224)),
        ("1x7x512", Shape((1, 7), 512)),
        ("1x1x2048", Shape((1, 1), 2048)),
        ("3x15x16", Shape((3, 15), 16)),
        ("4x16x16", Shape((4, 16), 16)),
    ],
)
def test_shapes_are_read_as_people_write_them(text: str, shape: Shape) -> None:
    """Images, sounds, volumes and vectors, with x or ×, up to 2^63 − 1."""
    assert Shape.parse(text) == shape


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("224x224", "224x224 has no channels: write 224x224x1 (grey) or 224x224x3 (colour)"),
        (
            "3x224x224",
            "3x224x224 has 224 channels: did you mean 224x224x3? PyTorch writes channels first; 3x224x224c says",
        ),
        ("(1, 28, 28)", "1x28x28 has 28 channels: did you mean 28x28x1? PyTorch writes channels first; 1x28x28c says"),
        ("3,480,640", "3x480x640 has 640 channels: did you mean 480x640x3?"),
        ("1x3x224x224", "1x3x224x224 has 224 channels: did you mean 224x224x3?"),
        ("32x1x28x28", "32x1x28x28 has 28 channels: did you mean 28x28x1?"),
        ("3x16x112x112", "3x16x112x112 has 112 channels: did you mean 16x112x112x3?"),
        ("3x16x16", "3x16x16 has 16 channels: did you mean 16x16x3?"),
        (
            "1x224x224x3",
            "1x224x224x3 begins with a batch: did you mean 224x224x3? shapes are those of one input; 1x224x224x3c says "
            "that a volume of depth 1 is meant",
        ),
        ("1x16000", "1x16000 has 16000 channels: did you mean 16000x1? PyTorch writes channels first"),
        ("2x44100", "2x44100 has 44100 channels: did you mean 44100x2? PyTorch writes channels first"),
        ("()", "() is not a shape ('' is not a whole number): write one like 224x224x3"),
        ("(5x5x3]", "(5x5x3] is not a shape ('(5' is not a whole number): write one like 224x224x3"),
        ("5,,3", "5,,3 is not a shape ('' is not a whole number): write one like 224x224x3"),
        ("0x5x3", "0x5x3 holds the size 0: every size is a whole number from 1 to 2^63 − 1"),
        ("5x5x5x5x5", "5x5x5x5x5 has 4 spatial axes: 1, 2 or 3 are supported"),
        ("5x-5x3", "5x-5x3 is not a shape ('-5' is not a whole number): write one like 224x224x3"),
        ("5x5.5x3", "5x5.5x3 is not a shape ('5.5' is not a whole number): write one like 224x224x3"),
        ("", " is not a shape ('' is not a whole number): write one like 224x224x3"),
        ("axb", "axb is not a shape ('a' is not a whole number): write one like 224x224x3"),
        ("5xx3", "5xx3 is not a shape ('' is not a whole number): write one like 224x224x3"),
        ("٣x3x3", "٣x3x3 is not a shape ('٣' is not a whole number): write one like 224x224x3"),
        (
            "9223372036854775808x1x1",
            "9223372036854775808x1x1 is not a shape (9223372036854775808 is too large: numbers end at 2^63 − 1): write",
        ),
        (
            "1" * 5000,
            "1111111111111111111111111111… (5,000 characters) is not a shape (1111111111111111111111111111… (5,000 characters) is too large",
        ),
    ],
)
def test_what_is_no_shape_is_told_with_its_own_numbers(text: str, line: str) -> None:
    """One line each, with the way out."""
    with pytest.raises(ShapeError, match=f"^{re.escape(line)}") as caught:
        Shape.parse(text)
    assert "\n" not in str(caught.value)


def test_symbolic_shapes_carry_letters_and_are_the_same_numbers() -> None:
    """H, W and C_in stand for the sizes; a prime marks an output."""
    shape = Shape((222, 220), 64)
    named = shape.symbolic("'", "C_out")
    assert named == shape
    assert [Term.symbols(size) for size in (*named.space, named.channels)] == ["H'", "W'", "C_out"]  # type: ignore[arg-type]


def test_a_product_keeps_the_memory_of_terms() -> None:
    """The product of Terms is a Term without a silent 1 in front."""
    assert (str(product((Term(3), Term(4)))), product(())) == ("3·4", 1)


@given(st.text(max_size=80))
def test_text_for_a_message_is_one_short_line(text: str) -> None:
    """Nothing unprintable, nothing endless."""
    kept = shorten(text)
    assert kept.isprintable()
    assert text.isprintable() is False or len(kept) <= max(len(text), 60)


def test_what_can_be_printed_stays_as_it_is() -> None:
    """A backslash and a quote are one sign each, a text of just the length that is allowed is whole; nothing is lost twice."""
    assert shorten("a\\b'c\td") == "a\\b'c\\td"
    assert [len(shorten("9" * length)) for length in (39, 40)] == [39, 40]
    assert shorten("9" * 41) == "9" * 28 + "… (41 characters)"


def test_a_shape_does_not_change() -> None:
    """Shapes are values: they can be shared, and nobody can alter one under another's hands."""
    with pytest.raises(FrozenInstanceError):
        Shape((5, 5), 3).channels = 4  # type: ignore[misc]


def test_a_number_is_at_least_one_unless_nought_is_asked_for() -> None:
    """1 and the largest are read, leading zeros and all; 0 only where it may stand, and what is below is told the least."""
    assert [whole_number(text) for text in ("1", "007", str(LARGEST))] == [1, 7, LARGEST]
    assert whole_number("0", least=0) == 0
    with pytest.raises(ShapeError, match="^0 is too small: take at least 1$"):
        whole_number("0")
    with pytest.raises(ShapeError, match="^4 is too small: take at least 5$"):
        whole_number("4", least=5)
    assert whole_number("5", least=5) == 5


def test_an_image_with_its_channels_first_has_two_sides_of_sixteen() -> None:
    """A grey or colour image by PyTorch's order has two or three sides of 16 and more; anything else is taken as it stands."""
    for text in ("3x16x16", "1x16x99", "3x99x16"):
        with pytest.raises(ShapeError, match="PyTorch writes channels first"):
            Shape.parse(text)
    for text in ("3x224", "1x224", "3x15x16", "3x16x15", "2x16x16", "4x224x224"):
        assert str(Shape.parse(text)) == text
