"""What slides and what is whole, against the gradients of PyTorch: with its statistics, and with them taken as given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnncalc.analysis import trace
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.report import receptive_fields
from cnncalc.receptive.units import unit_reads, windows_read
from cnncalc.shapes import Shape

torch = pytest.importorskip("torch")

SIZE = (11, 9)
Given = Callable[[Any], Any]
"""What is done with numbers that all of the map has its part in: nothing, or they are cut off the graph."""


def conv(x: Any, kernel: int = 3) -> Any:
    weight = torch.rand(2, 2, kernel, kernel, dtype=x.dtype) + 0.5
    return torch.nn.functional.conv2d(x, weight, padding=kernel // 2)


def norm(x: Any, given: Given, axes: tuple[int, ...]) -> Any:
    mean, deviation = x.mean(axes, keepdim=True), x.var(axes, keepdim=True, unbiased=False).add(1e-5).sqrt()
    return (x - given(mean)) / given(deviation)


def attended(x: Any, given: Given) -> Any:
    tokens = x.flatten(2).transpose(1, 2)
    mixed = torch.softmax(tokens @ tokens.transpose(1, 2), dim=-1) @ tokens
    return given(mixed.transpose(1, 2).reshape(x.shape))


MODELS: dict[str, Callable[[Any, Given], Any]] = {
    "conv3,p1 in conv3,p1": lambda x, given: conv(norm(conv(x), given, (2, 3))),
    "conv3,p1 gn,g1 conv5,p2": lambda x, given: conv(norm(conv(x), given, (1, 2, 3)), 5),
    "conv3,p1 bn,nostats conv3,p1": lambda x, given: conv(norm(conv(x), given, (0, 2, 3))),
    "conv3,p1 softmax,space conv3,p1": lambda x, given: conv((y := conv(x).exp()) / given(y.sum((2, 3), keepdim=True))),
    "conv3,p1 mul( | globalavgpool sigmoid ) conv3,p1": lambda x, given: conv(
        (y := conv(x)) * given(y.mean((2, 3), keepdim=True).sigmoid())
    ),
    "conv3-2,p1 add( attention | ) conv3,p1": lambda x, given: conv((y := conv(x)) + attended(y, given)),
    "conv3,p1 in globalavgpool": lambda x, given: given(
        norm(conv(x), given, (2, 3)).square().mean((2, 3), keepdim=True)
    ),
}
"""Networks, and the same in PyTorch's own operations."""


@pytest.mark.parametrize("text", MODELS)
@pytest.mark.parametrize("place", [(0, 0), (5, 4), (10, 3)])
def test_gradients_reach_what_units_read(text: str, place: tuple[int, int]) -> None:
    """The pixels with a gradient are the whole input; once statistics, gates and attention are given, the window."""
    network = parse(text)
    followed, last = trace(network, Shape(SIZE, 2)), len(network) - 1
    unit = place if followed.shape(last).space == SIZE else (0, 0)
    assert box_of(MODELS[text], unit, lambda numbers: numbers) == unit_reads(followed, last, unit).box
    assert box_of(MODELS[text], unit, lambda numbers: numbers.detach()) == windows_read(followed, last, unit).box


def box_of(model: Callable[[Any, Given], Any], unit: tuple[int, int], given: Given) -> Any:
    """First and last pixel, per axis, that the gradient of one unit comes to; `None` if it comes to none."""
    torch.manual_seed(0)
    x = torch.rand(1, 2, *SIZE, dtype=torch.float64, requires_grad=True)
    out = model(x, given)[0, 0][unit]
    if not out.requires_grad:
        return None
    (gradient,) = torch.autograd.grad(out, x)
    marks = gradient[0].abs().sum(0) > 0
    lines = [marks.any(1 - axis).nonzero().flatten().tolist() for axis in (0, 1)]
    return tuple((line[0], line[-1]) for line in lines)


def test_batch_norm_in_training_is_one_without_running_statistics() -> None:
    """PyTorch's own layer: in training a pixel at the far corner has a gradient, in evaluation it has none."""
    layer = torch.nn.BatchNorm2d(2)
    for training, far in ((True, True), (False, False)):
        layer.train(training)
        x = torch.rand(1, 2, *SIZE, requires_grad=True)
        (gradient,) = torch.autograd.grad(layer(x)[0, 0, 0, 0], x)
        assert bool(gradient[0, :, -1, -1].abs().sum() > 0) is far
        followed = trace(parse("bn"), Shape(SIZE, 2), training=training)
        assert unit_reads(followed, 0, (0, 0)).box == (((0, 10), (0, 8)) if far else ((0, 0), (0, 0)))
        assert windows_read(followed, 0, (0, 0)).box == ((0, 0), (0, 0))


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("conv3,p1 in conv3,p1 gn,g1", ["in1", "gn1"]),
        ("conv3,p1-4 mul( | globalavgpool conv1-4 sigmoid ) conv3,p1", ["globalavgpool1"]),
        ("conv3,p1-4 add( attention | )", ["attention1"]),
        ("conv3,p1 conv3,p1", []),
    ],
)
def test_what_windows_only_leaves_out_is_named(text: str, left_out: list[str]) -> None:
    """Of norms, gates and attention, whether something slides beside them or not: the data list them, a note says so."""
    network = parse(text.replace("conv3,p1-4", "conv3-4,p1"))
    report = receptive_fields(network, Shape((8, 8), 3), Asked(windows_only=True))
    assert (report.data["through"], report.data["whole"]) == (left_out, False)
    assert any("is left out" in note for note in report.notes) is bool(left_out)
