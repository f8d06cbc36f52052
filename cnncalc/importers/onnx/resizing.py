"""Resize and Upsample of ONNX: which rule for coordinates samples as a kind of ours does."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.onnx.node import GraphNode
from cnncalc.importers.tensors import maps
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Constant, Result, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.base import Sizes
from cnncalc.layers.crop import Crop

MODES = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}

RULES = 11
"""From this version on a node names its rule; before, pixels lay at their left edge."""

ORIGINS = {
    **dict.fromkeys(("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric"), "centre"),
    "asymmetric": "edge",
    "align_corners": "corners",
}
"""How pixels of the two maps are laid on each other; symmetric half pixels differ only where a factor is no whole size."""

ROUNDINGS = {
    "floor": "floor",
    "ceil": "ceil",
    "round_prefer_floor": "halfdown",
    "round_prefer_ceil": "halfup",
}
"""Which pixel is nearest."""


class Sampling(NamedTuple):
    """`Upsample`'s mode and rule."""

    mode: str
    origin: str = ""
    rounding: str = "floor"


def resize(net: Assembly, node: GraphNode) -> Result:
    x = settle(net, node.tensor())
    space = net.shape(x.node).space
    to, factors = _target(node, x.sizes)
    sampling = _sampling(node, space, to)
    if node.text("coordinate_transformation_mode", "") == "pytorch_half_pixel":
        x, space = _first(net, x, to)
    if to == space:
        return x
    if factors:
        factors = tuple(1.0 if new == old else factor for new, old, factor in zip(to, space, factors, strict=True))
        return maps.rescale(net, x, factors=factors, align=False, **sampling._asdict())
    return maps.upsample(net, x, to=to, align=False, **sampling._asdict())


def _target(node: GraphNode, sizes: Sizes) -> tuple[Sizes, tuple[float, ...]]:
    """The spatial sizes that come out, and the factors if it is those that the node gives."""
    rank = len(sizes)
    places = [axis % rank for axis in node.ints("axes") or range(rank)]
    named = dict(zip(places, node.ints("sizes"), strict=False))
    factors = dict(zip(places, _factors(node), strict=False))
    if not named and not factors:
        raise UnsupportedError
    if any(named.get(axis, sizes[axis]) != sizes[axis] or factors.get(axis, 1) != 1 for axis in (0, 1)):
        raise UnsupportedError
    if named:
        return tuple(named.get(axis, sizes[axis]) for axis in range(2, rank)), ()
    spatial = tuple(factors.get(axis, 1.0) for axis in range(2, rank))
    return maps.scaled(sizes[2:], spatial), spatial


def _first(net: Assembly, x: Tensor, to: Sizes) -> tuple[Tensor, Sizes]:
    """PyTorch's half pixels: an axis of which one output is left takes its first input."""
    space = net.shape(x.node).space
    left = tuple(1 if new == 1 else old for new, old in zip(to, space, strict=True))
    return (net.map(Crop(to=left), x), left) if left != space else (x, space)


def _factors(node: GraphNode) -> tuple[float, ...]:
    scales = node.get("scales", ())
    factors = tuple(map(float, (scales.values or ()) if isinstance(scales, Constant) else scales))
    if any(factor <= 0 or factor > 2**31 for factor in factors):
        raise ModelFileError(_("a resize by {factors}").format(factors=list(factors)))
    return factors


def _sampling(node: GraphNode, space: Sizes, to: Sizes) -> Sampling:
    """`Upsample`'s mode and rule; `UnsupportedError` for a rule it does not know."""
    mode = MODES.get(node.text("mode", "nearest"))
    if mode is None or node.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise UnsupportedError
    if node.get("antialias") and any(new < old for new, old in zip(to, space, strict=True)):
        raise UnsupportedError
    if to == space or all(size == 1 for size in space):
        return Sampling(mode)
    newer = node.opset >= RULES
    rule = node.text("coordinate_transformation_mode", "half_pixel" if newer else "asymmetric")
    rounding = ROUNDINGS.get(node.text("nearest_mode", "round_prefer_floor" if newer else "floor"))
    if rule not in ORIGINS or rounding is None:
        raise UnsupportedError
    if mode != "nearest":
        return Sampling(mode, origin=ORIGINS[rule])
    if _is_whole(ORIGINS[rule], rounding, space, to):
        return Sampling(mode)
    return Sampling(mode, origin=ORIGINS[rule], rounding=rounding)


def _is_whole(origin: str, rounding: str, space: Sizes, to: Sizes) -> bool:
    """Whether each input is repeated a whole number of times, which most rules do alike."""
    whole = all(new % old == 0 for new, old in zip(to, space, strict=True))
    return whole and origin == "centre" and rounding in ("halfup", "halfdown")
