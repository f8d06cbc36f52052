"""What every command has in common: the output options, help in the reader's language, and showing the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperOption

from cnncalc.cli.errors import UsageError, suggest
from cnncalc.cli.output import Output, show
from cnncalc.language import LANGUAGES, N_, _, code
from cnncalc.render import ALIASES, FORMATS, THEMES

TYPERS_OWN = (
    N_("Usage: "),
    N_("Options"),
    N_("Arguments"),
    N_("Commands"),
    N_("required"),
    N_("default: {default}"),
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)
"""Typer's own words in the help, listed so that the catalogue has them."""


OUTPUT = "cnncalc.output"
"""Where a context's ``meta`` keeps the output options."""


class Spoken:
    """A Typer command whose help is in the language in use."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if isinstance(param, TyperArgument | TyperOption) and param.help:
                param.help = _(param.help)
        return params

    def get_help(self, ctx: Any) -> str:
        from cnncalc.cli.help import Formatter

        ctx.formatter_class = Formatter
        text: str = super().get_help(ctx)  # type: ignore[misc]
        return text

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), _("Usage: "))  # type: ignore[attr-defined]


class AnswerCommand(Spoken, TyperCommand):
    """A command whose function returns a `Report`; the output options are its own."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += output_options()

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, each on its line however long it is, to be copied."""
        if self.epilog:
            with formatter.section(_("Examples")):
                formatter.write(
                    "".join(f"{'':>{formatter.current_indent}}{line}\n" for line in self.epilog.splitlines())
                )

    def invoke(self, ctx: Any) -> int:
        """Run the command and show its answer; the exit code is 1 where the answer is no."""
        output = Output(**{name: ctx.params.pop(name) for name in Output._fields})
        ctx.params.pop("lang")  # done before anything was built
        ctx.meta[OUTPUT] = output  # a command that talks needs to know where its answer goes
        report = super().invoke(ctx)
        return show(report, ctx.meta[OUTPUT])  # less, where the command has written files itself


def output_options() -> list[TyperOption]:
    """``--format --json -o --get --columns --theme --lang``, which every command has."""
    return [
        TyperOption(
            param_decls=["--format", "format"],
            metavar="FORMAT",
            autocompletion=completing(FORMATS),
            callback=_known((*FORMATS, *ALIASES)),
            help=_("{formats}; without it table on a terminal, tsv in a pipe").format(formats=", ".join(FORMATS)),
        ),
        TyperOption(
            param_decls=["--json", "json"], type=bool, is_flag=True, default=False, help=N_("short for --format json")
        ),
        TyperOption(
            param_decls=["--output", "-o", "output"],
            metavar="FILE",
            help=N_("write into this file, in the format of its suffix unless --format is given"),
        ),
        TyperOption(
            param_decls=["--get", "get"],
            metavar="FIELD",
            help=N_("print this one value and nothing else, such as conv.parameters"),
        ),
        TyperOption(
            param_decls=["--columns", "columns"],
            metavar="NAME,…",
            help=N_("only these columns, in this order, such as name,output,parameters"),
        ),
        TyperOption(
            param_decls=["--theme", "theme"],
            metavar="THEME",
            autocompletion=completing(THEMES),
            callback=_known(THEMES),
            help=N_("light or dark, of a picture; without it as its reader prefers (auto)"),
        ),
        language_option(),
    ]


def language_option() -> TyperOption:
    """``--lang``: checked here, obeyed before anything is built."""
    return TyperOption(
        param_decls=["--lang", "lang"],
        metavar="|".join(LANGUAGES),
        autocompletion=completing(LANGUAGES),
        callback=_known(LANGUAGES, code),
        help=N_("language of everything but data; without it that of CNNCALC_LANG or the locale"),
    )


def completing(known: Iterable[str]) -> Callable[[Any, list[str], str], list[str]]:
    """A completion for one of some known words.

    >>> completing(["table", "tsv"])(None, [], "ts")
    ['tsv']
    """
    return lambda _context, _words, incomplete: [word for word in known if word.startswith(incomplete)]


def _known(known: Iterable[str], meaning: Callable[[str], str] = str) -> Callable[[Any, Any, str | None], str | None]:
    def check(ctx: Any, param: Any, value: str | None) -> str | None:
        if value is None or meaning(value) in known or ctx.resilient_parsing:
            return value
        raise UsageError(
            _("{option} {value} is unknown: {way_out}").format(
                option=param.opts[0], value=value, way_out=suggest(value, known)
            )
        )

    return check
