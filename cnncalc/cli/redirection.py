"""A comparison whose sign the shell took away: in ``--require rf>=400`` the answer goes into a file called ``=400``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from importlib import import_module

from cnncalc.cli.errors import UsageError
from cnncalc.errors import CnncalcError
from cnncalc.language import _

STREAMS = {">": 1, "<": 0}
"""Which stream a sign without quotes redirects."""

_REST = r"=?[+-]?\d+(\.\d+)?%?"

Texts = list[str] | None


def quoted(option: str, module: str, reader: str) -> Callable[[Texts], Texts]:
    """What checks the comparisons given to an option, which ``module.reader`` reads.

    It gives them back as they were, or raises `UsageError` for one whose sign and number became a file.
    """

    def check(texts: list[str] | None) -> list[str] | None:
        if texts:  # help needs none of it
            for text in texts:
                _check(text, option, vars(import_module(module))[reader])
        return texts

    return check


def _check(text: str, option: str, read: Callable[[str], object]) -> None:
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
