"""What every kind states of itself, held against its own fields and against asking it for every size there is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

from cnncalc import layers
from cnncalc.errors import LayerError, LimitError, ShapeError
from cnncalc.fields import Reach
from cnncalc.layers import KINDS, kind
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.layers.pool import Pool
from cnncalc.notation.parsing import parse
from cnncalc.notation.words import write
from cnncalc.shapes import Shape
from tests.any_network import LAYERS
from tests.every_kind import EVERY_KIND

NO_LAYERS = ("Unknown", "Merge", "CrossAttend", "Join")
"""Kinds that are no layers of one map."""


def test_every_file_of_a_kind_is_listed() -> None:
    """No kind lies in the folder without standing in `KINDS`."""
    files = {path.stem for path in Path(str(layers.__file__)).parent.glob("*.py")}
    assert files - {"__init__", "base", "sliding"} == {module for module, _keywords in KINDS.values()}


def test_every_kind_is_tested() -> None:
    """The tests know every kind, and follow what is read through all but those that end, or don't know, the axes."""
    assert set(EVERY_KIND) == set(KINDS)
    not_followed = {name for name, row in EVERY_KIND.items() if row.reads is None}
    assert not_followed == {"Dense", "Flatten", "Unflatten", "Tokens", "Learnt", *NO_LAYERS}
    assert {name for name, row in EVERY_KIND.items() if row.fitting is None} == {
        *NO_LAYERS,
        "Learnt",  # a row that nothing is read through
        *("Recurrent", "Embedding"),  # sequences and single channels, in tests/test_sequences.py
        "WindowAttend",  # threefold channels and whole windows, in tests/test_windows.py
    }


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("Upsample", "WindowAttend")])
def test_every_field_is_drawn(name: str) -> None:
    """Random layers of a kind have a value for each of its fields (those of some depend on each other)."""
    cls: Any = kind(name)
    drawn: Any = EVERY_KIND[name].fields
    assert set(drawn) == {field.name for field in fields(cls)}


@pytest.mark.parametrize("name", KINDS)
def test_every_size_per_axis_is_named(name: str) -> None:
    """The fields of a kind that are typed as one number, or pair, per axis are those that it names as ``sized``."""
    cls: Any = kind(name)
    typed = {field.name for field in fields(cls) if {"Size", "Padding"} & set(str(field.type).split(" | "))}
    assert set(cls.sized) == typed


@given(LAYERS)
@settings(max_examples=300)
def test_a_layer_speaks_of_as_many_axes_as_its_sizes_have(layer: Layer) -> None:
    """A layer whose sizes hold one number each speaks of no number of axes, any other of those its sizes have."""
    lengths = {len(value) for name in layer.sized if isinstance(value := getattr(layer, name), tuple)}
    assert layer.ranks == lengths - {1}


def start(reach: Reach | None) -> int | None:
    return reach.phases[0].first if reach and reach.phases else None


@given(LAYERS)
@settings(max_examples=300, deadline=None)
def test_an_unknown_size_has_the_starts_of_all_sizes(layer: Layer) -> None:
    """Without a size, the reach begins where the earliest and the latest of all sizes do; only an open one moves."""
    assume(len(layer.ranks) <= 1)
    for axis in range(max(layer.ranks, default=1)):
        try:
            early, late = layer.reach(axis, None), layer.latest(axis)
        except LimitError:
            continue
        assert layer.open or early == late
        if early is not None:
            starts = {start(layer.reach(axis, size)) for size in range(1, 8)}
            assert {start(early), start(late)} <= starts | {None}
            assert starts == {None} or (min(starts), max(starts)) == (start(early), start(late))  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("conv3x3x64", "conv3-64"),
        ("conv3x5x64,p1", "conv3x5-64"),
        ("convT2x2x8/2", "convT2-8"),
        ("local3x3x4", "local3-4"),
    ],
)
def test_filters_written_as_a_size_are_asked_about(word: str, near: str) -> None:
    """On an image a kernel with one size too many is a kernel and its filters, and the word for that is named."""
    with pytest.raises(ShapeError, match=rf"is for 3 axes, but 32x32x3 has 2: did you mean {near}\?"):
        parse(word).nodes[0].layer.output(Shape((32, 32), 3))
    with pytest.raises(ShapeError, match="is for 3 axes, but 32x32x3 has 2$"):
        parse("maxpool2x3x4").nodes[0].layer.output(Shape((32, 32), 3))


def test_a_wide_padding_is_what_a_pool_needs() -> None:
    """Half of the kernel is no wide padding; more of it on one axis is, reads back from its word, and has its limit."""
    assert Pool(3, padding=1, wide_padding=True) == Pool(3, padding=1)
    wide = Pool((2, 9), padding=((1, 1), (5, 5)), wide_padding=True)
    assert wide.wide_padding
    assert [node.layer for node in parse(write(wide)).nodes] == [wide]
    with pytest.raises(LayerError, match="maxpool: padding 5 is more than half of kernel 9: take a padding ≤ 4"):
        Pool((2, 9), padding=((1, 1), (5, 5)))
    with pytest.raises(LayerError, match="maxpool: padding 9 is not less than kernel 9: take a padding ≤ 8"):
        Pool((2, 9), padding=((1, 1), (9, 9)), wide_padding=True)


def test_what_is_put_together_has_all_channels() -> None:
    """Of one branch it is that branch; of several, the channels of all."""
    one, other = Shape((5, 4), 3), Shape((5, 4), 2)
    assert Merge("concat").merged((one,)) == one
    assert Merge("concat").merged((one, other, one)) == Shape((5, 4), 8)
