"""What a layer can't take is refused with numbers that would do, and those next to them would not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.analysis import shapes
from cnncalc.errors import LayerError, LimitError, ShapeError
from cnncalc.layers import kind
from cnncalc.layers.adaptivepool import AdaptivePool
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.layers.pool import Pool
from cnncalc.layers.transposed import Transposed
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape

small = st.integers(1, 9)


def refusal(layer: Layer, size: int) -> str:
    """What is said of a layer on a line of so many inputs; nothing if it takes them."""
    try:
        layer.output(Shape((size,), 1))
    except ShapeError as problem:
        return str(problem)
    return ""


def number(pattern: str, text: str) -> int | None:
    match = re.search(f"{pattern} (\\d+)", text)
    return int(match[1]) if match else None


@given(size=small, kernel=small, dilation=st.integers(1, 3), padding=st.integers(0, 3))
def test_a_window_that_does_not_fit_is_told_what_would(size: int, kernel: int, dilation: int, padding: int) -> None:
    """The least padding that is named lets the window fit and one less does not; so do the largest kernel and one more."""
    line = refusal(Conv(kernel, dilation=dilation, padding=padding), size)
    assert bool(line) == (size + 2 * padding < (kernel - 1) * dilation + 1)
    if not line:
        return
    assert (f"(spanning {(kernel - 1) * dilation + 1})" in line) == (dilation > 1)
    missing, most = number("add padding ≥", line), number("take a kernel ≤", line)
    assert missing is not None
    assert most is not None
    fits = [not refusal(Conv(kernel, dilation=dilation, padding=more), size) for more in (missing - 1, missing)]
    assert fits == [False, True]
    fits = [not refusal(Conv(less, dilation=dilation, padding=padding), size) for less in (most + 1, most)]
    assert fits == [False, True]


@given(size=small, kernel=small, stride=st.integers(1, 4), ceil=st.booleans(), wide=st.booleans(), data=st.data())
def test_a_pool_is_told_of_no_padding_that_it_may_not_have(
    size: int, kernel: int, stride: int, ceil: bool, wide: bool, data: st.DataObject
) -> None:
    """Padding is named only where the pool may have so much, at most half of its kernel; the kernel that is named fits."""
    padding = data.draw(st.integers(0, kernel // 2))
    line = refusal(Pool(kernel, stride=stride, padding=padding, ceil=ceil, wide_padding=wide), size)
    if not line:
        return
    missing, most = number("add padding ≥", line), number("take a kernel ≤", line)
    assert most is not None
    if missing is not None:
        assert not refusal(Pool(kernel, stride=stride, padding=missing, ceil=ceil, wide_padding=wide), size)
    assert refusal(Pool(most + 1, stride=stride, padding=padding, ceil=ceil, wide_padding=wide), size)


@given(size=small, kernel=small, stride=st.integers(1, 3), padding=st.integers(0, 12))
def test_a_padding_that_leaves_nothing_is_told_what_would(size: int, kernel: int, stride: int, padding: int) -> None:
    """A transposed convolution makes (n − 1)·s + k places, of which the padding is cut from both ends: less than half."""
    line = refusal(Transposed(kernel, stride=stride, padding=padding), size)
    places = (size - 1) * stride + kernel
    assert bool(line) == (2 * padding >= places)
    if not line:
        return
    most = number("take a padding <", line)
    assert most is not None
    fits = [not refusal(Transposed(kernel, stride=stride, padding=less), size) for less in (most, most - 1)]
    assert fits == [False, True]


@given(kernel=small, before=st.integers(0, 9), after=st.integers(0, 9), wide=st.booleans())
def test_a_pool_takes_half_of_its_kernel_as_padding(kernel: int, before: int, after: int, wide: bool) -> None:
    """PyTorch's pools take half of the kernel on either side, ONNX Runtime's less than the kernel; more is told the most."""
    most = kernel - 1 if wide else kernel // 2
    if max(before, after) <= max(most, kernel // 2):
        pool = Pool(kernel, padding=((before, after),), wide_padding=wide)
        assert pool.wide_padding == (wide and max(before, after) > kernel // 2)
        return
    with pytest.raises(LayerError, match=f"take a padding ≤ {most}$"):
        Pool(kernel, padding=((before, after),), wide_padding=wide)


def test_a_layer_is_told_by_what_is_not_usual() -> None:
    """Only what is not its default stands in a layer's text."""
    assert str(Conv(3)) == "Conv(kernel=(3,))"
    assert str(Conv((3, 5), stride=2, bias=False)) == "Conv(kernel=(3, 5), stride=(2,), bias=False)"


def test_half_of_the_kernel_is_the_rule() -> None:
    """Unless a pool is said to have wide padding, PyTorch's rule holds."""
    with pytest.raises(LayerError, match="padding 2 is more than half of kernel 3: take a padding ≤ 1$"):
        Pool(3, padding=2)


@pytest.mark.parametrize("layer", [Conv(3), Pool(2), Transposed(2), Conv(3, padding="same")])
def test_a_window_needs_an_axis(layer: Layer) -> None:
    """A vector has no places to slide over; how to write a sequence is said."""
    with pytest.raises(
        ShapeError, match="a window needs at least one axis to slide on, but 100 has none: write 100x1 for"
    ):
        layer.output(Shape((), 100))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Conv", {"kernel": 0}),
        ("Conv", {"kernel": (3, 0)}),
        ("Conv", {"kernel": 3, "stride": 0}),
        ("Conv", {"kernel": 3, "dilation": -1}),
        ("Conv", {"kernel": 3, "filters": 0}),
        ("Conv", {"kernel": 3, "groups": 0}),
        ("Depthwise", {"kernel": 3, "multiplier": 0}),
        ("Separable", {"kernel": 3, "multiplier": 0}),
        ("Tiled", {"kernel": 3, "tile": 0}),
        ("Dense", {"units": 0}),
        ("GroupNorm", {"groups": 0}),
        ("ChannelShuffle", {"groups": 0}),
        ("Attention", {"heads": 0}),
        ("Attend", {"heads": 0}),
        ("AdaptivePool", {"outputs": 0}),
        ("PixelShuffle", {"factor": 0}),
        ("LocalResponseNorm", {"channels": 0}),
        ("Upsample", {"scale": 0}),
        ("Upsample", {"to": 0}),
        ("Unflatten", {"space": 0}),
        ("Slice", {"stride": 0}),
    ],
)
def test_no_size_of_a_layer_is_below_one(name: str, options: dict[str, object]) -> None:
    """Sizes, counts, groups and heads are whole numbers from 1 on, whichever kind asks for them."""
    with pytest.raises(LayerError, match=r"is out of range: give a whole number from 1 to 2\^63 − 1$"):
        kind(name)(**options)
    kind(name)(**dict.fromkeys(options, 1) | ({"kernel": 1} if "kernel" in options else {}))


def test_as_many_phases_as_are_followed() -> None:
    """An adaptive pool repeats after as many outputs as have no common factor with the inputs: 65,536, and no more."""
    assert len(AdaptivePool(65_536).reach(0, 65_537).phases) == 65_536  # type: ignore[union-attr]
    with pytest.raises(LimitError, match="adaptiveavgpool: units repeat only every 65537"):
        AdaptivePool(65_537).reach(0, 65_538)


IMAGE, LINE, VECTOR = Shape((6, 6), 4), Shape((8,), 6), Shape((), 8)
PER_AXIS = "is for 2 axes, but 8x6 has 1"

REFUSED: list[tuple[str, dict[str, object], Shape, str]] = [
    ("AdaptivePool", {"outputs": (2, 3)}, LINE, PER_AXIS),
    ("Attend", {"heads": 1}, IMAGE, "attend: 3 groups do not divide 4 input channels: take one of 1, 2, 4"),
    ("Attention", {"heads": 3}, IMAGE, "attention: 3 groups do not divide 4 input channels: take one of 1, 2, 4"),
    ("ChannelShuffle", {"groups": 3}, IMAGE, "channelshuffle: 3 groups do not divide 4 input channels"),
    ("Conv", {"kernel": 3, "groups": 3}, IMAGE, "conv: 3 groups do not divide 4 input channels"),
    (
        "Conv",
        {"kernel": 3, "filters": 6, "groups": 4},
        IMAGE,
        "conv: 4 groups do not divide 6 filters: take one of 1, 2, 3, 6",
    ),
    ("Conv", {"kernel": (3, 5)}, LINE, PER_AXIS),
    ("Conv", {"kernel": 3, "stride": (1, 2)}, LINE, PER_AXIS),
    ("Conv", {"kernel": 3, "dilation": (1, 2)}, LINE, PER_AXIS),
    ("Conv", {"kernel": 3, "padding": ((1, 1), (0, 0))}, LINE, "is for 2 axes, but 8x6 has 1"),
    ("Crop", {"border": ((1, 1), (0, 0))}, LINE, PER_AXIS),
    ("Crop", {"to": (2, 3)}, LINE, PER_AXIS),
    ("Crop", {"border": 3}, IMAGE, "crop: 6 positions can't be cut from 6: cut fewer"),
    ("Crop", {"to": 7}, IMAGE, "crop: the first 7 of 6 positions are more than there are: take to ≤ 6"),
    ("GLU", {}, Shape((6,), 5), "glu: 5 channels have no two halves: take an even number"),
    ("GroupNorm", {"groups": 3}, IMAGE, "gn: 3 groups do not divide 4 input channels"),
    ("Pad", {"padding": ((1, 1), (0, 0))}, LINE, PER_AXIS),
    ("Pad", {"padding": 6, "mode": "reflect"}, IMAGE, "pad: reflect padding 6 is more than 6 inputs give: take ≤ 5"),
    ("Pad", {"padding": 7, "mode": "circular"}, IMAGE, "pad: circular padding 7 is more than 6 inputs give: take ≤ 6"),
    ("PixelShuffle", {"factor": 3}, IMAGE, "4 can't be divided by 9: take a multiple of 9"),
    ("PixelShuffle", {"factor": 4, "inverse": True}, IMAGE, "6 can't be divided by 4: take a multiple of 4"),
    ("Slice", {"first": 2, "stop": 5}, IMAGE, "slice: channels 2 to 5 are not all among the 4 there are"),
    ("Slice", {"first": 4}, IMAGE, "slice: channels 4 to 4 are not all among the 4 there are"),
    ("Slice", {"stride": (2, 1)}, LINE, PER_AXIS),
    ("Tiled", {"kernel": 3, "tile": (2, 3)}, LINE, PER_AXIS),
    ("Transposed", {"kernel": 3, "groups": 3}, IMAGE, "convT: 3 groups do not divide 4 input channels"),
    ("Transposed", {"kernel": 3, "stride": 2, "output_padding": (1, 0)}, LINE, PER_AXIS),
    ("Unflatten", {"space": (3, 3)}, VECTOR, "unflatten: 8 numbers don't fill 3x3: take a multiple of 9"),
    ("Upsample", {"scale": 2}, VECTOR, "up: 8 has no axis to enlarge"),
    ("Upsample", {"scale": (2, 3)}, LINE, PER_AXIS),
    ("Upsample", {"to": (2, 3)}, LINE, PER_AXIS),
]


@pytest.mark.parametrize(("name", "options", "shape", "line"), REFUSED)
def test_what_a_layer_can_not_take_is_said(name: str, options: dict[str, object], shape: Shape, line: str) -> None:
    """Groups that do not divide, sizes for other axes, and more than there is: one line with the numbers at hand."""
    layer = kind(name)(**options)
    with pytest.raises(ShapeError) as problem:
        layer.output(shape)
    assert line in str(problem.value)


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("Crop", {"border": ((3, 2), (2, 3))}, IMAGE),
        ("Crop", {"to": 6, "border": 0}, IMAGE),
        ("Pad", {"padding": 5, "mode": "reflect"}, IMAGE),
        ("Pad", {"padding": 6, "mode": "circular"}, IMAGE),
        ("Pad", {"padding": 99, "mode": "replicate"}, IMAGE),
        ("PixelShuffle", {"factor": 2}, IMAGE),
        ("PixelShuffle", {"factor": 3, "inverse": True}, IMAGE),
        ("Slice", {"first": 2, "stop": 4}, IMAGE),
        ("Slice", {"first": 3}, IMAGE),
        ("Attend", {"heads": 2}, LINE),
        ("Unflatten", {"space": (2, 4)}, VECTOR),
    ],
)
def test_what_is_just_possible_is_taken(name: str, options: dict[str, object], shape: Shape) -> None:
    """As much as there is may be cut, mirrored, divided or sliced; one more may not, as above."""
    assert kind(name)(**options).output(shape).numbers >= 1


@pytest.mark.parametrize(
    ("name", "options", "line"),
    [
        ("Activation", {"function": "relo"}, "activation 'relo' is not known: take one of relu"),
        ("ChannelPool", {"op": "sum"}, "channelpool: op 'sum' is not known: take avg or max"),
        ("Crop", {"border": "same"}, "crop: same is not a number: write crop,p4 or crop,p0/1"),
        ("Merge", {"op": "sum"}, "merge 'sum' is not known: take add, mul or concat"),
        ("Pad", {"padding": "same"}, "pad: same is not a number: write pad,p1 or pad,p0/1"),
        ("Pad", {"mode": "mirror"}, "pad: mode 'mirror' is not known: take one of zeros, reflect, replicate, circular"),
        ("Pool", {"kernel": 2, "op": "sum"}, "pool: op 'sum' is not known: take max, avg or lp"),
        (
            "Conv",
            {"kernel": 3, "padding": "full"},
            "conv: padding 'full' is not known: give a number, a pair or one of",
        ),
        ("Conv", {"kernel": 3, "padding": ((1, 2, 3),)}, "conv: padding (1, 2, 3) is not a pair"),
        (
            "Conv",
            {"kernel": 3, "padding": ((1, -1),)},
            "conv: padding -1 is out of range: give a whole number from 0 to",
        ),
        ("Conv", {"kernel": 3, "padding": ((0, 0),) * 4}, "conv: padding for 4 axes: give 1, 2 or 3"),
        ("Conv", {"kernel": (1, 1, 1, 1)}, "conv: kernel (1, 1, 1, 1) has 4 axes: give 1, 2 or 3"),
        ("Conv", {"kernel": ()}, "conv: kernel () has 0 axes: give 1, 2 or 3"),
        ("Conv", {"kernel": True}, "conv: kernel True is out of range"),
        ("Unflatten", {"space": (2, 2, 2, 2)}, "unflatten: size (2, 2, 2, 2) has 4 axes: give 1, 2 or 3"),
        ("Slice", {"first": 3, "stop": 3}, "slice: channels 3 to 3 are none: take to > 3"),
        ("Slice", {"first": -1}, "slice: "),
        ("Tokens", {"extra": -1}, "out of range: give a whole number from 0 to"),
        ("Transposed", {"kernel": 2, "padding": "causal"}, "convT: padding causal is for convolutions"),
        (
            "Transposed",
            {"kernel": 3, "padding": "same", "output_padding": 1, "stride": 2},
            "convT: same settles the size",
        ),
        (
            "Transposed",
            {"kernel": 3, "stride": 2, "output_padding": 2},
            "convT: output padding 2 is not less than the stride 2",
        ),
        ("Upsample", {}, "up: give either a scale (up2) or a size"),
        ("Upsample", {"scale": 2, "to": 4}, "up: give either a scale (up2) or a size"),
        (
            "Upsample",
            {"scale": 2, "mode": "linear"},
            "up: mode 'linear' is not known: take one of nearest, bilinear, bicubic",
        ),
        ("Upsample", {"scale": 2, "align_corners": True}, "up: nearest has no corners to align"),
        ("Upsample", {"scale": 2, "origin": "middle"}, "up: rule 'middle' is not known: take one of edge, centre"),
        ("Upsample", {"scale": 2, "rounding": "near"}, "up: rule 'near' is not known: take one of edge, centre"),
        (
            "Upsample",
            {"scale": 2, "mode": "bilinear", "rounding": "ceil"},
            "up: bilinear rounds nothing: leave out ceil",
        ),
        (
            "Upsample",
            {"scale": 2, "mode": "bilinear", "align_corners": True, "origin": "edge"},
            "up: corners that are aligned have no other origin: leave out edge",
        ),
    ],
)
def test_what_makes_no_layer_is_said(name: str, options: dict[str, object], line: str) -> None:
    """Words that nobody knows, pairs that are none, and options that contradict each other, before any shape is there."""
    with pytest.raises(LayerError) as problem:
        kind(name)(**options)
    assert line in str(problem.value)


@pytest.mark.parametrize(
    ("network", "line"),
    [
        (
            "add( a: conv3,p1 | b: globalavgpool flatten )",
            "6x6x4 and 4 don't fit together: make the branches end in the same shape",
        ),
        (
            "concat( a: conv3,p1 | b: conv3 )",
            "6x6x4 and 4x4x4 don't fit together: make the branches end in the same spatial size",
        ),
        (
            "add( a: conv3-8,p1 | b: conv3,p1 )",
            "6x6x8 and 6x6x4 don't fit together: make the branches end in the same shape",
        ),
        (
            "mul( a: conv3,p1 | b: conv3 )",
            "6x6x4 and 4x4x4 don't fit together: make the branches end in the same shape",
        ),
    ],
)
def test_branches_that_do_not_fit_are_said(network: str, line: str) -> None:
    """Branches meet in one number of axes, one size, and for sums one number of channels; single places are stretched."""
    with pytest.raises(ShapeError) as problem:
        shapes(parse(network), IMAGE)
    assert line in str(problem.value)


def test_of_many_divisors_the_first_are_named() -> None:
    """Eight of the divisors of 24 are all of them; of those of 48 eight are named, and that there are more."""
    for channels, named in ((24, "1, 2, 3, 4, 6, 8, 12, 24"), (48, "1, 2, 3, 4, 6, 8, 12, 16, …")):
        with pytest.raises(ShapeError, match=f"take one of {named}$"):
            kind("GroupNorm")(5).output(Shape((2,), channels))  # type: ignore[call-arg]


@given(stride=st.integers(1, 4), dilation=st.integers(1, 4), extra=st.integers(1, 6))
def test_an_output_padding_that_is_too_much_is_told_what_would_do(stride: int, dilation: int, extra: int) -> None:
    """PyTorch's rule: less than the stride or the dilation; the most that is named is taken, and so is the stride."""

    def taken(stride: int, extra: int) -> str:
        try:
            Transposed(3, stride=stride, dilation=dilation, output_padding=extra)
        except LayerError as problem:
            return str(problem)
        return ""

    line = taken(stride, extra)
    assert bool(line) == (extra >= max(stride, dilation))
    if line:
        most, least = number("take an output padding ≤", line), number("a stride ≥", line)
        assert most is not None
        assert least is not None
        assert [bool(taken(stride, padding)) for padding in (most, most + 1)] == [False, True]
        assert [bool(taken(wider, extra)) for wider in (least, least - 1)] == [False, True]
