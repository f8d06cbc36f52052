"""The tools: of which version, which layers they were measured on, and by which rules each counts otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnncalc.language import N_
from cnncalc.layers.attend import Attend
from cnncalc.layers.attention import Attention
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.dense import Dense
from cnncalc.layers.groupnorm import GroupNorm
from cnncalc.layers.instancenorm import InstanceNorm
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.offset import Offset
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.scale import Scale
from cnncalc.layers.tokens import Tokens
from cnncalc.peers import rules
from cnncalc.peers.rules import NORMS, Delta

SHARED = (
    *("conv", "dwconv", "sepconv", "convT", "fc", "bn", "maxpool", "avgpool", "globalavgpool", "softmax"),
    *("relu", "sigmoid", "tanh", "add", "mul", "concat", "flatten", "identity", "dropout"),
)
"""The keywords of the layers that every tool was measured on."""
TORCH = (
    *(*SHARED, "gn", "in", "ln", "prelu", "globalmaxpool"),
    *(
        "adaptiveavgpool",
        "adaptivemaxpool",
        "up",
        "pad",
        "crop",
        "slice",
        "pixelshuffle",
        "channelshuffle",
        "unflatten",
    ),
    *("relu6", "leakyrelu", "elu", "celu", "selu", "gelu", "silu", "mish", "hardsigmoid", "hardswish", "hardtanh"),
    *("softplus", "softsign", "lrn", "lppool", "glu", "attention", "tokens", "offset", "scale"),
)
WITH_FUNCTIONS = (*TORCH, "attend")
"""Attention without projections is a function of PyTorch, of which its own counter sees some implementations only."""
KERAS = (
    *SHARED,
    "attention",
    "gn",
    "ln",
    "globalmaxpool",
    "up",
    "pad",
    "crop",
    "relu6",
    "leakyrelu",
    "elu",
    "silu",
    "gelu",
)


class Rule(NamedTuple):
    """One way in which a tool counts otherwise: its name in the data, what it does in words, and how much that makes."""

    name: str
    says: str
    delta: Delta


class Tally(NamedTuple):
    """A number that a tool prints: its word for it, which of our counts that is, and the rules between the two."""

    name: str
    of: str
    rules: tuple[Rule, ...] = ()


class Tool(NamedTuple):
    """A tool as it was measured: its version, what it reads, the keywords of the layers, and what it prints."""

    version: str
    reads: str
    layers: tuple[str, ...]
    tallies: tuple[Tally, ...]


MODULES = N_("a PyTorch model in evaluation, a module of torch.nn for each layer")

BIASES = Rule("bias_additions", N_("bias additions counted as multiply-adds"), rules.bias_additions)
CONVOLUTION_BIASES = Rule(
    "bias_additions", N_("bias additions, those of fully connected layers left out"), rules.bias_additions_but((Dense,))
)
STAMPED = Rule(
    "transposed_over_outputs",
    N_("products of transposed convolutions, which it counts at every output"),
    rules.transposed_over_outputs,
)
UNSEEN = Rule("attention", N_("products and biases of attention, which it does not see"), rules.attention_unseen)
MIXING = Rule(
    "mixing", N_("products of attention that is a function, which it does not see"), rules.products_unseen((Attend,))
)
NEIGHBOURS = Rule("lrn", N_("operations of the local response normalisation"), rules.neighbours_in_channels)
POWERS = Rule("power_pooling", N_("operations of the power pooling"), rules.powers)
STATISTICS = Rule("statistics", N_("running statistics counted as parameters"), rules.statistics)
PARAMETERS = Tally("parameters", "parameters")
TWICE = {"relu": 2, "elu": 2, "gelu": 2, "leakyrelu": 1, "relu6": 1, "silu": 1}
ONCE = {"relu": 1, "elu": 1, "gelu": 1, "leakyrelu": 1, "silu": 1}


def _norms(delta: Delta) -> Rule:
    return Rule("norms", N_("operations of the normalisations"), delta)


def _running_norms(affine: int, plain: int) -> Rule:
    delta = rules.per_norm_of_training(affine, plain)
    return Rule("batch_norms", N_("operations of the batch normalisations"), delta)


def _activations(delta: Delta, says: str = N_("operations of the activations")) -> Rule:
    return Rule("activations", says, delta)


def _pooling(delta: Delta, says: str = N_("operations of the pooling")) -> Rule:
    return Rule("pooling", says, delta)


def _softmax(delta: Delta) -> Rule:
    return Rule("softmax", N_("operations of the softmax"), delta)


def _upsampling(delta: Delta) -> Rule:
    return Rule("upsampling", N_("operations of the upsampling"), delta)


TOOLS: Mapping[str, Tool] = {
    "torchinfo": Tool(
        "1.8.0",
        MODULES,
        WITH_FUNCTIONS,
        (
            Tally(
                "mult-adds",
                "macs",
                (
                    BIASES,
                    STAMPED,
                    Rule(
                        "learnt_once",
                        N_("scales, shifts and slopes, one multiply-add for each"),
                        rules.learnt((*NORMS, PReLU)),
                    ),
                    UNSEEN,
                    MIXING,
                ),
            ),
            PARAMETERS,
        ),
    ),
    "thop": Tool(
        "0.1.1",
        MODULES,
        WITH_FUNCTIONS,
        (
            Tally(
                "MACs",
                "macs",
                (
                    STAMPED,
                    _norms(rules.per_norm(4, 2, (BatchNorm, InstanceNorm, LayerNorm))),
                    Rule("slopes", N_("operations of PReLU"), rules.per_activation({}, slopes=1)),
                    _pooling(rules.averages, N_("operations of averages")),
                    _softmax(rules.softmaxes),
                    _upsampling(
                        rules.per_enlarged(
                            {
                                **{("nearest", rank): 1 for rank in (1, 2, 3)},
                                ("bilinear", 1): 5,
                                ("bilinear", 2): 11,
                                ("bicubic", 2): 259,
                            }
                        )
                    ),
                    Rule(
                        "attention",
                        N_("products of attention, which it does not see"),
                        rules.products_unseen((Attention,)),
                    ),
                    MIXING,
                ),
            ),
            Tally(
                "parameters",
                "parameters",
                (
                    Rule(
                        "group_norms", N_("parameters of GroupNorm, which it does not know"), rules.unseen((GroupNorm,))
                    ),
                    Rule(
                        "unseen",
                        N_("parameters of attention, tokens, scales and offsets, which it does not see"),
                        rules.unseen((Attention, Tokens, Scale, Offset)),
                    ),
                ),
            ),
        ),
    ),
    "ptflops": Tool(
        "0.7.5",
        MODULES,
        WITH_FUNCTIONS,
        (
            Tally(
                "MACs",
                "macs",
                (
                    BIASES,
                    _norms(rules.per_norm(2, 1, (BatchNorm, InstanceNorm, GroupNorm))),
                    Rule("layer_norms", N_("operations of LayerNorm"), rules.per_norm(1, 1, (LayerNorm,))),
                    _activations(
                        rules.per_activation(TWICE, slopes=2),
                        N_(
                            "operations of the activations, most of them counted twice: as a module and as its function"
                        ),
                    ),
                    _pooling(
                        rules.per_pooled(2),
                        N_("operations of the pooling, counted twice: as a module and as its function"),
                    ),
                    _softmax(rules.per_softmax(1)),
                    _upsampling(
                        rules.per_enlarged(
                            {(mode, rank): 2 for mode in ("nearest", "bilinear", "bicubic") for rank in (1, 2, 3)}
                        )
                    ),
                    Rule(
                        "attention",
                        N_("operations of attention, its scores and sums counted twice: as a module and as functions"),
                        rules.attention_scores_twice,
                    ),
                    MIXING,
                    NEIGHBOURS,
                    POWERS,
                ),
            ),
            PARAMETERS,
        ),
    ),
    "fvcore": Tool(
        "0.1.5",
        MODULES,
        WITH_FUNCTIONS,
        (
            Tally(
                "flops",
                "macs",
                (
                    _running_norms(2, 1),
                    _norms(rules.per_norm_of_own(5, 4, NORMS)),
                    _pooling(rules.adaptive_averages_in_two_dimensions, N_("operations of adaptive averages")),
                    _upsampling(rules.per_enlarged({("nearest", 2): 1, ("bilinear", 2): 4})),
                    MIXING,
                ),
            ),
            PARAMETERS,
        ),
    ),
    "torch": Tool("2.13.0", N_("a PyTorch model, counted by FlopCounterMode"), TORCH, (Tally("FLOPs", "flops"),)),
    "calflops": Tool(
        "0.3.2",
        MODULES,
        WITH_FUNCTIONS,
        (
            Tally(
                "FLOPs",
                "flops",
                (
                    CONVOLUTION_BIASES,
                    Rule(
                        "transposed_groups_twice",
                        N_("operations of transposed convolutions, which it divides by the groups twice"),
                        rules.transposed_groups_twice_in_flops,
                    ),
                    Rule(
                        "transposed_bias",
                        N_("bias additions of transposed convolutions, which it counts on the map of a convolution"),
                        rules.transposed_bias_of_a_convolution,
                    ),
                    _running_norms(2, 1),
                    _norms(rules.per_norm_of_own(5, 4, NORMS)),
                    _activations(rules.per_activation(ONCE, slopes=1)),
                    _pooling(rules.per_pooled(1)),
                    _softmax(rules.per_softmax(1)),
                    _upsampling(rules.enlarged_or_its_places),
                    Rule(
                        "attention",
                        N_("operations of attention, the softmax counted and its products and biases not"),
                        rules.attention_operations,
                    ),
                    Rule(
                        "mixing",
                        N_("operations of attention that is a function, which it does not see"),
                        rules.operations_unseen((Attend,)),
                    ),
                    NEIGHBOURS,
                    POWERS,
                ),
            ),
            Tally(
                "MACs",
                "macs",
                (
                    Rule(
                        "transposed_groups_twice",
                        N_("products of transposed convolutions, which it divides by the groups twice"),
                        rules.transposed_groups_twice,
                    ),
                    Rule(
                        "attention",
                        N_("products of attention behind its projections, which it does not see"),
                        rules.attention_products_unseen,
                    ),
                    MIXING,
                ),
            ),
            PARAMETERS,
        ),
    ),
    "keras": Tool("3.15.1", N_("a Keras model"), KERAS, (Tally("parameters", "parameters", (STATISTICS,)),)),
    "onnx-tool": Tool(
        "1.0.1",
        N_("an ONNX model, a node for each layer"),
        SHARED,
        (
            Tally(
                "MACs",
                "macs",
                (
                    BIASES,
                    Rule(
                        "transposed_outputs",
                        N_("products of transposed convolutions, which it counts from the outputs and their channels"),
                        rules.transposed_outputs_by_outputs,
                    ),
                    _norms(rules.per_norm(31, 31)),
                    _activations(rules.per_activation({"relu": 1, "sigmoid": 32, "tanh": 76})),
                    _pooling(rules.windows_pooled),
                    Rule("global_averages", N_("operations of global averages"), rules.global_averages(4)),
                    _softmax(rules.per_softmax(36)),
                    Rule("branches", N_("additions and multiplications where branches meet"), rules.met),
                ),
            ),
            Tally("parameters", "parameters", (STATISTICS,)),
        ),
    ),
}
"""Every tool, by the name under which it is installed (torch: what PyTorch itself brings)."""
