"""One row per layer kind: its fields, whatever they may be; its fields on a small map; what its units read.

Random networks, random words and the proof's own tests draw from these rows, so a new kind is one row here. What a
unit reads is written as its definition in `tests.definitions`, without the package's formulas or fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cnncalc.layers import kind
from cnncalc.layers.activation import FUNCTIONS
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import OPS
from cnncalc.layers.pad import MODES as PAD_MODES
from cnncalc.layers.recurrent import GATES
from cnncalc.layers.unknown import RULES
from cnncalc.layers.upsample import ORIGINS, ROUNDINGS
from tests import definitions as by
from tests.definitions import Map

Fields = dict[str, SearchStrategy[object]]

COUNTS = st.integers(1, 6)
SIZES = COUNTS | st.tuples(COUNTS, COUNTS) | st.tuples(COUNTS, COUNTS, COUNTS)
PAIRS = st.tuples(st.integers(0, 4), st.integers(0, 4))
NUMBERS = st.integers(0, 3) | st.tuples(PAIRS) | st.tuples(PAIRS, PAIRS)
YES = st.booleans()

WINDOW: Fields = {
    "kernel": SIZES,
    "stride": SIZES,
    "dilation": SIZES,
    "padding": NUMBERS | st.sampled_from(("same", "same-lower", "causal")),
}
FILTERS: Fields = {**WINDOW, "filters": st.none() | COUNTS, "bias": YES}
AFFINE: Fields = {"scale": YES, "shift": YES}

small = st.integers(1, 3)
pairs = st.tuples(st.integers(0, 2), st.integers(0, 2))


def sizes(rank: int, numbers: SearchStrategy[int] = small) -> SearchStrategy[int | tuple[int, ...]]:
    """One number, or one per axis."""
    return numbers | st.tuples(*[numbers] * rank)


def paddings(rank: int, *rules: str) -> SearchStrategy[object]:
    rule = st.sampled_from(rules) if rules else st.nothing()
    return st.integers(0, 2) | st.tuples(*[pairs] * rank) | rule


def window(rank: int) -> Fields:
    """A window that fits a small map."""
    rules = ("same", "same-lower", "causal")
    return {**dict.fromkeys(("kernel", "stride", "dilation"), sizes(rank)), "padding": paddings(rank, *rules)}


def filters(rank: int) -> Fields:
    return {**window(rank), "filters": st.sampled_from([None, 2, 4, 6]), "bias": YES}


def nothing(rank: int) -> Fields:
    return {}


def modes(sizes: Fields) -> SearchStrategy[dict[str, object]]:
    """Ways to enlarge: by a scale or to a size, from corners that are aligned or not, and what is nearest rounded."""
    scaled = st.one_of(*(st.fixed_dictionaries({name: values}) for name, values in sizes.items()))
    origin = st.sampled_from(("", *ORIGINS))
    smooth = st.sampled_from(("bilinear", "bicubic"))
    nearest = st.fixed_dictionaries({"origin": origin, "rounding": st.sampled_from(ROUNDINGS)})
    ways = (
        st.just({}),
        nearest,
        st.fixed_dictionaries({"mode": smooth, "origin": origin}),
        st.fixed_dictionaries({"mode": smooth, "align_corners": YES}),
    )
    return st.builds(lambda one, other: one | other, scaled, st.one_of(*ways))


def as_drawn(options: dict[str, Any]) -> dict[str, Any]:
    return options


def either(options: dict[str, Any]) -> dict[str, Any]:
    """One number in all is none for every position."""
    return options | {"shared": options.get("shared", False)} if not options.get("space") else {"space": True}


def pool_limits(options: dict[str, Any]) -> dict[str, Any]:
    """No more padding than a pool may have."""
    if isinstance(options.get("padding", ""), str):
        return options
    smallest = min(_each(options["kernel"]))
    most = smallest - 1 if options.get("wide_padding") else smallest // 2
    return options | {"padding": _limited(options["padding"], most)}


def transposed_limits(options: dict[str, Any]) -> dict[str, Any]:
    """No more output padding than a transposed convolution may have."""
    if "output_padding" not in options:
        return options
    if options.get("padding") == "same":
        return options | {"output_padding": 0}
    most = max(min(_each(options.get("stride", 1))), min(_each(options.get("dilation", 1)))) - 1
    return options | {"output_padding": _limited(options["output_padding"], most)}


def _each(sizes: int | tuple[int, ...]) -> tuple[int, ...]:
    return sizes if isinstance(sizes, tuple) else (sizes,)


def _limited(value: Any, most: int) -> Any:
    """A number, or every number in nested tuples, cut down to ``most``."""
    return tuple(_limited(one, most) for one in value) if isinstance(value, tuple) else min(value, most)


class Row(NamedTuple):
    """What the tests know of one kind.

    ``fields`` are values of every field. ``fitting(rank)`` are fields of layers that most small maps of 4 channels
    and as many axes suit; `None` for what most don't suit. ``reads`` gives each place the pixels it was made
    from; `None` where places don't lie on the axes of the map any more. ``within`` cuts fields that limit each other.
    ``sliding`` is what is left of ``reads`` through windows, where that is less.
    """

    fields: Fields | SearchStrategy[dict[str, object]]
    fitting: Callable[[int], Fields | SearchStrategy[dict[str, object]]] | None
    reads: Callable[[Layer, Map], Map] | None
    within: Callable[[dict[str, Any]], dict[str, Any]] = as_drawn
    sliding: Callable[[Layer, Map], Map] | None = None


EVERY_KIND: dict[str, Row] = {
    "Conv": Row(
        {**FILTERS, "groups": COUNTS}, lambda rank: filters(rank) | {"groups": st.sampled_from([1, 2])}, by.windows
    ),
    "Depthwise": Row(
        {**WINDOW, "multiplier": COUNTS, "bias": YES},
        lambda rank: window(rank) | {"multiplier": st.integers(1, 2)},
        by.windows,
    ),
    "Separable": Row(
        {**FILTERS, "multiplier": COUNTS}, lambda rank: filters(rank) | {"multiplier": st.integers(1, 2)}, by.windows
    ),
    "Transposed": Row(
        {
            **FILTERS,
            "padding": NUMBERS | st.just("same"),
            "output_padding": st.integers(0, 2) | st.tuples(st.integers(0, 2), st.integers(0, 2)),
            "groups": COUNTS,
        },
        lambda rank: filters(rank) | {"padding": paddings(rank, "same"), "output_padding": st.integers(0, 2)},
        by.transposed,
        transposed_limits,
    ),
    "Local": Row({**FILTERS, "shared_bias": YES}, lambda rank: filters(rank) | {"shared_bias": YES}, by.windows),
    "Tiled": Row({**FILTERS, "tile": SIZES}, lambda rank: filters(rank) | {"tile": sizes(rank)}, by.windows),
    "Dense": Row({"units": st.integers(1, 5000), "bias": YES}, lambda rank: {"units": small, "bias": YES}, None),
    "Pool": Row(
        {
            **WINDOW,
            "op": st.sampled_from(("max", "avg", "lp")),
            "ceil": YES,
            "exclude_padding": YES,
            "wide_padding": YES,
        },
        lambda rank: window(rank) | {"op": st.sampled_from(("max", "avg", "lp")), "ceil": YES, "wide_padding": YES},
        by.windows,
        pool_limits,
    ),
    "GlobalPool": Row(
        {"op": st.sampled_from(("max", "avg", "lp"))}, nothing, by.one_place, sliding=by.one_place_of_nothing
    ),
    "AdaptivePool": Row(
        {"outputs": SIZES, "op": st.sampled_from(("max", "avg"))},
        lambda rank: {"outputs": sizes(rank)},
        by.adaptive,
        sliding=by.sliding_adaptive,
    ),
    "ChannelPool": Row(
        {"op": st.sampled_from(("max", "avg"))}, lambda rank: {"op": st.sampled_from(("max", "avg"))}, by.same
    ),
    "BatchNorm": Row({**AFFINE, "statistics": YES}, lambda rank: {"statistics": YES}, by.remembered, sliding=by.same),
    "LayerNorm": Row({**AFFINE, "space": YES}, lambda rank: {"space": YES}, by.spaced, sliding=by.same),
    "GroupNorm": Row({**AFFINE, "groups": COUNTS}, nothing, by.whole, sliding=by.same),
    "InstanceNorm": Row(AFFINE, nothing, by.whole, sliding=by.same),
    "LocalResponseNorm": Row({"channels": COUNTS}, nothing, by.same),
    "Activation": Row(
        {"function": st.sampled_from(FUNCTIONS)}, lambda rank: {"function": st.sampled_from(FUNCTIONS)}, by.same
    ),
    "GLU": Row({}, nothing, by.same),
    "PReLU": Row({"shared": YES}, nothing, by.same),
    "Scale": Row({"shift": YES, "shared": YES}, lambda rank: {"shift": YES, "shared": YES}, by.same),
    "Dropout": Row({}, nothing, by.same),
    "Identity": Row({}, nothing, by.same),
    "Softmax": Row({"space": YES}, lambda rank: {"space": YES}, by.spaced, sliding=by.same),
    "Flatten": Row({}, nothing, None),
    "Upsample": Row(
        modes({"scale": SIZES, "to": SIZES}),
        lambda rank: modes({"scale": sizes(rank), "to": sizes(rank, st.integers(1, 9))}),
        by.interpolated,
    ),
    "PixelShuffle": Row(
        {"factor": COUNTS, "inverse": YES}, lambda rank: {"factor": st.integers(1, 2), "inverse": YES}, by.shuffled
    ),
    "ChannelShuffle": Row({"groups": COUNTS}, lambda rank: {"groups": st.sampled_from([1, 2])}, by.same),
    "Pad": Row(
        {"padding": NUMBERS, "mode": st.sampled_from(tuple(PAD_MODES))},
        lambda rank: {"padding": paddings(rank), "mode": st.sampled_from(tuple(PAD_MODES))},
        by.bordered,
    ),
    "Crop": Row(
        {"border": NUMBERS, "to": st.none() | SIZES},
        lambda rank: {"border": paddings(rank), "to": st.none() | sizes(rank)},
        by.cropped,
    ),
    "Slice": Row(
        {
            "first": st.integers(0, 3),
            "stop": st.none() | st.integers(4, 9),
            "stride": SIZES,
            "of": st.none() | st.integers(9, 20),
        },
        lambda rank: {"stride": sizes(rank), "of": st.sampled_from((None, 1, 2, 4))},
        by.sliced,
    ),
    "Roll": Row(
        {"shift": sizes(1, st.integers(0, 9)) | sizes(2, st.integers(0, 9)), "back": YES},
        lambda rank: {"shift": sizes(rank, st.integers(0, 2)), "back": YES},
        by.rolled,
    ),
    "Attention": Row({"heads": COUNTS, "bias": YES}, nothing, by.whole, sliding=by.nothing),
    "Attend": Row({"heads": COUNTS}, nothing, by.whole, sliding=by.nothing),
    "WindowAttend": Row(
        st.one_of(
            st.fixed_dictionaries(
                {"window": st.integers(4, 8) | st.tuples(st.integers(4, 8), st.integers(4, 8))},
                optional={"shift": st.integers(0, 3), "heads": COUNTS, "relative": YES, "grid": st.just(False)},
            ),
            st.fixed_dictionaries(
                {"window": SIZES, "grid": st.just(True)}, optional={"heads": COUNTS, "relative": YES}
            ),
        ),
        None,
        by.grouped,
    ),
    "Recurrent": Row(
        {"op": st.sampled_from(tuple(GATES)), "units": COUNTS, "bidirectional": YES, "biases": st.integers(0, 2)},
        None,
        by.stepped,
        sliding=by.sliding_steps,
    ),
    "Embedding": Row({"rows": COUNTS, "features": COUNTS}, None, by.same),
    "Tokens": Row(
        {"extra": st.integers(0, 9), "anchors": COUNTS, "apart": YES},
        lambda rank: {"extra": st.integers(0, 2), "anchors": st.sampled_from([1, 2]), "apart": YES},
        None,
    ),
    "Learnt": Row({"count": COUNTS}, None, None),
    "Offset": Row({"space": YES, "shared": YES}, lambda rank: {"space": YES, "shared": YES}, by.same, either),
    "Unflatten": Row({"space": SIZES}, lambda rank: {"space": st.tuples(*[st.integers(1, 2)] * rank)}, None),
    "Placeholder": Row(
        {"to": st.lists(st.integers(0, 6), max_size=4).map(tuple)},
        lambda rank: {"to": st.tuples(*[small] * (rank + 1))},
        by.another,
    ),
    "Unknown": Row(
        {
            "operator": st.sampled_from(("", "Magic", "com.example::Magic 2")),
            "to": st.lists(COUNTS, max_size=4).map(tuple),
            "learnt": st.integers(0, 9),
            "rule": st.sampled_from(("", *RULES)),
            "macs": st.integers(0, 9),
            "counted": YES,
            "sees": st.sampled_from(("", *RULES)),
        },
        None,
        None,
    ),
    "CrossAttend": Row({"heads": COUNTS}, None, None),
    "Join": Row({"axis": st.integers(0, 2)}, None, None),
    "Merge": Row({"op": st.sampled_from(OPS)}, None, None),
}
"""Class name: what the tests know of the kind."""


def any_layer(name: str) -> SearchStrategy[Layer]:
    """Layers of one kind, with every field anything it may be."""
    chosen = EVERY_KIND[name].fields
    if isinstance(chosen, dict):
        cls: Any = kind(name)
        required = {field.name for field in fields(cls) if field.default is MISSING}
        needed = {field: values for field, values in chosen.items() if field in required}
        optional = {field: values for field, values in chosen.items() if field not in required}
        chosen = st.fixed_dictionaries(needed, optional=optional)
    return chosen.map(lambda values: kind(name)(**EVERY_KIND[name].within(values)))


def fitting_layer(name: str, rank: int) -> SearchStrategy[Layer]:
    """Layers of one kind that most small maps of 4 channels suit; nothing for what is no layer of one map."""
    fitting = EVERY_KIND[name].fitting
    if fitting is None:
        return st.nothing()
    chosen = fitting(rank)
    values = st.fixed_dictionaries(chosen) if isinstance(chosen, dict) else chosen
    return values.map(lambda values: kind(name)(**EVERY_KIND[name].within(values)))
