"""The plan of a run: what is held at every step against a simulation with sets, and laws that no network breaks."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.analysis import counts, shapes
from cnncalc.layers import KEYWORDS, kind
from cnncalc.network import INPUT, Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.timeline.plan import FOREVER, Asked, Plan, plan
from cnncalc.timeline.rules import RULES, UNMEASURED, VARIANTS, rule_of
from tests.networks import graphs

FLOAT = 4


def planned(network: Network, input: Shape, **asked: Any) -> Plan:
    made = shapes(network, input)
    return plan(network, input, made, counts(network, input, made), Asked(**asked))


def total(run: Plan) -> int:
    return sum(run.kept().values())


@given(graphs())
def test_inference_holds_what_is_still_to_be_read(drawn: tuple[Network, Shape]) -> None:
    """At every layer: its output, and all that it or a later layer reads, counted afresh with sets of tensors."""
    network, input = drawn
    made = shapes(network, input)
    root = {INPUT: INPUT}
    for index, node in enumerate(network.nodes):
        root[index] = root[node.inputs[0]] if rule_of(node.layer, training=False).view else index
    outputs = {root[index] for index in network.outputs}
    given = {index for index, node in enumerate(network.nodes) if node.layer.stands_in}  # inputs, there from the start
    expected = []
    for index in range(len(network)):
        to_read = {root[source] for node in network.nodes[index:] for source in node.reads}
        to_read |= {INPUT} if index == 0 else set()  # it is there, whether anything reads it or not
        alive = {tensor for tensor in to_read | outputs if tensor < index or tensor in given} | {root[index]}
        expected.append(sum((input if tensor == INPUT else made[tensor]).numbers * FLOAT for tensor in alive))
    assert planned(network, input).held() == expected


@given(graphs(), st.integers(2, 9))
def test_a_batch_takes_as_many_times_the_activations(drawn: tuple[Network, Shape], batch: int) -> None:
    """Inference: every step of a batch is that of one input, times the batch; learning never takes less than that less
    what is there once."""
    network, input = drawn
    one, many = planned(network, input), planned(network, input, batch=batch)
    assert many.held() == [batch * bytes for bytes in one.held()]
    one, many = (planned(network, input, batch=size, training=True) for size in (1, batch))
    assert max(one.held()) <= max(many.held()) <= batch * max(one.held())


@given(graphs())
def test_what_saves_memory_saves_memory(drawn: tuple[Network, Shape]) -> None:
    """In place nothing is held that would not be held otherwise; a checkpoint around all keeps inputs alone."""
    network, input = drawn
    for training in (False, True):
        apart, in_place = (planned(network, input, training=training, in_place=way) for way in (False, True))
        assert max(in_place.held()) <= max(apart.held())
        assert total(in_place) <= total(apart)
    whole = planned(network, input, training=True, checkpoints=(range(len(network)),))
    made = shapes(network, input)
    inputs = [input.numbers, *(made[index].numbers for index in network.placeholders)]
    some = {sum(kept) for count in range(len(inputs) + 1) for kept in combinations(inputs, count)}
    assert total(whole) in {numbers * FLOAT for numbers in some}


@given(graphs())
def test_every_gradient_is_needed_and_every_layer_that_learns_has_one(drawn: tuple[Network, Shape]) -> None:
    """Nothing is freed before it is made, and gradients of parameters stay to the end, once for each layer."""
    network, input = drawn
    made = shapes(network, input)
    counted = counts(network, input, made)
    run = plan(network, input, made, counted, Asked(training=True))
    assert all(tensor.birth <= tensor.death for tensor in run.tensors)
    learnt = [tensor for tensor in run.tensors if tensor.what == "gradient of the parameters"]
    assert {tensor.death for tensor in learnt} <= {FOREVER}
    used = {*network.outputs}  # before another input stands what nothing reads
    for index in reversed(range(len(network))):
        used.update(network.nodes[index].reads if index in used else ())
    owners = [index for index, count in enumerate(counted) if count.parameters and index in used]
    assert sorted(tensor.node for tensor in learnt) == owners


def test_a_small_network_counted_by_hand() -> None:
    """8 × 8 maps of 8 channels are 2,048 bytes, the input 256: what is alive at each of six steps."""
    run = planned(parse("conv3-8,p1 relu conv3-8,p1"), Shape((8, 8), 1), training=True)
    weights, others = (9 * 8 + 8) * FLOAT, (72 * 8 + 8) * FLOAT
    assert run.held() == [
        256 + 2048,  # the input is kept for the first convolution
        256 + 2048 + 2048,  # its output is not: the ReLU keeps its own
        256 + 2048 + 2048,
        256 + 2048 + 2048 + 2048 + 2048 + others,  # ReLU's, the result, its gradient, the ReLU's gradient
        256 + 2048 + 2048 + 2048 + 2048 + others,  # the convolution's gradient now
        256 + 2048 + 2048 + others + weights,
    ]


def test_a_layer_in_place_spares_what_somebody_needs() -> None:
    """No ReLU writes over the input, over a branch that is read later, or over what a backward pass needs."""
    image = Shape((8, 8), 1)
    outputs = {
        "relu": 1,  # the caller's input
        "conv3-1,p1 relu": 1,
        "conv3-1,p1 add( relu | )": 2,  # the ReLU's input is read by the sum, which writes over the ReLU's output
        "conv3-1,p1 flatten relu": 1,
    }
    for words, count in outputs.items():
        run = planned(parse(words), image, in_place=True)
        assert sum(tensor.what == "output" for tensor in run.tensors) == count, words
    apart, kept = (
        planned(parse(f"conv3-1,p1 {word} relu"), image, in_place=True, training=True) for word in ("bn", "sigmoid")
    )
    assert sum(tensor.what == "output" for tensor in apart.tensors) == 2
    assert sum(tensor.what == "output" for tensor in kept.tensors) == 2  # sigmoid over conv; what it keeps stays


def test_gradients_that_meet_are_added_into_one_of_them() -> None:
    """Behind a residual sum the shortcut's gradient takes the other in; one that another layer still waits for does not."""
    image, conv, relu = Shape((4, 4), 8), parse("conv3-8,p1").nodes[0].layer, parse("relu").nodes[0].layer
    add = parse("add( relu | )").nodes[1].layer
    residual = planned(parse("conv3-8,p1 add( relu conv3-8,p1 | )"), image, training=True)
    shared = planned(
        Network(
            (
                Node(conv, (INPUT,), "x"),
                Node(conv, (INPUT,), "y"),
                Node(relu, (0,), "r"),
                Node(add, (0, 1), "s"),
                Node(add, (3, 2), "out"),
            )
        ),
        image,
        training=True,
    )
    made = [[tensor.node for tensor in run.tensors if tensor.what == "gradient"] for run in (residual, shared)]
    assert made == [[3, 1, 0], [4, 0, 0]]  # of the sum; of ReLU and convolution; with the convolution's once more


def test_layers_before_all_that_learns_keep_nothing() -> None:
    """A pool of the raw input needs no gradient; the convolution after it keeps the pool's output."""
    run = planned(parse("maxpool2 relu conv3-4"), Shape((8, 8), 3), training=True)
    assert run.kept() == {2: 4 * 4 * 3 * FLOAT}


@pytest.mark.parametrize(("dtype", "bytes"), [("fp64", 8), ("fp32", 4), ("bf16", 2)])
def test_statistics_stay_in_fp32(dtype: str, bytes: int) -> None:
    """Of a batch norm over 8 channels: the input in the network's type, 16 statistics of 4 bytes."""
    run = planned(parse("offset bn"), Shape((6, 6), 8), training=True, dtype=dtype)
    assert total(run) == 6 * 6 * 8 * bytes + 16 * 4


def test_every_keyword_has_a_rule() -> None:
    """No kind is left out but the operators that nobody described, and every rule says why."""
    first = {next(iter(kind(name).keywords)) for name in set(KEYWORDS.values())}
    own = {keyword for name in set(KEYWORDS.values()) for keyword in _distinct(name)}
    assert own - {*RULES} == {"unknown"}
    assert {*RULES} <= own | first
    assert {*VARIANTS} <= {*RULES}
    assert all(rule.says for rule in [*RULES.values(), UNMEASURED])


def _distinct(name: str) -> list[str]:
    """The keywords of a kind that a layer calls itself by: the first of those that set the same."""
    seen: dict[str, str] = {}
    for keyword, preset in kind(name).keywords.items():
        seen.setdefault(repr(sorted(preset.items())), keyword)
    return [*seen.values()]
