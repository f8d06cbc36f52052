"""``memory``: published peaks, the largest batch, what is named apart, and what a reader is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc import memory
from cnncalc.errors import CnncalcError
from cnncalc.layers.unknown import Unknown
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.timeline.options import Question
from cnncalc.timeline.report import memory as report_of
from tests.conftest import Called
from tests.networks import graphs


def test_both_published_peaks_of_resnet50() -> None:
    """Inference of ResNet-50 holds 7.2 MB with norms folded and in place, and 9.6 MB with every layer on its own."""
    small, large = memory("resnet50", inplace=True, fold_bn=True), memory("resnet50")
    map = 56 * 56 * 256 * 4
    assert small.get("total.activations") == 2 * map + map // 4 == 7_225_344
    assert large.get("total.activations") == 3 * map == 9_633_792
    assert (large.get("peak.layer"), large.get("peak.phase")) == ("layer1.bn4", "forward")  # of the projection


def test_the_peak_is_made_up_of_its_tensors() -> None:
    """Sum of what is listed, and of the parts that are named apart where nothing is in flight."""
    for options in ({}, {"training": True}, {"training": True, "optimizer": "adam", "batch": 4}):
        report = memory("resnet18", **options)  # type: ignore[arg-type]
        peak = report.data["peak"]
        assert sum(tensor["bytes"] for tensor in peak["tensors"]) == peak["bytes"] == report.get("total.peak")
        assert max(row[way] or 0 for row in report.data["layers"] for way in ("forward", "backward")) == peak["bytes"]
        assert sum(row["kept"] for row in report.data["layers"]) == report.get("total.kept")


@pytest.mark.parametrize(("optimizer", "numbers"), [("sgd", 0), ("momentum", 1), ("adam", 2), ("adamw", 2)])
def test_optimizers_remember_what_pytorch_s_do(optimizer: str, numbers: int) -> None:
    """Numbers of the parameters' size in the state of PyTorch's own optimisers after a step."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    layer = torch.nn.Conv2d(3, 8, 3)
    made = {
        "sgd": lambda: torch.optim.SGD(layer.parameters(), lr=1),
        "momentum": lambda: torch.optim.SGD(layer.parameters(), lr=1, momentum=0.9),
        "adam": lambda: torch.optim.Adam(layer.parameters()),
        "adamw": lambda: torch.optim.AdamW(layer.parameters()),
    }[optimizer]()
    layer(torch.ones(1, 3, 5, 5)).sum().backward()
    made.step()
    stored = [value for state in made.state.values() for value in state.values() if getattr(value, "ndim", 0)]
    assert sum(value.numel() for value in stored) == numbers * (3 * 3 * 3 * 8 + 8)
    report = memory("conv3-8", "5x5x3", training=True, optimizer=optimizer)
    assert report.get("total.optimizer_state") == numbers * (3 * 3 * 3 * 8 + 8) * 4
    assert report.get("total.gradients") == (3 * 3 * 3 * 8 + 8) * 4


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dtype": "int4"},
        {"training": True},
        {"training": True, "inplace": True, "optimizer": "adam", "dtype": "bf16"},
        {"training": True, "checkpoint": ["layer1", "layer2"]},
    ],
)
def test_the_largest_batch_fits_and_one_more_does_not(options: dict[str, object]) -> None:
    """Both asked again by their own number."""
    report = memory("resnet18", fit="2GiB", **options)  # type: ignore[arg-type]
    batch = report.get("fit.batch")
    assert report.data["batch"] == batch > 1
    assert memory("resnet18", batch=batch, **options).get("total.peak") <= 2 * 2**30  # type: ignore[arg-type]
    assert memory("resnet18", batch=batch + 1, **options).get("total.peak") > 2 * 2**30  # type: ignore[arg-type]


@given(graphs(), st.integers(0, 12), st.booleans(), st.sampled_from(["fp32", "int2"]))
def test_the_largest_batch_is_that_of_a_search(
    drawn: tuple[Network, Shape], batch: int, more: bool, dtype: str
) -> None:
    """A memory that holds a batch, to the byte or a little more, is answered with it, whatever is rounded up."""
    network, input = drawn

    def peak(batch: int) -> int:
        return int(report_of(network, input, Question(batch=batch, dtype=dtype)).get("total.peak"))

    fit = (peak(batch) if batch else peak(1) - 1) + more * (batch > 0)
    expected = next(size for size in range(batch, 64) if peak(size + 1) > fit)
    if fit > 0:
        assert report_of(network, input, Question(dtype=dtype), fit=fit).data["fit"]["batch"] == expected


def test_checkpoints_trade_memory_for_work() -> None:
    """A stage that runs twice keeps its input alone: 56 × 56 × 64 numbers of ResNet-50's first."""
    plain, checked = (
        memory("resnet50", training=True),
        memory("resnet50", training=True, checkpoint=["layer1"], depth=1),
    )
    assert checked.get("total.kept") < plain.get("total.kept")
    stage = checked.get("layers.layer1")
    assert stage["kept"] == 56 * 56 * 64 * 4
    assert stage["recompute"] is not None
    assert checked.get("layers.layer2.recompute") is None


def test_folding_leaves_a_bias_and_no_statistics() -> None:
    """A convolution without a bias gets one from the norm; one with a bias keeps it. Counted by hand."""
    for word, biases in (("conv3-8,nobias", 8), ("conv3-8", 8)):
        report = memory(f"{word} bn relu", "5x5x3", fold_bn=True)
        assert report.get("total.parameters") == (3 * 3 * 3 * 8 + biases) * 4
        assert report.get("total.buffers") == 0


def test_a_norm_that_others_need_is_not_folded() -> None:
    """One behind a pool, and one behind a convolution that something else reads, stay."""
    for words in ("maxpool2 bn", "a:conv3-8 b:bn add( @a | @b )"):
        assert memory(words, "6x6x3", fold_bn=True).get("total.buffers") > 0
    assert memory("bn", "6x6x3", fold_bn=True).get("total.buffers") == 6 * 4
    with_relu = memory("conv3-8,p1 relu", "6x6x3", fold_bn=True)
    assert with_relu.get("total.activations") == 2 * 6 * 6 * 8 * 4  # a ReLU is no norm


def test_unknown_operators_make_lower_bounds() -> None:
    """What they keep is not known: no upper limit is met, and a reader is told."""
    network = parse("conv3-8 relu")
    other = Network((network.nodes[0], Node(Unknown("GRU"), (0,), "gru")))
    report = report_of(other, Shape((9, 9), 3))
    assert report.data["exact"] is False
    assert report.ranges["total.peak"].most is None
    assert "lower bound" in report.notes[-1]


def test_all_outputs_are_held() -> None:
    """An output that no layer reads is held to the end, as the main one is."""
    conv = parse("conv1-8").nodes[0].layer
    two = Network((Node(conv, (-1,), "a"), Node(conv, (-1,), "b"), Node(conv, (-1,), "c")))
    assert report_of(two, Shape((4, 4), 1)).get("total.activations") == (3 * 8 + 1) * 16 * 4


def test_what_a_model_stores_for_nothing_is_held_all_the_same() -> None:
    """Parameters that no output needs are in memory, and nothing is remembered of them."""
    network = replace(parse("conv3-8"), unused={"old.weight": 1000})
    report = report_of(network, Shape((5, 5), 3), Question(training=True, optimizer="adam"))
    assert report.get("total.unused") == 4000
    assert report.get("total.optimizer_state") == 2 * (3 * 3 * 3 * 8 + 8) * 4
    assert sum(tensor["bytes"] for tensor in report.data["peak"]["tensors"]) == report.get("total.peak")


def test_the_workspace_of_a_library_is_not_0() -> None:
    """Nobody knows it here: null in the data, a dash for people, and no requirement on it is met."""
    assert memory("conv3-8", "5x5x3").get("total.workspace") is None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("conv3",), "memory needs the shape of the input: give --input 224x224x3"),
        (("resnet18", "--batch", "0"), "a batch of 0 is out of range"),
        (("resnet18", "--fit", "8GiB", "--batch", "2"), "--fit asks for the largest batch: leave --batch out"),
        (("resnet18", "--fit", "much"), "'much' is not an amount of memory"),
        (("resnet18", "--fit", "-1GiB"), "holds nothing: give more, such as 8GiB"),
        (("resnet18", "--optimizer", "adam"), "--optimizer is for learning: add --training"),
        (("resnet18", "--training", "--optimizer", "adama"), "there is no optimizer adama: take one of sgd"),
        (("resnet18", "--checkpoint", "layer1"), "--checkpoint is for learning: add --training"),
        (("resnet18", "--training", "--checkpoint", "layer7"), "there is no block layer7: did you mean layer"),
        (("resnet18", "--training", "--checkpoint", "layer1", "--checkpoint", "layer1"), "name each layer once"),
        (("conv3", "--input", "5x5x1", "--training", "--checkpoint", "a"), "no blocks, so name layers"),
        (("resnet18", "--training", "--fold-bn"), "norms that are folded don't learn"),
        (("resnet18", "--training", "--dtype", "int8"), "int8 does not learn: take one of fp64, fp32, fp16, bf16"),
        (("resnet18", "--dtype", "fp31"), "fp31 is not a number type"),
    ],
)
def test_bad_questions_are_one_line(cnncalc: Called, words: tuple[str, ...], line: str) -> None:
    """Exit code 2, nothing on standard output, and the way out."""
    code, out, err = cnncalc("memory", *words)
    assert (code, out) == (2, "")
    assert line in err


def test_too_little_memory_is_a_no(cnncalc: Called) -> None:
    """Exit code 1 with the peak of one input beside what there is; the batch in the data is 0."""
    code, out, err = cnncalc("memory", "resnet18", "--fit", "1MiB", "--json")
    assert (code, json.loads(out)["fit"]) == (1, {"memory": 2**20, "batch": 0})
    assert err.startswith("cnncalc: not even one input fits: its peak is ")


def test_requirements_and_baselines_hold_memory_too(cnncalc: Called) -> None:
    """Any number of the answer can be a budget."""
    code, _out, err = cnncalc("memory", "resnet50", "--require", "total.activations<=9000000")
    assert (code, err) == (1, "cnncalc: required total.activations<=9000000: not met, it is 9633792\n")


def test_a_wrong_amount_is_refused_in_python_too() -> None:
    """The library reads amounts as the command line does."""
    with pytest.raises(CnncalcError, match="'8 GB RAM' is not an amount of memory"):
        memory("resnet18", fit="8 GB RAM")
