"""``cnncalc summary``: shapes, parameters, MACs, memory and fields of every layer, and their totals."""

from collections.abc import Mapping

from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import fed, network_of, networks_of, title_of
from cnncalc.cli.options import (
    AllowUnknown,
    Assume,
    Budget,
    Dask,
    Depth,
    Dtype,
    Inputs,
    Layout,
    Like,
    Verify,
    Words,
    budgeted,
    check_depth,
    held,
)
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import Shape

DETAILS = N_(
    "Weights that are used twice count once. Memory is that of one input: every layer writes its own output. Several names "
    "or files give one row each."
)
EXAMPLES = (
    "summary vgg16 --input 224x224x3",
    "summary resnet50 --input 224x224x3 --depth 1",
    "summary conv3-64,same maxpool2 fc10 --input 32x32x3",
    "summary mobilenet-v2 --input 224x224x3 --get total.parameters",
    "summary resnet18 resnet34 resnet50",
    "summary resnet18 --depth 1 --like torchinfo",
    "summary mobilenet-v2 --input 224x224x3 --require 'total.parameters<=5000000'",
)


@budgeted
def command(
    network: Words,
    *,
    input: Inputs = None,
    depth: Depth = 0,
    dtype: Dtype = "fp32",
    allow_unknown: AllowUnknown = False,
    assume: Assume = None,
    layout: Layout = None,
    budget: Budget,
    like: Like = None,
    dask: Dask = None,
    verify: Verify = False,
) -> Report:
    from cnncalc.loading import several
    from cnncalc.summary.report import summary_report

    check_depth(depth)
    only = input[0] if input else None  # of several networks each has one
    if dask is not None:
        _check_one({"--depth": depth, "--like": like, "--verify": verify})
        from cnncalc.cli.cluster import Asked
        from cnncalc.cli.cluster import summaries as spread
        from cnncalc.cli.networks import rules

        asked = Asked(only, dtype, allow_unknown, tuple(rules(assume).items()), layout or "")
        return held(spread(network, asked, dask), budget)
    if several(network):
        _check_one({"--depth": depth, "--like": like, "--verify": verify})
        from cnncalc.difference.rows import summaries

        graphs = networks_of(network, allow_unknown=allow_unknown, assume=assume, layout=layout)
        return held(summaries(graphs, Shape.parse(only) if only else None, dtype=dtype), budget)
    graph, shape = fed(network_of(network, allow_unknown=allow_unknown, assume=assume, layout=layout), input)
    report = summary_report(graph, shape, dtype=dtype, depth=depth, title=title_of(network))
    if like is not None:
        from cnncalc.peers.report import network_beside

        report = network_beside(report, like, graph, shape)
    report = held(report, budget)
    if verify:
        from cnncalc.cli.verification import beside, network_report

        return beside(report, network_report(graph, shape))
    return report


def _check_one(asked: Mapping[str, object]) -> None:
    for option, value in asked.items():
        if value:
            raise UsageError(_("{option} is for one network: give one, or leave it out").format(option=option))
