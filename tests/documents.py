"""The examples of a document: what stands after ``$`` in a console block, and the output that stands below it.

Commands are run as on a terminal 100 columns wide, within the test's own process.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
WIDTH = "100"

TEXTS = ("show", "schema")
"""Commands whose answer is a text as it stands, in no format."""

Example = tuple[str, str]
"""A command line without ``$``, and what it prints."""


def examples(document: Path) -> list[Example]:
    """All examples of a document, in order."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", document.read_text(encoding="utf-8"), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _newline, output = part.partition("\n")
            found.append((command, output.strip("\n")))
    return found


def words(command: str) -> list[str]:
    """The arguments of one ``cnncalc`` command line, with the format of a terminal where none is asked for."""
    program, *arguments = shlex.split(command, comments=True)
    if program != "cnncalc":
        raise ValueError(command)
    chosen = arguments[0] in TEXTS or any(word in ("--json", "--get", "--format") for word in arguments)
    return arguments if chosen else [*arguments, "--format", "table"]


def printed(call: Callable[..., tuple[int, str, str]], command: str) -> str:
    """What a command prints, on whichever stream."""
    _code, out, err = call(*words(command))
    return (out + err).strip("\n")
