"""A comparison whose sign the shell took away: in ``--require rf>=400`` the answer goes into a file called ``=400``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable

from cnncalc.cli.errors import UsageError
from cnncalc.errors import CnncalcError
from cnncalc.language import _

STREAMS = {">": 1, "<": 0}
"""Which stream a sign without quotes redirects."""

_REST = r"=?[+-]?\d+(\.\d+)?%?"


def check_quoted(text: str, option: str, read: Callable[[str], object]) -> None:
    """`UsageError` for a comparison given to an option that can't be read, if its sign and number became a file."""
    try:
        read(text)
    except CnncalcError:
        for sign, stream in STREAMS.items():
            if name := _rest(stream):
                raise UsageError(
                    _(
                        "the shell took {name} for a file: quote it, {option} '{text}{sign}{name}', and delete the file"
                    ).format(name=name, option=option, text=text, sign=sign)
                ) from None


def _rest(stream: int) -> str:
    """The name of the file behind a stream, if it is in this folder and reads like the rest of a requirement."""
    try:
        status = os.fstat(stream)
        if not stat.S_ISREG(status.st_mode):
            return ""
        with os.scandir() as entries:
            alike = (entry for entry in entries if re.fullmatch(_REST, entry.name))
            return next((entry.name for entry in alike if os.path.samestat(entry.stat(), status)), "")
    except OSError:
        return ""
