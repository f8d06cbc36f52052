"""``cnncalc memory``: what a network holds in memory, step by step, its peak, and the largest batch that fits."""

from typing import Annotated

from typer import Option

from cnncalc.cli.answer import completing
from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import fed, network_of, title_of
from cnncalc.cli.options import (
    AllowUnknown,
    Assume,
    Budget,
    Depth,
    Dtype,
    Inputs,
    Layout,
    Words,
    budgeted,
    check_depth,
    held,
)
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.timeline.options import OPTIMIZERS

DETAILS = N_(
    "Every tensor is held from the step that writes it to the last that needs it, as PyTorch does; what a layer keeps for its "
    "backward pass is what PyTorch saves. Memory that a library takes for its algorithms is in no sum."
)
EXAMPLES = (
    "memory resnet50",
    "memory resnet50 --inplace --fold-bn --get total.activations",
    "memory resnet50 --training --optimizer adam --batch 32 --depth 1",
    "memory resnet50 --training --fit 8GiB --get fit.batch",
    "memory resnet50 --training --checkpoint layer1 --checkpoint layer2 --depth 1",
)


@budgeted
def command(
    network: Words,
    *,
    input: Inputs = None,
    batch: Annotated[int | None, Option(metavar="N", help=N_("how many inputs at once; default: 1"))] = None,
    training: Annotated[
        bool, Option("--training", help=N_("forward and backward, as while the network learns"))
    ] = False,
    optimizer: Annotated[
        str | None,
        Option(
            metavar="|".join(OPTIMIZERS),
            autocompletion=lambda incomplete: completing(OPTIMIZERS)(None, [], incomplete),
            help=N_("what is remembered of every parameter; default: sgd, nothing"),
        ),
    ] = None,
    dtype: Dtype = "fp32",
    inplace: Annotated[
        bool, Option("--inplace", help=N_("activations and add write over what nothing else needs"))
    ] = False,
    fold_bn: Annotated[bool, Option("--fold-bn", help=N_("batch norms are part of the layer before them"))] = False,
    checkpoint: Annotated[
        list[str] | None,
        Option(metavar="BLOCK", help=N_("a block that keeps only its input and runs twice; may be repeated")),
    ] = None,
    fit: Annotated[
        str | None, Option(metavar="SIZE", help=N_("the largest batch for this memory: 8GiB, 500MB"))
    ] = None,
    depth: Depth = 0,
    allow_unknown: AllowUnknown = False,
    assume: Assume = None,
    layout: Layout = None,
    budget: Budget,
) -> Report:
    from cnncalc.dtypes import amount
    from cnncalc.timeline.options import Question
    from cnncalc.timeline.report import memory

    check_depth(depth)
    if fit is not None and batch is not None:
        raise UsageError(_("--fit asks for the largest batch: leave --batch out"))
    blocks = tuple(checkpoint or ())
    question = Question(1 if batch is None else batch, dtype, training, optimizer or "", inplace, fold_bn, blocks)
    graph, shape = fed(network_of(network, allow_unknown=allow_unknown, assume=assume, layout=layout), input)
    size = None if fit is None else amount(fit)
    return held(memory(graph, shape, question, fit=size, depth=depth, title=title_of(network)), budget)
