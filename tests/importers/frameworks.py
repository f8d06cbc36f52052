"""The frameworks that importers are held against: models, their own counts, and what one poisoned pixel reaches."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from cnncalc.analysis import counts, shapes, trace
from cnncalc.network import Network
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape

warnings.filterwarnings("ignore", module="torch.*")


def torchvision_models() -> Any:
    """``torchvision.models``; without its compiled operators it asks for two schemas that no classifier uses."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    try:
        import_module("torchvision")
    except ModuleNotFoundError:
        pytest.skip("torchvision is not installed")
    except RuntimeError:  # only after the import failed: where its operators load, a second definition ends the process
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        torch._cnncalc_kept = library  # a library that is collected takes its schemas with it
    return import_module("torchvision.models")


def architecture(name: str, **options: Any) -> Any:
    """A torchvision model with random weights, all different from each other, ready to be used."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    models = torchvision_models()
    if name in ("googlenet", "inception_v3"):
        options = {"aux_logits": False, "init_weights": False} | options
    if name.startswith(("deeplab", "fcn", "lraspp")):
        options |= {"weights_backbone": None}
    model = models.get_model(name, weights=None, **options).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(0.5, 1.5)
    return model


def parameters(network: Network, input: Shape | None = None) -> int:
    """Our count."""
    shape = input or network.input
    assert shape is not None
    return sum(count.parameters for count in counts(network, shape, shapes(network, shape)))


def output(network: Network, input: Shape | None = None) -> Shape:
    """Our output shape."""
    shape = input or network.input
    assert shape is not None
    return shapes(network, shape)[-1]


def poisoned(run: Callable[[Any], Any], input: Shape) -> Any:
    """``reached[pixel][unit]``: run a batch with one pixel each that is not a number; which outputs are not either.

    ``run`` takes and gives arrays of batch × channels × space.
    """
    import numpy as np

    positions = input.positions
    batch = np.full((positions, input.channels, positions), 0.5, dtype=np.float32)
    batch[np.arange(positions), :, np.arange(positions)] = np.nan
    reached = np.isnan(run(batch.reshape(positions, input.channels, *input.space)))
    return reached.any(axis=1).reshape(*input.space, *reached.shape[2:])


def assert_reads_match(network: Network, reached: Any) -> None:
    """Every unit of the output reads exactly from the first to the last pixel, per axis, that reached it."""
    import numpy as np

    followed = trace(network)
    rank = len(followed.shapes[-1].space) if followed.shapes else 0
    for unit in np.ndindex(reached.shape[reached.ndim - rank :]):
        pixels = np.argwhere(reached[(..., *unit)])
        observed = tuple(zip(pixels.min(0).tolist(), pixels.max(0).tolist(), strict=True)) if len(pixels) else None
        claimed = unit_reads(followed, len(network.nodes) - 1, unit)
        assert claimed.box == observed, (unit, claimed, observed)
