"""Hypothesis strategies for the layers that `cnncalc params` compares, small enough to count them plainly."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from cnncalc.errors import ShapeError
from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape

small = st.integers(1, 3)


def sizes(rank: int, numbers: st.SearchStrategy[int] = small) -> st.SearchStrategy[int | tuple[int, ...]]:
    return numbers | st.tuples(*[numbers] * rank)


def paddings(rank: int) -> st.SearchStrategy[Any]:
    side = st.integers(0, 2)
    rules = st.sampled_from(("same", "same-lower", "causal", "valid"))
    return rules | side | st.tuples(*[st.tuples(side, side)] * rank)


@st.composite
def counted(draw: st.DrawFn) -> tuple[Layer, Shape]:
    """A layer of one of the six kinds and a shape it takes."""
    rank = draw(st.integers(1, 3))
    shape = Shape(draw(st.tuples(*[st.integers(1, 7 - rank)] * rank)), draw(st.integers(1, 4)))
    name = draw(st.sampled_from(("Conv", "Local", "Tiled", "Depthwise", "Separable", "Dense")))
    options: dict[str, Any] = {"bias": draw(st.booleans())}
    if name == "Dense":
        return kind(name)(units=draw(st.integers(1, 5)), **options), shape
    options |= {option: draw(sizes(rank)) for option in ("kernel", "stride", "dilation")}
    options |= {"padding": draw(paddings(rank))}
    own = {
        "Conv": {"filters": draw(st.none() | st.integers(1, 4))},
        "Local": {"filters": draw(st.none() | st.integers(1, 3)), "shared_bias": draw(st.booleans())},
        "Tiled": {"filters": draw(st.none() | st.integers(1, 3)), "tile": draw(sizes(rank))},
        "Depthwise": {"multiplier": draw(st.integers(1, 3))},
        "Separable": {"filters": draw(st.none() | st.integers(1, 4)), "multiplier": draw(st.integers(1, 3))},
    }[name]
    if name == "Conv":
        groups = [g for g in (1, 2, 3, 4) if shape.channels % g == 0]
        chosen = draw(st.sampled_from(groups))
        own |= {"groups": chosen, "filters": chosen * draw(st.integers(1, 2))}
    layer: Layer = kind(name)(**options, **own)
    try:
        layer.output(shape)
    except ShapeError:
        assume(False)
    return layer, shape
