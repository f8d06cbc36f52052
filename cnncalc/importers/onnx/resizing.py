"""Resize and Upsample of ONNX: which rule for coordinates samples as a kind of ours does."""

from __future__ import annotations

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.onnx.node import GraphNode
from cnncalc.importers.tensors import maps
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Constant, Result, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.base import Sizes

MODES = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
CENTRED = ("half_pixel", "pytorch_half_pixel")

RULES = 11
"""From this version on a node names its rule; before, pixels lay at their left edge."""


def resize(net: Assembly, node: GraphNode) -> Result:
    x = settle(net, node.tensor())
    space = net.shape(x.node).space
    if node.get("axes") is not None and node.ints("axes") != tuple(range(2, len(x.layout))):
        raise UnsupportedError
    factors = _factors(node)[-len(space) :]
    to = node.ints("sizes")[-len(space) :]
    mode, align = _sampling(node, space, to or maps.scaled(space, factors))
    if to:
        return maps.upsample(net, x, mode, align=align, to=to)
    return maps.rescale(net, x, mode, factors, align=align)


def _factors(node: GraphNode) -> tuple[float, ...]:
    scales = node.get("scales", ())
    factors = tuple(map(float, (scales.values or ()) if isinstance(scales, Constant) else scales))
    if any(factor <= 0 or factor > 2**31 for factor in factors):
        raise ModelFileError(_("a resize by {factors}").format(factors=list(factors)))
    return factors


def _sampling(node: GraphNode, space: Sizes, to: Sizes) -> tuple[str, bool]:
    """`Upsample`'s mode and whether corners are aligned; `UnsupportedError` for a rule it does not know."""
    mode = MODES.get(node.text("mode", "nearest"))
    if mode is None or node.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise UnsupportedError
    if node.get("antialias") and any(new < old for new, old in zip(to, space, strict=True)):
        raise UnsupportedError
    if to == space or all(size == 1 for size in space):
        return mode, False
    rule = node.text("coordinate_transformation_mode", "half_pixel" if node.opset >= RULES else "asymmetric")
    if mode == "nearest":
        known = _is_nearest(node, rule, whole=all(new % old == 0 for new, old in zip(to, space, strict=True)))
    else:
        known = rule in CENTRED or rule == "align_corners"
    if not known:
        raise UnsupportedError
    return mode, rule == "align_corners"


def _is_nearest(node: GraphNode, rule: str, *, whole: bool) -> bool:
    """Whether every number comes from where `Upsample` takes it."""
    rounding = node.text("nearest_mode", "round_prefer_floor" if node.opset >= RULES else "floor")
    return (rule, rounding) == ("asymmetric", "floor") or (
        whole and rule in CENTRED and rounding == "round_prefer_floor"
    )
