"""The stamp lesson against the course notes' numbers, published examples, and plain arithmetic."""

from __future__ import annotations

import random
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import LimitError, MissingExtraError, ShapeError
from cnncalc.lessons import LessonError, present
from cnncalc.lessons.images import MOST_PIXELS, PICTURES, picture, read_image
from cnncalc.lessons.kernels import COLOUR_KERNELS, KERNELS, read_kernel
from cnncalc.lessons.stamp import OPTIONS, run
from cnncalc.lessons.telling import Grid
from cnncalc.lessons.window import slide
from tests.cases import cases

NOTES = next(case for case in cases("notes") if case["id"] == "seed-kernel-vertical")
NUMERIC = [case for case in cases("textbook") if case["spec"]["kind"] == "numeric"]


def by_hand(image: Grid, kernel: Grid, y: int, x: int) -> float:
    """One cell of the map, multiplied out."""
    return sum(weight * image[y + dy][x + dx] for dy, row in enumerate(kernel) for dx, weight in enumerate(row))


@pytest.mark.parametrize(
    ("shown", "fact"), [("flat", "flat"), ("line", "bright_line"), ("dark-line", "dark_line"), ("step", "step_edge")]
)
def test_vertical_kernel_answers_as_the_notes_say(shown: str, fact: str) -> None:
    """Flat gives 0, a bright line −3 6 −3, a dark one 3 −6 3, a step −3 3, in every row, and 0 elsewhere."""
    expected = NOTES["expected"][fact]
    for row in run(picture=shown).map:
        assert [value for value in row if value] == (expected if isinstance(expected, list) else [])


def test_vertical_kernel_is_blind_to_horizontal_lines() -> None:
    """Every row of the kernel adds up to 0, so a horizontal line gives exactly 0 everywhere."""
    lesson = run(picture="horizontal-line")
    assert {value for row in lesson.map for value in row} == {NOTES["expected"]["horizontal_line"]} == {0}
    assert lesson.kernel_sum == NOTES["expected"]["kernel_sum"]
    assert [list(row) for row in lesson.kernel] == NOTES["spec"]["kernel_values"]


@pytest.mark.parametrize("case", NUMERIC, ids=lambda case: str(case["id"]))
def test_published_examples_come_out(case: dict[str, Any]) -> None:
    """The examples of two textbooks, one of them as a convolution with the kernel turned."""
    spec = case["spec"]
    made = run(image=np.array(spec["image"], float), kernel=spec["kernel_values"], flip=spec.get("flip", False)).map
    assert [list(row) for row in made] == case["expected"]["out_values"]


def test_zero_padding_draws_false_lines() -> None:
    """On a flat 100 both borders answer 300, 200 in the corners where a row of the window is outside, 0 between."""
    made = run().flat_padded
    assert [row[0] for row in made] == [row[-1] for row in made] == [200, 300, 300, 300, 300, 200]
    assert {value for row in made for value in row[1:-1]} == {0}


def test_cells_in_the_padding_are_marked() -> None:
    """With padding 1 and a 3×3 kernel, the marked cells are the outermost ones; without padding, none."""
    lesson = run(padding=1)
    edge = {(y, x) for y in range(7) for x in range(7) if y in (0, 6) or x in (0, 6)}
    assert set(lesson.in_padding) == edge
    assert run().in_padding == ()
    assert present("stamp", lesson).pictures[0].maps[2].marked == edge


def test_dot_product_is_no_likeness_and_normalising_mends_it() -> None:
    """5 for a plus, 5 for flat ones, 10 for flat twos; divided by both lengths only the plus is 1."""
    plus, ones, twos = run().likeness
    assert (plus.dot, ones.dot, twos.dot) == (5, 5, 10)
    assert plus.normalised == pytest.approx(1)
    assert ones.normalised == pytest.approx(5 / (5**0.5 * 3)) == pytest.approx(twos.normalised)


def test_cat_ear_kernel_finds_the_two_ears() -> None:
    """The cat-ear stamp is strongest at the two ears, with all five of its 2s on bright pixels, and nowhere else."""
    made = run(kernel=KERNELS["cat-ear"], picture="cat-ear").map
    strongest = max(map(max, made))
    assert [(y, x) for y, row in enumerate(made) for x, value in enumerate(row) if value == strongest] == [
        (1, 1),
        (1, 7),
    ]
    assert strongest == 10


@given(st.integers(0, 10**6), st.booleans())
def test_every_cell_is_the_sum_of_products(seed: int, flip: bool) -> None:
    """The whole map, and the cell that is written out, are what multiplying by hand gives."""
    dice = random.Random(seed)
    image = [[dice.randrange(-9, 10) for _x in range(6)] for _y in range(5)]
    kernel = tuple(tuple(dice.randrange(-3, 4) for _x in range(3)) for _y in range(2))
    turned = tuple(row[::-1] for row in kernel[::-1]) if flip else kernel
    lesson = run(image=np.array(image, float), kernel=kernel, flip=flip, at=(3, 2))
    assert [list(row) for row in lesson.map] == [[by_hand(image, turned, y, x) for x in range(4)] for y in range(4)]
    assert lesson.at is not None
    assert lesson.at.sum == sum(map(sum, lesson.at.products)) == by_hand(image, turned, 3, 2)


def test_stride_and_the_ways_of_padding() -> None:
    """Stride keeps every second place; a wrapped border is the other side, a repeated one the same again."""
    line = np.array([[1.0, 2.0, 4.0, 8.0]])
    kernel = np.zeros((3, 3))
    kernel[1] = (1, 0, 0)
    assert slide(line, kernel, 1).tolist() == [[0, 1, 2, 4]]
    assert slide(line, kernel, 1, stride=2).tolist() == [[0, 2]]
    assert slide(line, kernel, 1, mode="wrap").tolist() == [[8, 1, 2, 4]]
    assert slide(line, kernel, 1, mode="edge").tolist() == [[1, 1, 2, 4]]


def test_the_story_tells_the_arithmetic_of_a_cell() -> None:
    """``--at`` writes products and sum out: three 2s on the line, the rest 0."""
    story = present("stamp", run(at=(0, 2))).notes
    assert any(text.endswith("+ (-1)·0 + 2·1 + (-1)·0 = 6") for text in story)


def test_what_holds_for_one_kernel_is_told_of_it_alone() -> None:
    """The warnings about dark lines and steps belong to the vertical-line kernel; other sums are told as they are."""
    assert any("dark line" in text for text in present("stamp", run()).notes)
    blurred = present("stamp", run(kernel=KERNELS["blur"])).notes
    assert not any("dark line" in text for text in blurred)
    assert any("add up to 1:" in text for text in blurred)


@pytest.mark.parametrize("name", PICTURES)
def test_built_in_pictures_are_rectangles_of_0_and_1(name: str) -> None:
    """Every row is as long as the first."""
    assert len({len(row) for row in picture(name)}) == 1
    assert {value for row in picture(name) for value in row} <= {0, 1}


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("-1 2 -1; -1 2 -1; -1 2 -1", KERNELS["vertical"]),
        ("1,2\n3,4", ((1, 2), (3, 4))),
        (" 1/2 .5 ;; 0 -1e2 ", ((0.5, 0.5), (0, -100))),
        ("7", ((7,),)),
    ],
)
def test_kernels_can_be_typed(text: str, kernel: Grid, tmp_path: Path) -> None:
    """Spaces or commas between numbers, semicolons or lines between rows; the same from a file."""
    assert read_kernel(text) == kernel
    file = tmp_path / "kernel.txt"
    file.write_text(text)
    assert read_kernel(str(file)) == kernel


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1 2; 3", "row 2 of the kernel has 1 number and row 1 has 2: make it a rectangle"),
        ("1 1/0", "1/0 in the kernel is not a number"),
        ("1 1e400", "1e400 in the kernel is not a number"),
        ("1 - 1", "- in the kernel is not a number"),
        ("1e10", "1e10 in the kernel is not a number"),
        (";;", "the kernel is empty"),
        ("", "the kernel is empty"),
        (" ".join(["1"] * 1025), "the kernel is 1x1025: at most 1,024 numbers"),
        ("verticale", "no kernel verticale: take one of vertical"),
    ],
)
def test_bad_kernels_are_refused(text: str, problem: str) -> None:
    """What is no rectangle of reasonable numbers gets one line that says why."""
    with pytest.raises(LessonError, match=problem):
        read_kernel(text)


def test_kernel_files_are_bounded_and_text(tmp_path: Path) -> None:
    """A huge file is not read to its end, a binary one is no kernel, a folder can't be read."""
    for content, problem in ((b"1 " * 40_000, "more than 65,536 bytes"), (b"\xff\xfe\x00", "is not a text")):
        file = tmp_path / "kernel"
        file.write_bytes(content)
        with pytest.raises(LessonError, match=problem):
            read_kernel(str(file))
    with pytest.raises(LessonError, match="can't read"):
        read_kernel(str(tmp_path))


def test_what_does_not_fit_is_refused() -> None:
    """A picture smaller than the kernel, a cell outside the map, padding that is only padding, an unknown picture."""
    with pytest.raises(ShapeError, match=r"kernel 3x3 does not fit into 2x9 \(\+0 padding\)"):
        run(image=np.zeros((2, 9)))
    with pytest.raises(LessonError, match="there is no cell 5,0: the map is 5x5, take 0,0 to 4,4"):
        run(at=(5, 0))
    with pytest.raises(LessonError, match="padding 3 is as large as the kernel: take at most 2"):
        run(padding=3)
    with pytest.raises(LessonError, match="padding -1 is negative"):
        run(padding=-1)
    with pytest.raises(LessonError, match="no picture lion: take one of line"):
        run(picture="lion")


@pytest.mark.parametrize("suffix", ["png", "pgm", "jpg"])
def test_images_are_read_as_grey_values(suffix: str, tmp_path: Path) -> None:
    """PNG and PGM come back exactly, JPEG nearly; colour becomes grey."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3
    path = tmp_path / f"picture.{suffix}"
    image.fromarray(pixels).save(path)
    assert np.abs(read_image(str(path)) - pixels).max() <= (12 if suffix == "jpg" else 0)


def test_sixteen_bit_images_are_scaled(tmp_path: Path) -> None:
    """65,535 of a 16-bit file is 255, not cut off."""
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "deep.png"
    image.fromarray(np.array([[0, 257, 65535]], dtype=np.uint16)).save(path)
    assert read_image(str(path)).tolist() == [[0, 1, 255]]


def test_bad_images_are_refused(tmp_path: Path) -> None:
    """Not a picture, a damaged one, a missing one, too many pixels: refused before anything is decoded."""
    image = pytest.importorskip("PIL.Image")
    text, large, cut = tmp_path / "text.png", tmp_path / "large.png", tmp_path / "cut.png"
    text.write_text("no picture")
    image.new("L", (MOST_PIXELS // 512 + 1, 512)).save(large)
    cut.write_bytes(large.read_bytes()[:60])
    with pytest.raises(LessonError, match="not a PNG, JPEG or PGM picture"):
        read_image(str(text))
    with pytest.raises(LimitError, match=r"large.png is 513x512, 262,656 pixels of at most 262,144: make it \d+x\d+"):
        read_image(str(large))
    with pytest.raises((LessonError, LimitError), match="cut.png"):
        read_image(str(cut))
    with pytest.raises(LessonError, match="No such file"):
        read_image(str(tmp_path / "none.png"))


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    """A few bytes that claim 10 billion pixels are refused with one line."""
    pytest.importorskip("PIL.Image")
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5 100000 100000 255\n" + b"\0" * 100)
    with pytest.raises(LimitError, match="bomb.pgm"):
        read_image(str(path))


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    for module in ("PIL", "PIL.Image"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingExtraError, match="reading cat.png needs pillow: pip install pillow"):
        read_image("cat.png")


def test_the_lesson_states_what_it_takes() -> None:
    """Every option of the lesson is a parameter of its experiment, and the other way round."""
    assert list(signature(run).parameters) == list(OPTIONS)


def test_the_bias_is_a_knob() -> None:
    """Turned down to −5 only the bright line fires, at −2 steps and thick lines do; counted from the maps by hand."""
    knob = {turn.bias: turn for turn in run().knob}
    assert list(knob) == [-6, -5, -4, -3, -2, -1, 0, 1]
    for turn in knob.values():
        assert turn.cells == 25
        fires = {
            name: sum(value + turn.bias > 0 for row in run(picture=name).map for value in row)
            for name in ("line", "thick-line", "step", "noise")
        }
        assert list(fires.values()) == [turn.line, turn.thick_line, turn.step, turn.noise]
    assert (knob[-5].line, knob[-5].thick_line, knob[-5].step) == (5, 0, 0)
    assert (knob[-2].line, knob[-2].thick_line, knob[-2].step) == (5, 10, 5)
    assert -2.5 in [turn.bias for turn in run(bias=-2.5).knob]
    assert run(picture="cat-ear", kernel=((1,) * 8,) * 8).knob == ()


def test_bias_and_relu() -> None:
    """The bias is in the map and in the sum that is written out, and ReLU leaves what is above 0."""
    lesson = run(bias=-4, at=(0, 2))
    assert lesson.map[0] == (-4, -7, 2, -7, -4)
    assert lesson.fired[0] == (0, 0, 2, 0, 0)
    assert lesson.at is not None
    assert lesson.at.sum == 2
    assert any(text.endswith("+ (-1)·0 + (-4) = 2") for text in present("stamp", lesson).notes)


@pytest.mark.parametrize("text", ["x", "nan", "inf", "1e10", "1" * 99])
def test_bad_biases_are_refused(text: str) -> None:
    """What is no number of reasonable size gets one line."""
    with pytest.raises(LessonError, match="is not a number between -1e9 and 1e9"):
        OPTIONS["bias"].read(text)


def test_noise_is_what_python_throws() -> None:
    """The noise is not drawn by hand: the first 49 throws of seed 0."""
    dice = random.Random(0)
    assert picture("noise") == tuple(tuple(int(dice.random() < 0.5) for _x in range(7)) for _y in range(7))


def test_the_diagonal_kernel_finds_the_diagonal() -> None:
    """Three 2s lie on the line along the diagonal of the map and nowhere else."""
    made = run(kernel=KERNELS["diagonal"], picture="diagonal").map
    assert {(y, x) for y in range(5) for x in range(5) if made[y][x] == 6} == {(i, i) for i in range(5)}
    assert max(value for y, row in enumerate(made) for x, value in enumerate(row) if x != y) == 0


GREEN_TO_BLUE = COLOUR_KERNELS["green-to-blue"]


@pytest.mark.parametrize(
    ("shown", "row"),
    [
        ("green-blue", (0, 0, 6, 6, 0)),
        ("blue-green", (0, 0, -6, -6, 0)),
        ("red-blue", (0, 0, 3, 3, 0)),
        ("black-white", (0, 0, 0, 0, 0)),
        ("step", (0, 0, 0, 0, 0)),
    ],
)
def test_a_detector_from_green_to_blue(shown: str, row: tuple[int, ...]) -> None:
    """6 where green becomes blue, −6 the other way, half from red, nothing for brightness: added up by hand."""
    lesson = run(kernel=GREEN_TO_BLUE, picture=shown)
    assert set(lesson.map) == {row}
    assert lesson.parameters == 28


@given(st.integers(0, 10**6))
def test_three_planes_are_one_sum(seed: int) -> None:
    """Every cell is the sum over 3·2·2 products and the bias; the planes' parts add up to the map."""
    dice = random.Random(seed)
    image = np.array([[[dice.randrange(-9, 10) for _x in range(4)] for _y in range(4)] for _c in range(3)], float)
    kernel = tuple(tuple(tuple(dice.randrange(-3, 4) for _x in range(2)) for _y in range(2)) for _c in range(3))
    lesson = run(image=image, kernel=kernel, bias=1, at=(1, 2))
    by_planes = [[sum(by_hand(image[c], kernel[c], y, x) for c in range(3)) + 1 for x in range(3)] for y in range(3)]
    assert [list(row) for row in lesson.map] == by_planes
    assert np.array_equal(np.sum([plane.map for plane in lesson.planes], axis=0) + 1, lesson.map)
    assert lesson.at is not None
    assert sum(map(sum, lesson.at.products)) + 1 == lesson.at.sum == by_planes[1][2]
    line = present("stamp", lesson).notes[2]
    assert len(line.split("·")) == 13


def test_a_grey_kernel_sees_brightness_and_a_grey_picture_has_equal_channels() -> None:
    """One plane of weights reads a colour picture by its brightness; three planes read a grey one three times."""
    ones = ((1,),)
    assert run(kernel=ones, picture="green-blue").map[0] == (0.587,) * 4 + (0.114,) * 3
    assert run(kernel=(ones, ((2,),), ((4,),)), picture="step").map[0] == (0, 0, 0, 0, 7, 7, 7)


def test_at_marks_window_kernel_and_cell() -> None:
    """In the pictures themselves; what lies in the padding is not there to be marked."""
    first, *_more = present("stamp", run(at=(1, 2))).pictures
    assert first.maps[0].framed == {(y, x) for y in (1, 2, 3) for x in (2, 3, 4)}
    assert len(first.maps[1].framed) == 9
    assert first.maps[2].framed == {(1, 2)}
    corner, *_more = present("stamp", run(at=(0, 0), padding=1)).pictures
    assert corner.maps[0].framed == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_photographs_are_grey_and_numbers_are_not() -> None:
    """A large picture of 0 … 255 is a photograph; one of numbers around 0, and a small one, are not."""
    large = np.arange(900.0).reshape(30, 30) % 256
    assert present("stamp", run(image=large)).pictures[0].maps[0].grey
    assert not present("stamp", run(image=large - 100)).pictures[0].maps[0].grey
    assert not present("stamp", run(image=large[:5, :5])).pictures[0].maps[0].grey


def test_colour_images_keep_their_channels(tmp_path: Path) -> None:
    """A colour file has three planes; read by one kernel it is as grey as Pillow makes it, to rounding."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    path = tmp_path / "colour.png"
    image.fromarray(pixels).save(path)
    planes = read_image(str(path))
    assert np.array_equal(planes, np.moveaxis(pixels, 2, 0))
    grey = np.asarray(image.open(path).convert("L"), float)
    assert np.abs(np.array(run(image=planes, kernel=((1,),)).map) - grey).max() < 0.51


@pytest.mark.parametrize("text", ["1 | 2", "1 | 2 | 3 | 4", "1 2 | 1 | 1"])
def test_planes_of_a_kernel_are_three_of_one_size(text: str) -> None:
    """Two planes, four, or unequal ones are refused."""
    with pytest.raises(LessonError, match="the kernel has planes of"):
        read_kernel(text)
