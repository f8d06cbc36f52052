"""What goes wrong on the command line, as one line on standard error and an exit code."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from typer import TyperException

from cnncalc.errors import CnncalcError, NotationError, ProblemsError, near
from cnncalc.language import N_, _

BAD_INPUT, BUG, INTERRUPTED = 2, 70, 130
"""Exit codes; 70 is EX_SOFTWARE of sysexits.h, 130 what a shell gives for Ctrl-C."""

_TYPERS = {
    r"Option '(?P<option>.*)' requires an argument": N_("{option} needs a value: write one after it"),
    r"Option '(?P<option>.*)' does not take a value": N_("{option} takes no value: leave out what follows it"),
    r"Got unexpected extra argument\(s\) \((?P<words>.*)\)": N_("{command} does not take {words}: leave it out"),
    r"Missing command": N_("a command is missing: see {command} --help"),
    r"(?P<value>.*) is not a valid int": N_("{value} is not a whole number"),
    r"(?P<value>.*) is not a valid float": N_("{value} is not a number"),
    r"(?P<value>.*) is not in the range (?P<range>.*)": N_("{value} is out of range: {range}"),
    r"(?P<value>.*) is not one of (?P<known>.*)": N_("{value} is unknown: take one of {known}"),
}
"""What Typer says in English only, as patterns that only an error compiles, and how we say it."""
_LONG_NUMBER = r"\d{41,}"
_LONG_WORD = r"\S{201,}"
LONGEST = 288
"""A line of an error has so many characters after the program's name; of more its middle is left out."""


class UsageError(CnncalcError):
    """Options that can't be taken together, or a command line that asks nothing."""


class OutputError(CnncalcError, OSError):
    """An answer that can't be written to where it was asked for."""


def explain(error: BaseException) -> int:
    """Print the one line for ``error`` and return the exit code. Anything unforeseen is our bug and says so."""
    if os.environ.get("CNNCALC_TRACEBACK"):
        raise error
    if isinstance(error, NotationError):  # points at the place, in lines of its own
        return _say(str(error), BAD_INPUT, apart="\n")
    if isinstance(error, ProblemsError):
        return max(_say(problem, BAD_INPUT) for problem in error.problems)
    if isinstance(error, CnncalcError):
        return _say(str(error), BAD_INPUT)
    if isinstance(error, TyperException):
        return _usage(error)
    return _say(
        _("internal error ({kind}: {message}): this is a bug, please report it with the command you typed").format(
            kind=type(error).__name__, message=" ".join(str(error).split())
        ),
        BUG,
    )


def suggest(word: str, known: Iterable[str]) -> str:
    """The way out for an unknown word: its nearest neighbour, or all there are."""
    known = list(known)
    match = near(word, known)
    if match:
        return _("did you mean {near}?").format(near=match)
    return _("take one of {known}").format(known=", ".join(known))


def _say(line: str, code: int, apart: str = "") -> int:
    say(line, apart)
    return code


def say(line: str, apart: str = "") -> None:
    """Print one line on standard error, under the program's name."""
    print(f"cnncalc: {tidy(line, apart)}", file=sys.stderr)


def tidy(line: str, apart: str = "") -> str:
    r"""``line`` without control characters but those in ``apart``, and with what nobody would read to its end cut short.

    >>> tidy("kernel " + "9" * 5000 + " is too large")
    'kernel 9999999999999999… (5,000 digits) is too large'
    >>> tidy("there is no format a\nb"), tidy("a\nb", apart="\n")
    ('there is no format a\\nb', 'a\nb')
    >>> len(tidy("word " * 1000))
    288
    """
    line = re.sub(_LONG_NUMBER, lambda match: f"{match[0][:16]}… ({len(match[0]):,} digits)", line)
    line = re.sub(_LONG_WORD, lambda match: f"{match[0][:40]}… ({len(match[0]):,} characters)", line)
    line = "".join(sign if sign.isprintable() or sign in apart else repr(sign)[1:-1] for sign in line)
    return "\n".join(map(_shortened, line.split("\n")))


def _shortened(line: str) -> str:
    """What is wrong stands at the beginning of a line, and the way out at its end."""
    end = LONGEST // 3
    return line if len(line) <= LONGEST else f"{line[: LONGEST - end - 3]} … {line[-end:]}"


def _usage(error: TyperException) -> int:
    # Typer keeps these classes in a private module; its version is pinned, and a test makes every one of them happen.
    from typer._click.exceptions import BadParameter, MissingParameter, NoArgsIsHelpError, NoSuchOption

    if isinstance(error, NoArgsIsHelpError):
        print(error.format_message(), file=sys.stderr)
        return BAD_INPUT
    lines: dict[type[TyperException], Callable[[Any], str]] = {
        NoSuchOption: _no_such_option,
        MissingParameter: _missing,
        BadParameter: _bad_value,
    }
    line = lines.get(type(error), _other)(error)
    return _say(" ".join(line.split()), BAD_INPUT)


def _no_such_option(error: Any) -> str:
    params = error.ctx.command.get_params(error.ctx)
    match = near(error.option_name, [name for param in params for name in (*param.opts, *param.secondary_opts)])
    if match:
        return _("no such option {option}: did you mean {near}?").format(option=error.option_name, near=match)
    return _("no such option {option}: see {command} --help").format(
        option=error.option_name, command=error.ctx.command_path
    )


def _missing(error: Any) -> str:
    return _("{name} is missing: see {command} --help").format(name=_name(error), command=error.ctx.command_path)


def _bad_value(error: Any) -> str:
    return _("{name}: {problem}").format(name=_name(error), problem=_said(error, error.message))


def _name(error: Any) -> str:
    param = error.param
    return str(param.opts[-1] if param.param_type_name == "option" else param.human_readable_name)


def _other(error: TyperException) -> str:
    return _said(error, error.format_message())


def _said(error: Any, message: str) -> str:
    """Typer's message in our words, or as it is."""
    message = message.rstrip(".")
    for pattern, text in _TYPERS.items():
        match = re.fullmatch(pattern, message)
        if match:
            return _(text).format(command=error.ctx and error.ctx.command_path, **match.groupdict())
    return message[:1].lower() + message[1:]
