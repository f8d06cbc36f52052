"""One node of an ONNX graph: its inputs by the names that ONNX gives them, and its attributes, in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnncalc.importers.operator import Operator
from cnncalc.importers.values import Result

WITH_AXES = ("input", "axes")
WITH_WEIGHTS = ("input", "weight", "bias")
SEQUENCE = ("input", "weight", "recurrence", "bias", "lengths", "start")

INPUTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Conv", "ConvTranspose", "Gemm", "PRelu"), WITH_WEIGHTS),
    **dict.fromkeys(("BatchNormalization", "LayerNormalization"), WITH_WEIGHTS),
    **dict.fromkeys(("GroupNormalization", "InstanceNormalization"), WITH_WEIGHTS),
    **dict.fromkeys(("Squeeze", "Unsqueeze"), WITH_AXES),
    **{f"Reduce{op}": WITH_AXES for op in ("Mean", "Max", "Min", "Sum", "Prod", "L2")},
    **dict.fromkeys(("RMSNormalization", "ConvInteger"), WITH_WEIGHTS),
    "QLinearConv": ("input", "", "", "weight", "", "", "", "", "bias"),
    "QLinearMatMul": ("input", "", "", "other"),
    **dict.fromkeys(("RNN", "GRU"), SEQUENCE),
    "LSTM": (*SEQUENCE, "cell", "peepholes"),
    "Clip": ("input", "min", "max"),
    "Constant": (),
    "Expand": ("input", "shape"),
    "Tile": ("input", "repeats"),
    "Gather": ("input", "indices"),
    "Pad": ("input", "pads", "value", "axes"),
    "Reshape": ("input", "shape"),
    "Resize": ("input", "roi", "scales", "sizes"),
    "Slice": ("input", "starts", "ends", "axes", "steps"),
    "Split": ("input", "split"),
    "Upsample": ("input", "scales"),
    "Where": ("condition", "input", "other"),
}
"""Operator: what its inputs are called. Later versions turned attributes into inputs of the same name."""

OTHERS = ("input", "other")

BEFORE_REGIONS = 11
"""Before this version a Resize had no region of interest among its inputs."""


@dataclass(eq=False, repr=False)
class GraphNode(Operator):
    """An operator of ONNX; ``inputs`` in their order (`None`: left out), ``alone`` where nobody else reads one."""

    inputs: tuple[Result | None, ...] = ()
    alone: tuple[bool, ...] = ()
    opset: int = 18

    @property
    def values(self) -> Iterator[Any]:
        yield from self.inputs

    def text(self, name: str, default: str) -> str:
        value = self.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def named(kind: str, inputs: tuple[Result | None, ...], attributes: Mapping[str, Any], opset: int) -> dict[str, Any]:
    """The inputs that are there, by name, and the attributes besides."""
    names = INPUTS["Upsample"] if kind == "Resize" and opset < BEFORE_REGIONS else INPUTS.get(kind, OTHERS)
    return {**attributes, **{name: value for name, value in zip(names, inputs, strict=False) if value is not None}}
