"""The program itself: finds the command, imports it and no other, runs it, and turns every end into an exit code."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from typer import Exit, Typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_install_completion_arguments

from cnncalc import __version__
from cnncalc.cli import COMMANDS
from cnncalc.cli.answer import AnswerCommand, Spoken, language_option
from cnncalc.cli.errors import INTERRUPTED, UsageError, explain, suggest
from cnncalc.cli.output import forget, survive
from cnncalc.language import LOCALE, N_, _, code, preferred, speak

NAME = "cnncalc"
HELP = N_(
    "The calculator for convolutional networks that shows its work and proves it: how many parameters, how far a unit "
    "sees, and whether that is true."
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Answer one command line and return its exit code.

    >>> run(["schema", "nothing"])
    2
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        survive()
        _speak(language_of(words))
        code = program(words).main(words, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()  # what help printed may still wait
    except (BrokenPipeError, SystemExit):  # Typer exits where a pipe is closed, and only there
        return _closed_pipe()
    except Exception as error:  # noqa: BLE001 - the last line of defence: whatever it is, a user gets one line
        code = explain(error)
    if code == INTERRUPTED:
        print(_("cnncalc: interrupted"), file=sys.stderr)
    return int(code or 0)


def language_of(words: Sequence[str]) -> str:
    """The language to answer in, known before anything is built, because the help is made of it.

    >>> language_of(["params", "--lang=zh-CN"]), language_of(["--lang", "en", "rf"])
    ('zh', 'en')
    """
    asked = [preferred()]
    for word, following in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if name == "--lang":
            asked.append(value if equals else following)
    return next(filter(None, map(code, reversed(asked))))  # a wrong one is reported later


def _speak(language: str) -> None:
    speak(language)
    # Typer's own words ("Options", "default: …") go through gettext's global domain, which reads LANGUAGE.
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(NAME, LOCALE)
    gettext.textdomain(NAME)


def program(words: Sequence[str] = ()) -> Program:
    """The root command for a command line; commands come from `COMMANDS` when they are asked for."""
    # completion tells Typer about the shells and makes options of the program, which stand before a command if anywhere
    completion = () if words and words[0] in COMMANDS else get_install_completion_arguments()
    return Program(
        name=NAME,
        help=_(HELP),
        epilog=_("Each command has its own --help, with examples."),
        params=[
            TyperOption(
                param_decls=["--version"],
                type=bool,
                is_flag=True,
                is_eager=True,
                expose_value=False,
                default=False,
                callback=_version,
                help=N_("show the version"),
            ),
            language_option(),
            *completion,
        ],
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},  # the commands have theirs from here
        rich_markup_mode=None,  # Rich would cost every --help its import
    )


class Program(Spoken, TyperGroup):
    """A group that knows its commands by name and imports one when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        return build(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] == "help":
            args = [*args[1:], "--help"]
        if args == ["--help"]:
            print(ctx.get_help())
            raise Exit
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise UsageError(
                _("no such command {name}: {way_out}").format(name=args[0], way_out=suggest(args[0], COMMANDS))
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(line)) for name, line in COMMANDS.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        from typer._click.shell_completion import CompletionItem

        commands = [CompletionItem(name, help=_(COMMANDS[name])) for name in COMMANDS if name.startswith(incomplete)]
        # past TyperGroup's own, which would import every command for its line of help
        return [*commands, *super(TyperGroup, self).shell_complete(ctx, incomplete)]


def build(name: str) -> TyperCommand:
    """The command called ``name``, from its own file."""
    module = vars(import_module(f"cnncalc.cli.{name}"))
    examples = "\n".join(f"{NAME} {example}" for example in module.get("EXAMPLES", ()))
    details = module.get("DETAILS", "")
    app = Typer(add_completion=False, rich_markup_mode=None)
    app.command(
        name,
        cls=AnswerCommand,
        help="\n\n".join(_(text) for text in (COMMANDS[name], details) if text),
        epilog=examples,
    )(module["command"])
    command = get_command(app)
    if not isinstance(command, TyperCommand):
        raise TypeError(f"cnncalc.cli.{name}.command is not a command")
    return command


def _version(_context: Any, _param: Any, wanted: bool) -> None:
    if not wanted:
        return
    print(f"{NAME} {__version__}")
    raise Exit


def _closed_pipe() -> int:
    """Whoever read the answer has seen enough (``| head``): no error. Nothing may be flushed into it at exit."""
    forget()
    return 0
