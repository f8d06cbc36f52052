"""The table of experiments: what NumPy does for each layer kind, from the rows that stand beside the functions."""

from __future__ import annotations

from typing import Any

from cnncalc.errors import UnknownLayerError
from cnncalc.language import _
from cnncalc.verify.kinds import mixing, moving, norms, pointwise, pooling, sliding, stepping
from cnncalc.verify.kinds.base import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    **sliding.EXPERIMENTS,
    **pooling.EXPERIMENTS,
    **norms.EXPERIMENTS,
    **pointwise.EXPERIMENTS,
    **moving.EXPERIMENTS,
    **mixing.EXPERIMENTS,
    **stepping.EXPERIMENTS,
}
"""Class name of the kind, which imports nothing: its experiment. A test holds the keys against `cnncalc.layers.KINDS`.

``Unknown`` has none: nobody knows what it does, and nothing after it is verified."""


def is_known(layer: Any) -> bool:
    """Whether there is an experiment for a layer."""
    return type(layer).__name__ in EXPERIMENTS


def experiment(layer: Any) -> Experiment:
    """The experiment for a layer.

    Raises `UnknownLayerError` for a kind that has none.
    """
    if not is_known(layer):
        raise UnknownLayerError(
            _("there is no experiment for {kind}: what comes after it can't be verified").format(
                kind=getattr(layer, "operator", "") or type(layer).__name__
            )
        )
    return EXPERIMENTS[type(layer).__name__]
