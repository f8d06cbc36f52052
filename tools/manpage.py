"""The manual page of the command line, made of its own help; ``python tools/commands.py`` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MANUAL = Path(__file__).resolve().parent.parent / "docs" / "cnncalc.1"
CODES = {"0": "an answer", "1": "an answer that is no", "2": "the question was wrong", "130": "interrupted"}
VARIABLES = {
    "CNNCALC_LANG": "the language of everything but data, en or zh; without it that of the locale",
    "COLUMNS": "how wide tables and texts may be",
    "NO_COLOR": "if set, nothing is coloured",
}


def roff(text: str) -> str:
    r"""Text as it stands in a manual page.

    >>> roff("--lang en\\zh"), roff(".cnn")
    ('\\-\\-lang en\\ezh', '\\&.cnn')
    """
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text, each on a line."""
    for paragraph in text.split("\n\n"):
        yield from (".PP", roff(" ".join(paragraph.split())))


def entries(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Terms, each with what it means."""
    for term, meaning in pairs:
        yield from (".TP", f"\\fB{roff(term)}\\fR", roff(" ".join(meaning.split())))


def options(command: Any, context: Any) -> Iterator[str]:
    """Every option of a command, as its help says."""
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    yield from entries(record for record in records if record)


def section(name: str, command: Any, above: Any) -> Iterator[str]:
    """One command: usage, what it does, options and examples; ``above`` is the program's context, which has its ``-h``."""
    context = command.make_context(name, [], parent=above, resilient_parsing=True)
    yield from (
        f'.SS "cnncalc {name}"',
        ".B " + roff(" ".join(["cnncalc", name, *command.collect_usage_pieces(context)])),
    )
    yield from paragraphs(command.help)
    yield from options(command, context)
    if command.epilog:
        yield from (".PP", "Examples:", ".PP", ".nf", *map(roff, command.epilog.splitlines()), ".fi")


def page() -> str:
    """The whole page."""
    from cnncalc.cli import COMMANDS
    from cnncalc.cli.program import HELP, build, program

    whole = program()
    context = whole.make_context("cnncalc", [], resilient_parsing=True)
    lines = [
        '.\\" Made by python tools/commands.py from the help of the commands.',
        '.TH CNNCALC 1 "" cnncalc "User Commands"',
        ".SH NAME",
        "cnncalc \\- calculator for convolutional networks that shows its work and proves it",
        ".SH SYNOPSIS",
        ".B cnncalc",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]...",
        ".SH DESCRIPTION",
        *paragraphs(HELP),
        ".SH OPTIONS",
        *options(whole, context),
        ".SH COMMANDS",
    ]
    for name in COMMANDS:
        lines += section(name, build(name), context)
    lines += [".SH EXIT STATUS", *entries(CODES.items()), ".SH ENVIRONMENT", *entries(VARIABLES.items())]
    return "\n".join(lines) + "\n"
