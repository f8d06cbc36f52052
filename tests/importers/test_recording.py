"""What is written down of a module that is run on tensors without numbers: what is computed, written over, left alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from cnncalc import receptive_fields, summary_report
from cnncalc.errors import ModelFileError
from cnncalc.importers.torch import from_torch
from cnncalc.importers.torch.plain import RULES, plain
from cnncalc.layers.unknown import Unknown
from cnncalc.network import Network
from tests.importers.frameworks import parameters

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn


class Running(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A convolution of 3 × 3, and a function of it and the input."""

    def __init__(self, run: Callable[[Any, Any], Any], **attributes: Any) -> None:
        super().__init__()
        self.run, self.conv = run, nn.Conv2d(1, 4, 3, padding=1)
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x: Any) -> Any:
        return self.run(self, x)


def weights(gates: int, features: int) -> list[Any]:
    """Those of one layer of 5 units without biases."""
    return [torch.zeros(gates, features), torch.zeros(gates, 5)]


def followed(run: Callable[[Any, Any], Any], **attributes: Any) -> Network:
    return from_torch(Running(run, **attributes).eval(), "8x8x1")


def program(run: Callable[[Any, Any], Any]) -> Any:
    from cnncalc.importers.torch.recording import recorded

    return recorded(torch, Running(run).eval(), (torch.zeros(1, 1, 8, 8),), {})


def fixed(run: Callable[[Any, Any], Any]) -> list[list[float]]:
    """The numbers that were computed, of all constants that nobody stored."""
    constants = program(run).constants.items()
    return [value.data().flatten().tolist() for name, value in constants if name.startswith("fixed")]


def test_fixed_numbers_are_computed_through_named_arguments() -> None:
    """A tensor that is given by its name is known as well as one that is given by its place: max(i − 2, 1) · 3."""
    numbers = fixed(lambda s, x: x * torch.clamp(torch.arange(8.0) - 2, min=torch.ones(8)).mul(other=torch.tensor(3.0)))
    assert numbers == [[3.0, 3.0, 3.0, 3.0, 6.0, 9.0, 12.0, 15.0]]


def test_what_is_written_over_with_fixed_numbers_is_fixed() -> None:
    """A mask that is filled part by part through views, on the device of the input and like another tensor."""

    def masked(model: Any, x: Any) -> Any:
        mask = torch.zeros(8, 8, device=x.device)
        mask[:4, 2:] = 1
        mask.view(-1)[0] += torch.ones_like(mask).sum()
        return x + mask

    want = torch.zeros(8, 8)
    want[:4, 2:] = 1
    want[0, 0] = 64
    assert fixed(masked) == [want.flatten().tolist()]


def test_what_raises_when_it_is_computed_is_left_to_the_network() -> None:
    """A matrix without a Cholesky factor has the factor's shape still: the network stands, and all of it is counted."""
    network = followed(lambda s, x: s.conv(x) + torch.linalg.cholesky(-torch.eye(8)))
    assert parameters(network) == 4 * (9 + 1)
    assert network.counted


def recurrent(kind: str, **options: Any) -> Callable[[Any], Any]:
    """A recurrent layer of two, over the rows of the first channel."""
    return lambda x: getattr(nn, kind)(x.shape[3], 5, 2, **options)(x[:, 0])


PLAIN = {
    "batch_norm": lambda x: nn.functional.batch_norm(x, torch.zeros(4), torch.ones(4), torch.ones(4)),
    "layer_norm": lambda x: nn.functional.layer_norm(x, x.shape[2:], torch.ones(x.shape[2:])),
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "hardswish": nn.functional.hardswish,
    "hardsigmoid": nn.functional.hardsigmoid,
    "lstm.input": recurrent("LSTM", bidirectional=True, batch_first=True, proj_size=3),
    "gru.input": recurrent("GRU", batch_first=True),
    "rnn_tanh.input": recurrent("RNN", bidirectional=True),
    "rnn_relu.input": recurrent("RNN", nonlinearity="relu"),
}
LAYOUTS = {
    "as stored": lambda x: x,
    "channels last": lambda x: x.to(memory_format=torch.channels_last),
    "turned": lambda x: x.transpose(2, 3),
    "every second": lambda x: x[..., ::2],
}


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", PLAIN)
def test_plain_results_lie_as_pytorch_lays_them(name: str, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes, strides and types of what is not taken apart, without numbers, are those of PyTorch's result with numbers."""
    seen, ruled = [], []

    def watched(torch: Any, func: Any, args: Any, kwargs: Any) -> Any:
        result = plain(torch, func, args, kwargs)
        ruled.append(func.name().removeprefix("aten::") if result is not None else "")
        return result

    monkeypatch.setattr("cnncalc.importers.torch.recording.plain", watched)

    def run(model: Any, x: Any) -> Any:
        results = PLAIN[name](LAYOUTS[layout](x.expand(2, 4, 8, 8).clone()))
        leaves = torch.utils._pytree.tree_leaves(results)
        seen.append([(leaf.shape, leaf.stride(), leaf.dtype) for leaf in leaves])
        return leaves[0]

    run(None, torch.rand(1, 1, 8, 8))
    program(run)
    assert seen[0] == seen[1]
    assert name in ruled  # and PyTorch was not asked
    assert set(PLAIN) == set(RULES)


LSTM, GRU = torch.lstm, torch.gru
OPTIONS = (False, 1, 0.0, False, False, False)
"""No biases, one layer, nothing dropped, not learning, one direction, places before batches."""


@pytest.mark.parametrize(
    ("run", "problem"),
    [
        (lambda s, x: nn.functional.batch_norm(s.conv(x), torch.zeros(3), torch.ones(3)), "4 elements not 3"),
        (lambda s, x: nn.functional.layer_norm(x, [7]), "expected input with shape"),
        (lambda s, x: nn.functional.layer_norm(x, [8], torch.ones(1)), "same shape as normalized_shape"),
        (
            lambda s, x: LSTM(x[0], [torch.zeros(1, 8, 5)] * 2, weights(20, 7), *OPTIONS)[0],
            "must have same reduction dim",
        ),
        (
            lambda s, x: GRU(x[0], torch.zeros(1, 7, 5), weights(15, 8), *OPTIONS)[0],
            "broadcast a dimension of length 8",
        ),
    ],
)
def test_what_does_not_fit_is_refused_as_pytorch_does(run: Callable[[Any, Any], Any], problem: str) -> None:
    """Statistics of 3 of 4 channels, norms over places that the map does not have, rows or states of another size."""
    with pytest.raises(ModelFileError, match=problem):
        followed(run)


def test_random_numbers_are_not_fixed() -> None:
    """Numbers that are drawn are written down as a call, not as a constant."""
    recorded = program(lambda s, x: x + torch.rand(8))
    assert recorded.calls[0].target == "aten.rand.default"
    assert not [name for name in recorded.constants if name.startswith("fixed")]


def test_a_loop_over_fixed_numbers_is_followed() -> None:
    """How often is asked of a tensor that holds no number of the input's: 3 times conv3 reads 7."""

    def looping(model: Any, x: Any) -> Any:
        for _turn in range(int(model.turns.sum().item())):
            x = model.conv(x).mean(1, keepdim=True)
        return x

    network = followed(looping, turns=torch.tensor([1, 2]))
    assert [node.tied for node in network.nodes if node.name.startswith("conv")] == ["", "conv", "conv"]
    assert parameters(network) == 40


def test_what_was_written_over_through_a_view_is_not_what_it_was() -> None:
    """A column that is copied over another lies behind what comes next: its field is unknown, its counts are exact."""

    def writing(model: Any, x: Any) -> Any:
        y = model.conv(x)
        y[:, :, :, 0] = y[:, :, :, 7].relu()
        return y.tanh()

    network = followed(writing)
    assert receptive_fields(network).get("unknown_from")
    assert (parameters(network), summary_report(network).get("total.macs")) == (40, 4 * 9 * 64)
    overwritten = [
        node for node in network.nodes if isinstance(node.layer, Unknown) and "scatter" in node.layer.operator
    ]
    assert len(overwritten) == 1
    assert len(overwritten[0].inputs) == 2


def test_what_is_written_over_as_a_whole_is_what_was_written() -> None:
    """A tensor that another is copied into is that one."""

    def copying(model: Any, x: Any) -> Any:
        y = model.conv(x)
        return torch.zeros_like(y).copy_(y)

    assert receptive_fields(followed(copying)).get("rf") == 3


def test_in_place_operators_give_what_is_read_after_them() -> None:
    """Two names of one tensor: what is done to it by one is seen by the other."""

    def in_place(model: Any, x: Any) -> Any:
        y = model.conv(x)
        z = y
        z.relu_()
        return model.head(y)

    network = followed(in_place, head=nn.Conv2d(4, 2, 3))
    assert [node.layer.keyword for node in network.nodes] == ["conv", "relu", "conv"]


def test_nothing_stays_at_the_module() -> None:
    """What a forward pass sets, counts or hooks is done to a copy."""

    def keeping(model: Any, x: Any) -> Any:
        model.cache = x
        model.seen.append(x)
        model.steps += 1
        return model.conv(x)

    model = Running(keeping, seen=[], steps=torch.zeros(1)).eval()
    from_torch(model, "8x8x1")
    assert (model.seen, float(model.steps), hasattr(model, "cache")) == ([], 0, False)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())
    assert torch.backends.mha.get_fastpath_enabled()


def test_a_module_that_cannot_be_copied_is_exported() -> None:
    """One that holds a lock is followed by torch.export instead, with the same parameters and weights that are shared."""
    conv = nn.Conv2d(1, 4, 3, padding=1)
    network = followed(lambda s, x: s.conv(x) + s.other(x), lock=threading.Lock(), conv=conv, other=conv)
    assert parameters(network) == 40
    assert receptive_fields(network).get("rf") == 3


def test_a_compiled_module_is_followed_uncompiled() -> None:
    """torch.compile changes nothing of what is counted."""
    network = from_torch(torch.compile(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))), "8x8x1")
    assert parameters(network) == 40 + 74
    assert receptive_fields(network).get("rf") == 5


def test_weights_that_a_function_holds_are_the_modules_own() -> None:
    """A closure reads the module that was given, not the copy that is run: its weights count by their names."""
    model = Running(lambda s, x: s.conv(x)).eval()
    outer = model.conv
    model.run = lambda s, x: outer(x)
    network = from_torch(model, "8x8x1")
    assert [node.name for node in network.nodes] == ["conv"]
    assert parameters(network) == 40
    assert not network.unused
