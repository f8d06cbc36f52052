"""``cnncalc schema``: the JSON Schema that the JSON of a command is held to."""

from typing import Annotated

from typer import Argument

from cnncalc.cli.answer import completing
from cnncalc.language import N_
from cnncalc.schemas import names, schema

EXAMPLES = ("schema params",)


def command(
    name: Annotated[
        str,
        Argument(
            metavar="NAME",
            help=N_("what the JSON is about"),
            autocompletion=lambda incomplete: completing(names())(None, [], incomplete),
        ),
    ],
) -> str:
    return schema(name)
