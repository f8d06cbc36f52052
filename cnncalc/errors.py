"""Everything that can be wrong with what a user gives, as one tree of exceptions.

A message is one line in lower case without a full stop: what is wrong, with the user's own numbers,
then a colon and the way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class CnncalcError(Exception):
    """The root of every error a user can cause; the command line prints its one line and exits with 2."""


class ShapeError(CnncalcError, ValueError):
    """A shape that can't be read, or one that a layer can't take."""


class MisfitError(ShapeError):
    """A shape that a layer of a network can't take: the name of the ``layer``, and the ``problem`` without its place."""

    def __init__(self, message: str, layer: str, problem: str) -> None:
        super().__init__(message)
        self.layer, self.problem = layer, problem


class InputTypeError(CnncalcError, TypeError):
    """A value of a type that can't stand where it stands; the message names what can."""


class LayerError(CnncalcError, ValueError):
    """A layer whose own options contradict each other or are out of range."""


class NetworkError(CnncalcError, ValueError):
    """A graph that is not a network: a cycle, a missing input, branches that don't fit together."""


class NotationError(CnncalcError, ValueError):
    """A text that is not the notation; the message carries the text, a caret and what was expected."""


class UnknownLayerError(CnncalcError, ValueError):
    """Operators that no kind describes; all of them are named, with how often each occurs."""


class LimitError(CnncalcError, ValueError):
    """A request larger than what this program is willing to allocate."""


class ModelFileError(CnncalcError, ValueError):
    """A model file that can't be read, or must not be."""


class MissingExtraError(CnncalcError, ImportError):
    """An optional library is needed; the message names the extra that brings it."""


class ProblemsError(CnncalcError, ValueError):
    """Several things wrong with one file, told at once: a line for each.

    >>> print(ProblemsError(["line 1: no", "line 4: no"]))
    line 1: no
    line 4: no
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def near(word: str, known: Iterable[str]) -> str:
    """The one of ``known`` that ``word`` is nearest to, for the way out, or nothing.

    >>> near("Parms", ["params", "rf"]), near("zebra", ["params", "rf"])
    ('params', '')
    """
    from difflib import get_close_matches  # only errors need them
    from unicodedata import normalize

    # of very many only the latest, and of a long word only the beginning: comparing takes its time
    folded = {name.lower(): name for name in reversed(list(known)[-2000:]) if len(name) <= 100}
    matches = get_close_matches(normalize("NFKC", word[:64]).lower(), folded, n=1)
    return folded[matches[0]] if matches else ""
