"""Random networks that can be cut, and tiles put together by a plan: what many tests of this room use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from hypothesis import strategies as st

from cnncalc.network import Network
from cnncalc.shapes import Shape
from cnncalc.tiling.tiles import Piece
from cnncalc.verify.forward import run
from cnncalc.verify.ledger import Array

WORDS = [
    "conv3-4,p1",
    "conv3-4,p1/0",
    "conv2-4",
    "conv5-4,p2",
    "conv3-4,d2,p2",
    "conv3-4,d3,same",
    "conv3-4,causal",
    "conv4-4,same",
    "conv4-4,same-lower",
    "dwconv3,p1",
    "local1-4",
    "tiled3-4,t2,p1",
    "convT3-4,p1",
    "convT2-4,p1",
    "silu",
    "tanh",
    "bn",
    "pad,p2,reflect",
    "pad,p1/2,replicate",
    "pad,p1",
    "crop,p1/2",
    "avgpool3/1,p1",
    "avgpool3/1,p1,excludepad",
    "maxpool2/1",
    "lrn",
]
"""Layers that keep the rate of a map."""
DOWN = [
    "conv3-4/2,p1",
    "conv3-4/2",
    "conv2-4/2",
    "conv3-4/2,same",
    "conv4-4/3,same",
    "conv3-4/3,p1",
    "maxpool2",
    "avgpool2,ceil",
    "avgpool3/2,p1,ceil",
    "maxpool3/2,ceil",
    "slice/2",
    "conv1-4/2",
]
UP = [
    "up2",
    "up3",
    "up2,bilinear",
    "up3,bilinear",
    "up2,bicubic",
    "convT2-4/2",
    "convT3-4/2,p1,op1",
    "convT4-4/2,p1",
    "convT2-4/2,p1",
    "convT3-4/3",
    "convT1-4/2",
    "convT5-4/2,same",
    "conv1-8 pixelshuffle2",
]
PAIRS = [
    ("maxpool2", "up2"),
    ("avgpool2", "up2,bilinear"),
    ("conv3-4/2,p1", "convT4-4/2,p1"),
    ("conv3-4/2,same", "up2"),
    ("conv3-4/2,same", "convT2-4/2"),
    ("conv2-4/2", "conv1-8 pixelshuffle2"),
    ("avgpool3", "up3,bilinear"),
    ("maxpool3/2,p1", "up2,bicubic"),
]
"""A layer down and one up again, for branches of different rates."""

KEEP = ["conv3-4,p1", "conv3-4,d2,p2", "silu", "conv5-4,p2", "avgpool3/1,p1"]


@st.composite
def texts(draw: st.DrawFn, rank: int) -> str:
    """Networks in words, of 4 channels: stacks, strides, enlargements, and branches of different rates."""
    words = st.sampled_from(WORDS)
    up = st.sampled_from(UP if rank == 1 else [word for word in UP if "shuffle" not in word])
    anything = st.one_of(words, words, st.sampled_from(DOWN), up, branches(rank))
    return " ".join(draw(st.lists(anything, min_size=1, max_size=5)))


def branches(rank: int) -> st.SearchStrategy[str]:
    """A skip beside a way down and up, two deep at most; or two ways that keep the size."""
    pairs = st.sampled_from(PAIRS if rank == 1 else [pair for pair in PAIRS if "shuffle" not in pair[1]])
    keep = st.sampled_from(KEEP)

    def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.builds(
            lambda pair, body, skip, op: f"{op}( {skip} | {pair[0]} {body} {pair[1]} ) conv1-4",
            pairs,
            inner,
            st.sampled_from(["", *KEEP]),
            st.sampled_from(["add", "concat"]),
        )

    return around(keep) | around(around(keep)) | st.builds("add( {} | {} )".format, keep, keep)


def glued(network: Network, x: Array, tiles: Iterable[Sequence[Piece]], whole: Array) -> Array:
    """What the tiles give together; a place that none of them gives stays what is not a number."""
    together = np.full(whole.shape, np.nan)
    for tile in tiles:
        made = run(network, x[(slice(None), *(slice(piece.begin, piece.end) for piece in tile))], seed=1)
        into = tuple(slice(*piece.kept[0]) for piece in tile)
        out = (slice(at, at + stop - first) for ((first, stop),), (at,) in ((p.kept, p.at) for p in tile))
        together[(slice(None), *into)] = made[(slice(None), *out)]
    return together


def random_map(shape: Shape) -> Array:
    return np.random.default_rng(7).random((shape.channels, *shape.space)) - 0.5
