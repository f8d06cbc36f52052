"""Rows, factors and roundings of a comparison against plain counting and exact fractions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.comparison.explain import explain
from cnncalc.comparison.report import compare
from cnncalc.comparison.rows import ROWS, Spec, compared, factors, rows
from cnncalc.dtypes import BITS, DtypeError, bytes_of
from cnncalc.errors import CnncalcError, LayerError, ShapeError
from cnncalc.layers.conv import Conv
from cnncalc.layers.dense import Dense
from cnncalc.layers.local import Local
from cnncalc.layers.sliding import Padding
from cnncalc.shapes import LARGEST, Shape
from tests import plain
from tests.kinds import paddings, sizes

COLOUR = Shape((224, 224), 3)
ALL = tuple(ROWS)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    rank = draw(st.integers(1, 3))
    shape = Shape(draw(st.tuples(*[st.integers(1, 8 - 2 * rank)] * rank)), draw(st.integers(1, 3)))
    options: dict[str, Any] = {option: draw(sizes(rank)) for option in ("kernel", "stride", "dilation", "tile")}
    bias = draw(st.booleans())
    spec = Spec(
        shape,
        filters=draw(st.sampled_from((1, 2, 3))),
        padding=draw(paddings(rank)),
        groups=draw(st.sampled_from((1, 1, 2, 3))),
        bias=bias,
        shared_bias=bias and draw(st.booleans()),
        units=draw(st.integers(1, 9)),
        names=ALL,
        **options,
    )
    try:
        compared(spec)
    except CnncalcError:
        assume(False)
    return spec


@settings(max_examples=40)
@given(specs())
def test_rows_are_what_enumerating_their_layers_finds(spec: Spec) -> None:
    """Every row's counts, and its output, are those of plain counting; the worked line evaluates to them."""
    for row in rows(spec):
        layer = Dense(int(row.layer.units), row.layer.bias) if isinstance(row.layer, Dense) else row.layer
        found = plain.count(layer, spec.shape)
        assert (row.counts.weights, row.counts.biases, row.counts.macs) == found[2:]
        assert row.output.numbers == plain.count(layer, spec.shape).channels * Shape(found.space, 1).numbers
        assert plain.evaluate(str(row.worked)) == found.weights + found.biases


@given(specs())
def test_factors_are_exact_quotients_of_their_rows(spec: Spec) -> None:
    """Each factor is the fraction of two rows' counts, and its causes multiply to the fraction of the weights."""
    for factor in factors(rows(spec)):
        before, after = factor.before.counts, factor.after.counts
        assert Fraction(*factor.parameters) == Fraction(before.parameters, after.parameters)
        assert Fraction(*factor.macs) == Fraction(before.macs, after.macs)
        product = Fraction(1)
        for _cause, share in factor.causes:
            product *= Fraction(*share)
        assert product == Fraction(before.weights, after.weights) == Fraction(*factor.weights)
        assert factor.before.output == factor.after.output


@given(specs())
def test_roundings_are_what_the_last_window_leaves(spec: Spec) -> None:
    """The places that no window reads are those behind the last tap of the last window that fits."""
    told = {found.axis: found for found in compared(spec).roundings}
    layer = next(row.layer for row in rows(spec) if row.name == "conv")
    if isinstance(layer.padding, str):  # type: ignore[attr-defined]
        assert not told
        return
    for axis, (letter, size) in enumerate(zip(spec.shape.axes, spec.shape.space, strict=True)):
        first, *_between = starts = plain.starts_on(layer, spec.shape, axis)
        after = layer.sides(axis, size)[1]  # type: ignore[attr-defined]
        last = starts[-1] + plain.taps_of(layer, spec.shape)[-1][axis] * _at(spec.dilation, axis)
        left = [place for place in range(first, size + after) if place > last]
        inputs = [place for place in left if place < size]
        found = told.get(letter)
        assert (found.leftover if found else 0, found.inputs if found else 0) == (len(left), len(inputs))
        if found:
            assert Fraction(*found.exact) == len(starts) + Fraction(len(left), _at(spec.stride, axis))


def _at(values: int | tuple[int, ...], axis: int) -> int:
    if isinstance(values, int):
        return values
    return values[axis] if len(values) > 1 else values[0]


@pytest.mark.parametrize("told", [compare, explain])
def test_a_comparison_is_derived_once(told: Callable[[Spec], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is said about it, the filter banks of each layer are asked for once, and so is each output."""
    asked: list[tuple[str, type]] = []
    for kind in (Conv, Dense, Local):
        for name in ("banks", "output"):
            monkeypatch.setattr(kind, name, _noting(asked, name, getattr(kind, name)))
    told(Spec(COLOUR, 3, 64))
    assert [asked.count(("banks", kind)) for kind in (Conv, Dense, Local)] == [1, 2, 1]
    assert [asked.count(("output", kind)) for kind in (Conv, Dense, Local)] == [2, 1, 1]


def _noting(asked: list[tuple[str, type]], name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def noted(layer: Any, *arguments: Any) -> Any:
        asked.append((name, type(layer)))
        return method(layer, *arguments)

    return noted


def test_the_four_rows_of_the_notes() -> None:
    """Fully connected, fully connected with the same output, local and convolution on a colour image (course notes)."""
    found = {row.name: (row.counts.parameters, str(row.worked)) for row in rows(Spec(COLOUR, 3, 64))}
    assert found == {
        "dense": (616_566_784, "4,096·(224·224·3 + 1)"),
        "dense_same": (474_794_959_104, "222·222·64·(224·224·3 + 1)"),
        "local": (88_316_928, "222·222·64·(3·3·3 + 1)"),
        "conv": (1_792, "64·(3·3·3 + 1)"),
    }


def test_the_two_factors_and_what_sharing_does_not_save() -> None:
    """Locality divides by 150,529/28, sharing by 49,284 and the MACs by 1, and the report says so."""
    answer = compare(Spec(COLOUR, 3, 64))
    assert [answer.get(f"factors.{name}.parameters_exact") for name in ("locality", "sharing")] == [
        "150529/28",
        "49284",
    ]
    assert answer.get("factors.sharing.macs") == 1
    assert "sharing divides parameters by 49,284 and MACs by 1" in answer.notes
    locality, sharing = answer.tables[0].between.values()
    assert locality.startswith("locality ÷5,376 (each output sees 27 of 150,528 inputs); exactly 150,529/28")
    assert sharing == "sharing ÷49,284 (one set of weights for 222·222 positions); MACs ÷1"


def test_a_bias_shared_by_a_local_layer_makes_the_factor_a_fraction() -> None:
    """With one bias per filter in both, parameters shrink less than weights, and both ratios are given."""
    answer = compare(Spec(COLOUR, 3, 64, shared_bias=True))
    assert answer.get("factors.sharing.weights_exact") == "49284"
    assert answer.get("factors.sharing.parameters_exact") == str(Fraction(85_162_752 + 64, 1_792))


def test_groups_are_told_apart_from_sharing() -> None:
    """From local to a grouped convolution there are two causes, and together they are the whole factor."""
    (factor,) = factors(rows(Spec(Shape((16,), 8), 3, 4, groups=2, bias=False, names=("local", "conv"))))
    assert [(cause, str(share)) for cause, share in factor.causes] == [("grouping", "2"), ("sharing", "14")]
    assert str(factor.parameters) == "28"


def test_the_quiet_line_is_for_more_than_one_channel() -> None:
    """A colour image gets the line about one input channel, a gray one does not."""
    line = "640 = 64·(3·3 + 1) counts one input channel; this input has 3"
    assert line in compare(Spec(COLOUR, 3, 64)).notes
    assert not any("counts one" in note for note in compare(Spec(Shape((224, 224), 1), 3, 64)).notes)


def test_sizes_up_to_the_limit_are_exact() -> None:
    """2^63 − 1 pixels a side are counted to the last digit; one more is refused."""
    side = LARGEST
    found = {row.name: row.counts for row in rows(Spec(Shape((side, side), 3), 3, 64))}
    places = (side - 2) ** 2
    assert found["local"].weights == places * 64 * 27
    assert found["dense_same"].parameters == places * 64 * (side * side * 3 + 1)
    with pytest.raises(ShapeError, match=r"every size is a whole number from 1 to 2\^63 − 1"):
        Shape((side + 1, side), 3)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"kernel": (3, 3), "shape": Shape((16,), 2)}, "kernel 3x3 is for 2 axes, but the input 16x2 has 1"),
        ({"kernel": 3, "stride": (1, 2, 1)}, "stride 1x2x1 is for 3 axes, but the input 224x224x3 has 2"),
        ({"kernel": 3, "padding": ((0, 1), (1, 0), (2, 2))}, "padding 0/1x1/0x2 is for 3 axes"),
        ({"kernel": 3, "names": ("conv", "rnn")}, "there is no row rnn: take some of dense, dense_same, local"),
        ({"names": ("conv",)}, "conv needs a window: add a kernel such as 3"),
        ({"kernel": 3, "bias": False, "shared_bias": True}, "a shared bias and no bias contradict each other"),
        ({"kernel": 3, "tile": 2, "names": ("conv",)}, "a tile is for the row tiled, which is not compared"),
        ({"units": 0}, "fc: units 0 is out of range"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(options: dict[str, Any], line: str) -> None:
    """One line with the user's own numbers for each."""
    with pytest.raises((LayerError, ShapeError), match=f"^{line}"):
        Spec(**{"shape": COLOUR} | options)


def test_depthwise_with_filters_that_do_not_divide_says_what_it_does() -> None:
    """64 filters are not a multiple of 3 channels: one filter to a channel, told in a note."""
    answer = compare(Spec(COLOUR, 3, 64, names=("conv", "depthwise")))
    assert answer.get("depthwise.output") == [222, 222, 3]
    assert answer.get("depthwise.parameters") == 3 * (9 + 1)
    assert any(note.startswith("depthwise: 64 filters are not a multiple of 3 channels") for note in answer.notes)


def test_memory_is_bytes_at_a_type() -> None:
    """Bytes are bits by eight, the last one whole; an unknown type is refused with those there are."""
    assert [bytes_of(1792, dtype) for dtype in ("fp64", "fp32", "bf16", "int8", "int4")] == [
        14336,
        7168,
        3584,
        1792,
        896,
    ]
    assert (bytes_of(9, "int1"), bytes_of(0)) == (2, 0)
    assert all(bits in (1, 2, 4, 8, 16, 32, 64) for bits in BITS.values())
    with pytest.raises(DtypeError, match="^fp31 is not a number type: take one of fp64, fp32"):
        bytes_of(1, "fp31")


@pytest.mark.parametrize(
    ("kernel", "padding", "padded"),
    [
        (3, 0, False),
        (3, (0, 0), False),
        (3, ((0, 0), (0, 1)), True),
        (3, "valid", False),
        (3, "same", True),
        (1, "same", False),
        (1, "causal", False),
        (None, 1, False),
    ],
)
def test_padding_of_nothing_is_no_padding(kernel: int | None, padding: Padding, padded: bool) -> None:
    """However it is written: padded is what has a place beside the input."""
    assert Spec(Shape((8, 8), 3), kernel, padding=padding).padded is padded


def test_filters_written_behind_a_kernel_are_asked_about() -> None:
    """3x3x64 on an image is a kernel and the number of its filters."""
    line = "kernel 3x3x64 is for 3 axes, but the input 8x8x3 has 2: did you mean a kernel of 3x3 and 64 filters"
    with pytest.raises(ShapeError, match=line):
        Spec(Shape((8, 8), 3), (3, 3, 64))
