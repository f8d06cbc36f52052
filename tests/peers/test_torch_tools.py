"""The tools for PyTorch themselves, run on networks written twice: what they count is what our rules say, number for number."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import pytest

from cnncalc.importers.torch import from_torch
from cnncalc.loading import load
from cnncalc.notation.parsing import parse
from cnncalc.peers import as_counted_by, measured
from cnncalc.peers.tools import TOOLS, Rule
from cnncalc.shapes import Shape
from tests.importers.frameworks import architecture
from tests.peers.models import PAIRS, SHARED

torch = pytest.importorskip("torch")

Counter = Callable[[Any, Any], dict[str, int]]


def torchinfo(model: Any, image: Any) -> dict[str, int]:
    summary = pytest.importorskip("torchinfo").summary
    counted = summary(model, input_data=image, verbose=0, mode="eval")
    return {"mult-adds": counted.total_mult_adds, "parameters": counted.total_params}


def thop(model: Any, image: Any) -> dict[str, int]:
    macs, parameters = pytest.importorskip("thop").profile(model, inputs=(image,), verbose=False)
    return {"MACs": int(macs), "parameters": int(parameters)}


def ptflops(model: Any, image: Any) -> dict[str, int]:
    with pytest.MonkeyPatch.context() as patch:  # it wants operators that a copy of torchvision's Python lacks
        patch.setitem(sys.modules, "torchvision", None)
        count = pytest.importorskip("ptflops").get_model_complexity_info
    macs, parameters = count(model, tuple(image.shape[1:]), print_per_layer_stat=False, as_strings=False)
    return {"MACs": macs, "parameters": parameters}


def fvcore(model: Any, image: Any) -> dict[str, int]:
    nn = pytest.importorskip("fvcore.nn")
    analysis = nn.FlopCountAnalysis(model, image).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return {"flops": int(analysis.total()), "parameters": nn.parameter_count(model)[""]}


def flop_counter(model: Any, image: Any) -> dict[str, int]:
    with importlib.import_module("torch.utils.flop_counter").FlopCounterMode(display=False) as counter:
        model(image)
    return {"FLOPs": counter.get_total_flops()}


def calflops(model: Any, image: Any) -> dict[str, int]:
    bare("calflops")
    count = importlib.import_module("calflops.flops_counter").calculate_flops
    counted = count(model, tuple(image.shape), print_results=False, print_detailed=False, output_as_string=False)
    return dict(zip(("FLOPs", "MACs", "parameters"), counted, strict=True))


@functools.cache
def bare(name: str) -> None:
    """A package without what its ``__init__`` imports: calflops wants transformers for models that are none of ours."""
    try:
        folder = distribution(name).locate_file(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(folder)]


COUNTERS: dict[str, Counter] = {
    "torchinfo": torchinfo,
    "thop": thop,
    "ptflops": ptflops,
    "fvcore": fvcore,
    "torch": flop_counter,
    "calflops": calflops,
}


def ours(tool: str, network: Any, input: Shape | None = None) -> dict[str, int]:
    return {number.tally.name: number.total for number in as_counted_by(tool, network, input)}


def image(shape: Shape) -> Any:
    return torch.rand(1, shape.channels, *shape.space)


MEASURED = [
    (tool, name)
    for tool in COUNTERS
    for name, pair in PAIRS.items()
    if all(measured(TOOLS[tool], node.layer) for node in parse(pair.notation).nodes)
]


@pytest.mark.parametrize(("tool", "name"), MEASURED)
def test_a_tool_counts_what_its_rules_say(tool: str, name: str) -> None:
    """Every number that the tool gives for the PyTorch model is what `as_counted_by` says for the notation."""
    pair = PAIRS[name]
    model = pair.torch(torch.nn).eval()
    assert COUNTERS[tool](model, image(pair.input)) == ours(tool, parse(pair.notation), pair.input)


@functools.cache
def published(name: str) -> Any:
    """A network of torchvision; MobileNetV2 with its pooling as a module, as the rules take it."""
    if name == "resnet18":
        return architecture(name)
    model, nn = architecture("mobilenet_v2"), torch.nn
    return nn.Sequential(model.features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), model.classifier).eval()


@pytest.mark.parametrize("tool", COUNTERS)
@pytest.mark.parametrize("name", ["resnet18", "mobilenet-v2"])
def test_published_networks(tool: str, name: str) -> None:
    """The zoo's ResNet-18 and MobileNetV2 on a small image, beside torchvision's."""
    shape = Shape((64, 64), 3)
    with torch.no_grad():
        assert COUNTERS[tool](published(name), image(shape)) == ours(tool, load(name), shape)


@pytest.mark.parametrize("tool", COUNTERS)
def test_a_network_without_rules_would_be_noticed(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rules taken away (or one added, where there are none), the comparison fails."""
    bare = TOOLS[tool]
    extra = Rule("extra", "", lambda use: use.output.numbers)
    tallies = tuple(tally._replace(rules=() if tally.rules else (extra,)) for tally in bare.tallies)
    monkeypatch.setitem(TOOLS, tool, bare._replace(tallies=tallies))  # type: ignore[arg-type]
    pair = PAIRS["transposed"]
    model = pair.torch(torch.nn).eval()
    assert COUNTERS[tool](model, image(pair.input)) != ours(tool, parse(pair.notation), pair.input)


def test_weights_used_twice() -> None:
    """A module that is called twice is one module to all of them; its weights count once and its work twice."""
    model = SHARED.torch(torch.nn).eval()
    network = from_torch(model, image(SHARED.input))
    for tool, count in COUNTERS.items():
        assert count(model, image(SHARED.input)) == ours(tool, network, SHARED.input), tool


@pytest.mark.parametrize("tool", COUNTERS)
def test_every_layer_was_measured(tool: str) -> None:
    """Each keyword that the table has for the tool stands in one of the networks here."""
    networks = [parse(PAIRS[name].notation) for other, name in MEASURED if other == tool]
    assert {node.layer.keyword for network in networks for node in network.nodes} == set(TOOLS[tool].layers)
