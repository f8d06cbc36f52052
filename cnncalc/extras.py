"""Libraries that are no part of the core: imported where something needs them, and named where they are missing."""

from __future__ import annotations

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
    except ModuleNotFoundError:
        message = _("{use} needs {library}: pip install {library}")
        raise MissingExtraError(message.format(use=use, library=package)) from None
    except Exception as problem:  # noqa: BLE001 - a library that is broken fails in a way of its own
        message = _("{use} needs {library}, which is installed and does not load ({problem}): install it again")
        reason = " ".join(str(problem).split())
        raise MissingExtraError(message.format(use=use, library=package, problem=reason)) from None
