"""Libraries that are no part of the core: imported where something needs them, and named where they are missing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from cnncalc.errors import MissingExtraError
from cnncalc.language import _


def extra(module: str, use: str, package: str) -> Any:
    """The module of a library that ``use`` needs, such as "PNG" or "reading .onnx files".

    >>> extra("json", "reading JSON", "json").loads("[1]")
    [1]
    >>> extra("no_such_library", "reading .xyz files", "xyz-reader")
    Traceback (most recent call last):
    cnncalc.errors.MissingExtraError: reading .xyz files needs xyz-reader: pip install xyz-reader

    Raises `MissingExtraError` where it is not installed, or does not load for whatever reason.
    """
    try:
        return import_module(module)
    except MissingExtraError:
        raise
    except ModuleNotFoundError:
        raise missing(use, package) from None
    except Exception as problem:  # noqa: BLE001 - a library that is broken fails in a way of its own
        message = _("{use} needs {library}, which is installed and does not load ({problem}): install it again")
        reason = " ".join(str(problem).split())
        raise MissingExtraError(message.format(use=use, library=package, problem=reason)) from None


def missing(use: str, package: str) -> MissingExtraError:
    """The error that a library ``use`` needs is not there, with the way out."""
    if sys.platform == "emscripten":  # nobody can install into a page
        message = _(
            "{use} needs {library}, which a browser does not have: pip install cnncalc {library}, and ask a shell"
        )
    else:
        message = _("{use} needs {library}: pip install {library}")
    return MissingExtraError(message.format(use=use, library=package))
