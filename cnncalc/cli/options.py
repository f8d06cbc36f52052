"""The arguments and options that several commands have, each in one place."""

from typing import Annotated

from typer import Argument, Option

from cnncalc.cli.windows import NAMED
from cnncalc.dtypes import BITS
from cnncalc.language import N_

NETWORK_HELP = N_("notation, .cnn file, zoo name, model file, or -")
INPUT_HELP = N_("shape of the input; also LxC and DxHxWxC")

Words = Annotated[list[str], Argument(metavar="NETWORK…", help=NETWORK_HELP)]
OptionalWords = Annotated[list[str] | None, Argument(metavar="[NETWORK…]", help=NETWORK_HELP)]
Input = Annotated[str, Option(metavar="HxWxC", help=INPUT_HELP)]
OptionalInput = Annotated[str | None, Option(metavar="HxWxC", help=INPUT_HELP)]
AllowUnknown = Annotated[
    bool, Option("--allow-unknown", help=N_("go on behind operators nobody knows, with lower bounds"))
]
Verify = Annotated[bool, Option("--verify", help=N_("let NumPy check every number, as cnncalc verify does"))]
Answer = Annotated[
    str | None, Option(metavar="N", help=N_("check an answer: exit code 0 if right, else 1 and what went wrong"))
]
Dtype = Annotated[str, Option(metavar="|".join(BITS), help=N_("type of a number in memory"))]

Kernel = Annotated[str | None, Option(metavar="K", help=N_("size of the window: 3, 1x7, 3x3x3"))]
Filters = Annotated[str | None, Option(metavar="N", help=N_("number of filters; 1 if not given"))]
Stride = Annotated[str | None, Option(metavar="S", help=N_("steps of the window: 2, 1x2"))]
Padding = Annotated[
    str | None, Option(metavar=f"P|{'|'.join(NAMED)}", help=N_("padding: 1, 0x1, before/after as in 2/3x0/1"))
]
Dilation = Annotated[str | None, Option(metavar="D", help=N_("distance between the taps of the kernel"))]
Groups = Annotated[str | None, Option(metavar="G", help=N_("groups of channels of the convolution"))]
Bias = Annotated[bool, Option("--bias/--no-bias", help=N_("whether layers have biases"))]
LocalBias = Annotated[str | None, Option(metavar="per-position|shared", help=N_("bias of the locally connected layer"))]
Units = Annotated[str | None, Option(metavar="N", help=N_("units of the fully connected layer; 4096"))]
Tile = Annotated[str | None, Option(metavar="T", help=N_("tiled layer: a T×T grid of filters in turn; 2"))]
Compare = Annotated[
    str | None, Option(metavar="ROW,ROW…", help=N_("rows to show: dense, local, tiled, conv, depthwise, separable"))
]
