"""The calculator for convolutional networks that shows its work and proves it.

Every public name is listed in ``__all__`` and imported when it is first asked for, so ``import cnncalc`` costs nothing.

>>> import cnncalc
>>> conv = cnncalc.Conv(3, 64)
>>> image = cnncalc.Shape.parse("224x224x3")
>>> str(conv.output(image)), cnncalc.parameters(conv, image), str(cnncalc.worked(conv, image))
('222x222x64', 1792, '64·(3·3·3 + 1)')
"""

from __future__ import annotations

TYPE_CHECKING = False  # a checker takes it for true; the import of typing would be all that this module costs
if TYPE_CHECKING:
    from cnncalc.analysis import Trace as Trace
    from cnncalc.comparison.report import compare as compare
    from cnncalc.comparison.rows import Factor as Factor
    from cnncalc.comparison.rows import Row as Row
    from cnncalc.comparison.rows import Spec as Spec
    from cnncalc.comparison.rows import factors as factors
    from cnncalc.comparison.rows import rows as rows
    from cnncalc.counting import Count as Count
    from cnncalc.counting import biases as biases
    from cnncalc.counting import buffers as buffers
    from cnncalc.counting import count as count
    from cnncalc.counting import macs as macs
    from cnncalc.counting import parameters as parameters
    from cnncalc.counting import weights as weights
    from cnncalc.counting import worked as worked
    from cnncalc.counting import worked_macs as worked_macs
    from cnncalc.designs.design import Design as Design
    from cnncalc.dtypes import bytes_of as bytes_of
    from cnncalc.errors import CnncalcError as CnncalcError
    from cnncalc.errors import InputTypeError as InputTypeError
    from cnncalc.errors import LayerError as LayerError
    from cnncalc.errors import LimitError as LimitError
    from cnncalc.errors import MissingExtraError as MissingExtraError
    from cnncalc.errors import ModelFileError as ModelFileError
    from cnncalc.errors import NetworkError as NetworkError
    from cnncalc.errors import NotationError as NotationError
    from cnncalc.errors import ShapeError as ShapeError
    from cnncalc.errors import UnknownLayerError as UnknownLayerError
    from cnncalc.exercises.counts import judge as judge
    from cnncalc.importers.keras import from_keras as from_keras
    from cnncalc.importers.onnx import from_onnx as from_onnx
    from cnncalc.importers.torch import from_torch as from_torch
    from cnncalc.layers.activation import Activation as Activation
    from cnncalc.layers.adaptivepool import AdaptivePool as AdaptivePool
    from cnncalc.layers.attend import Attend as Attend
    from cnncalc.layers.attention import Attention as Attention
    from cnncalc.layers.base import FilterBank as FilterBank
    from cnncalc.layers.base import Layer as Layer
    from cnncalc.layers.batchnorm import BatchNorm as BatchNorm
    from cnncalc.layers.channelpool import ChannelPool as ChannelPool
    from cnncalc.layers.channelshuffle import ChannelShuffle as ChannelShuffle
    from cnncalc.layers.conv import Conv as Conv
    from cnncalc.layers.crop import Crop as Crop
    from cnncalc.layers.crossattend import CrossAttend as CrossAttend
    from cnncalc.layers.dense import Dense as Dense
    from cnncalc.layers.depthwise import Depthwise as Depthwise
    from cnncalc.layers.dropout import Dropout as Dropout
    from cnncalc.layers.embedding import Embedding as Embedding
    from cnncalc.layers.flatten import Flatten as Flatten
    from cnncalc.layers.globalpool import GlobalPool as GlobalPool
    from cnncalc.layers.glu import GLU as GLU
    from cnncalc.layers.groupnorm import GroupNorm as GroupNorm
    from cnncalc.layers.identity import Identity as Identity
    from cnncalc.layers.instancenorm import InstanceNorm as InstanceNorm
    from cnncalc.layers.join import Join as Join
    from cnncalc.layers.layernorm import LayerNorm as LayerNorm
    from cnncalc.layers.learnt import Learnt as Learnt
    from cnncalc.layers.local import Local as Local
    from cnncalc.layers.lrn import LocalResponseNorm as LocalResponseNorm
    from cnncalc.layers.merge import Merge as Merge
    from cnncalc.layers.offset import Offset as Offset
    from cnncalc.layers.pad import Pad as Pad
    from cnncalc.layers.pixelshuffle import PixelShuffle as PixelShuffle
    from cnncalc.layers.placeholder import Placeholder as Placeholder
    from cnncalc.layers.pool import Pool as Pool
    from cnncalc.layers.prelu import PReLU as PReLU
    from cnncalc.layers.recurrent import Recurrent as Recurrent
    from cnncalc.layers.roll import Roll as Roll
    from cnncalc.layers.scale import Scale as Scale
    from cnncalc.layers.separable import Separable as Separable
    from cnncalc.layers.slice import Slice as Slice
    from cnncalc.layers.softmax import Softmax as Softmax
    from cnncalc.layers.tiled import Tiled as Tiled
    from cnncalc.layers.tokens import Tokens as Tokens
    from cnncalc.layers.transposed import Transposed as Transposed
    from cnncalc.layers.unflatten import Unflatten as Unflatten
    from cnncalc.layers.unknown import Unknown as Unknown
    from cnncalc.layers.upsample import Upsample as Upsample
    from cnncalc.layers.windowattend import WindowAttend as WindowAttend
    from cnncalc.library import as_counted_by as as_counted_by
    from cnncalc.library import diff as diff
    from cnncalc.library import halo as halo
    from cnncalc.library import memory as memory
    from cnncalc.library import receptive_fields as receptive_fields
    from cnncalc.library import run as run
    from cnncalc.library import show as show
    from cnncalc.library import solve as solve
    from cnncalc.library import summaries as summaries
    from cnncalc.library import summary_report as summary_report
    from cnncalc.library import sweep as sweep
    from cnncalc.library import trace as trace
    from cnncalc.library import verify as verify
    from cnncalc.loading import load as load
    from cnncalc.network import Network as Network
    from cnncalc.network import Node as Node
    from cnncalc.network import assume as assume
    from cnncalc.network import chain as chain
    from cnncalc.notation.parsing import parse as parse
    from cnncalc.receptive.asked import Asked as Asked
    from cnncalc.report import Report as Report
    from cnncalc.report.baseline import read_baseline as read_baseline
    from cnncalc.report.baseline import within as within
    from cnncalc.report.columns import choose as choose
    from cnncalc.report.requirements import required as required
    from cnncalc.shapes import Shape as Shape
    from cnncalc.symbols import Term as Term
    from cnncalc.verify.compare import Verdict as Verdict

__version__ = "0.1.0"

_HOMES: dict[str, tuple[str, ...]] = {
    "analysis": ("Trace",),
    "report.columns": ("choose",),
    "exercises.counts": ("judge",),
    "comparison.rows": (
        "Factor",
        "Row",
        "Spec",
        "factors",
        "rows",
    ),
    "comparison.report": ("compare",),
    "counting": (
        "Count",
        "biases",
        "buffers",
        "count",
        "macs",
        "parameters",
        "weights",
        "worked",
        "worked_macs",
    ),
    "designs.design": ("Design",),
    "dtypes": ("bytes_of",),
    "errors": (
        "CnncalcError",
        "InputTypeError",
        "LayerError",
        "LimitError",
        "MissingExtraError",
        "ModelFileError",
        "NetworkError",
        "NotationError",
        "ShapeError",
        "UnknownLayerError",
    ),
    "importers.keras": ("from_keras",),
    "importers.onnx": ("from_onnx",),
    "importers.torch": ("from_torch",),
    "layers": (
        "Activation",
        "AdaptivePool",
        "Attend",
        "Attention",
        "BatchNorm",
        "ChannelPool",
        "ChannelShuffle",
        "Conv",
        "Crop",
        "CrossAttend",
        "Dense",
        "Depthwise",
        "Dropout",
        "Embedding",
        "Flatten",
        "GLU",
        "GlobalPool",
        "GroupNorm",
        "Identity",
        "InstanceNorm",
        "Join",
        "LayerNorm",
        "Learnt",
        "Local",
        "LocalResponseNorm",
        "Merge",
        "Offset",
        "PReLU",
        "Pad",
        "PixelShuffle",
        "Placeholder",
        "Pool",
        "Recurrent",
        "Roll",
        "Scale",
        "Separable",
        "Slice",
        "Softmax",
        "Tiled",
        "Tokens",
        "Transposed",
        "Unflatten",
        "Unknown",
        "Upsample",
        "WindowAttend",
    ),
    "layers.base": (
        "FilterBank",
        "Layer",
    ),
    "library": (
        "as_counted_by",
        "diff",
        "halo",
        "memory",
        "receptive_fields",
        "run",
        "show",
        "summaries",
        "solve",
        "summary_report",
        "sweep",
        "trace",
        "verify",
    ),
    "loading": ("load",),
    "network": ("Network", "Node", "assume", "chain"),
    "notation.parsing": ("parse",),
    "receptive.asked": ("Asked",),
    "report": ("Report",),
    "report.baseline": ("read_baseline", "within"),
    "report.requirements": ("required",),
    "shapes": ("Shape",),
    "symbols": ("Term",),
    "verify.compare": ("Verdict",),
}
"""The modules that public names live in."""

_PUBLIC = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
