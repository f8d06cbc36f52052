"""Help, version, completion, and that commands are imported only when they are asked for."""

import subprocess
import sys

import pytest

from cnncalc import __version__
from cnncalc.cli import COMMANDS
from cnncalc.cli.program import build
from cnncalc.render import FORMATS
from cnncalc.render.cells import columns
from tests.cli.conftest import Call
from tests.cli.terminal import DEMO, PROGRAM, environment, on_terminal, piped

HELP = """\
Usage: cnncalc demo [OPTIONS]

  a table for the tests

  A paragraph that says more.

Options:
  --filters <int>      number of filters  [default: 64]
  --dtype <fp32|fp16>  type of a number  [default: fp32]
  --format FORMAT      table, plain, tsv, csv, json, ndjson, markdown, latex,
                       html, svg, png, pdf, gif, gift, moodle, qti; without it
                       table on a terminal, tsv in a pipe
  --json               short for --format json
  -o, --output FILE    write into this file, in the format of its suffix
                       unless --format is given
  --get FIELD          print this one value and nothing else, such as
                       conv.parameters
  --columns NAME,…     only these columns, in this order, such as
                       name,output,parameters
  --theme THEME        light or dark, of a picture; without it as its reader
                       prefers (auto)
  --lang en|zh         language of everything but data; without it that of
                       CNNCALC_LANG or the locale
  -h, --help           Show this message and exit.

Examples:
  cnncalc demo --filters 64
"""


def test_help_of_a_command(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole help: what it answers, its options, the options of every command, examples."""
    monkeypatch.setenv("COLUMNS", "82")
    assert call("demo", "--help") == call("demo", "-h") == call("help", "demo") == (0, HELP, "")


def test_every_way_to_ask_for_the_help_gives_the_same(call: Call) -> None:
    """``--help``, ``-h`` and ``help``, of the program as of its commands, in either language."""
    assert call("--help") == call("-h") == call("help")
    assert call("rf", "--help", "--lang", "zh") == call("--lang", "zh", "help", "rf")
    assert call("help", "rff") == (2, "", "cnncalc: no such command rff: did you mean rf?\n")


def test_help_lists_every_command(call: Call) -> None:
    """The first help names every command there is with a line about it."""
    code, out, _err = call("--help")
    assert code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in out


@pytest.mark.parametrize("columns", ["1", "40", "200"])
def test_help_is_never_wider_than_a_page(columns: str) -> None:
    """Help survives any terminal."""
    code, shown = on_terminal([*DEMO, "demo", "--help"], COLUMNS=columns)
    assert code == 0
    assert max(map(len, shown.splitlines())) <= 80


def test_version(call: Call) -> None:
    """``--version`` is the version of the package."""
    assert call("--version") == (0, f"cnncalc {__version__}\n", "")


def test_the_help_names_every_format() -> None:
    """The line about --format lists all formats."""
    [line] = [param.help for param in build("schema").params if param.name == "format"]
    for name in FORMATS:
        assert name in line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_complete(name: str) -> None:
    """Every command in the table has its file; every option has a line of help; there are examples."""
    command = build(name)
    for param in command.params:
        assert param.help, f"{name} {param.opts[-1]} has no help"
    assert f"cnncalc {name}" in (command.epilog or "")


@pytest.mark.parametrize(
    "words", [("--help", "--lang", "zh"), ("--lang", "zh", "--help"), ("demo", "--lang=zh", "--help")]
)
def test_help_speaks_chinese_when_asked(call: Call, words: tuple[str, ...]) -> None:
    """``--lang`` takes effect on the help wherever it stands, and not on the next command line."""
    assert call(*words)[1].startswith("用法：")
    assert call("--help")[1].startswith("Usage: ")


@pytest.mark.parametrize("code", ["zh", "ZH", "zh-CN", "zh_CN", "zh-Hans-CN", "cn", "Chinese", "中文"])
def test_a_language_goes_by_the_codes_that_people_know(call: Call, code: str) -> None:
    """On the whole program as on a command."""
    assert call("--lang", code, "--help")[1].startswith("用法：")
    assert call("demo", "--lang", code) == call("demo", "--lang", "zh")


@pytest.mark.parametrize("name", COMMANDS)
def test_chinese_help_is_all_chinese_and_fits_the_page(call: Call, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """No line but an example is wider than the terminal, a Chinese sign taking two columns; no help stays English."""
    monkeypatch.setenv("COLUMNS", "80")
    _code, out, _err = call(name, "--help", "--lang", "zh")
    help_, _examples = out.split("示例：")
    assert max(map(columns, help_.splitlines())) <= 80
    words = " ".join(help_.split())
    for param in build(name).params:
        assert " ".join(str(param.help).split()) not in words, f"{param.name} is explained in English"


@pytest.mark.parametrize(
    ("env", "begins"),
    [
        ({"CNNCALC_LANG": "zh"}, "用法："),
        ({"LC_ALL": "zh_CN.UTF-8"}, "用法："),
        ({"LC_ALL": None, "LANG": "zh_CN.UTF-8"}, "用法："),
        ({"CNNCALC_LANG": "cn"}, "用法："),
        ({"LC_ALL": "zh_CN.UTF-8", "CNNCALC_LANG": "en"}, "Usage: "),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "Usage: "),
        ({"CNNCALC_LANG": "fr"}, "Usage: "),
    ],
)
def test_the_environment_chooses_the_language(env: dict[str, str | None], begins: str) -> None:
    """CNNCALC_LANG over the locale, and English for what is not there."""
    code, out, err = piped([*PROGRAM, "--help"], **env)
    assert (code, err) == (0, b"")
    assert out.decode().startswith(begins)


def test_data_is_the_same_in_every_language(call: Call) -> None:
    """Keys, numbers and exit codes don't depend on the language."""
    assert call("demo", "--json", "--lang", "zh") == call("demo", "--json")


def completions(shell: str, words: str) -> list[str]:
    """What a shell is offered after ``words``."""
    variables = {
        "bash": {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
        "fish": {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    done = subprocess.run(
        DEMO,
        capture_output=True,
        text=True,
        env=environment(_CNNCALC_COMPLETE=f"complete_{shell}", **variables),
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("cnncalc sch", "schema"),
        ("cnncalc demo --fil", "--filters"),
        ("cnncalc demo --form", "--format"),
        ("cnncalc demo --format ndj", "ndjson"),
        ("cnncalc demo --dtype fp1", "fp16"),
        ("cnncalc --lang z", "zh"),
    ],
)
def test_shells_complete_commands_options_and_values(shell: str, words: str, offered: str) -> None:
    """bash, zsh and fish complete commands, and the options and values of a command that is imported for it."""
    assert offered in "\n".join(completions(shell, words))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_there(shell: str) -> None:
    """Each shell gets its script."""
    code, out, _err = piped(PROGRAM, _CNNCALC_COMPLETE=f"source_{shell}")
    assert code == 0
    assert b"_CNNCALC_COMPLETE" in out


HEAVY = ("numpy", "rich", "onnx", "torch", "keras", "pydantic", "scipy", "PIL", "dataclasses_json", "asyncio")


def modules(*words: str) -> set[str]:
    """The modules that answering a command line imports."""
    program = (
        f"import sys; from cnncalc.cli.program import run; run({list(words)!r}); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("params", "--help"),
        *(
            ("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64", *format)
            for format in ((), ("--json",), ("--get", "conv.parameters"), ("--format", "table"))
        ),
        ("diff", "resnet18", "resnet34", "--json"),
        ("memory", "resnet18", "--training", "--fit", "1GiB", "--json"),
        ("schema", "--help"),
    ],
)
def test_an_answer_imports_no_heavy_module(words: tuple[str, ...]) -> None:
    """Counting needs neither NumPy nor any framework, and Typer brings none of them; Rich draws tables, no more."""
    drawn = {"rich"} if "table" in words else set()
    assert modules(*words) & set(HEAVY) == drawn


def test_the_list_of_modules_would_show_one() -> None:
    """The check above can fail: a module that is imported is listed."""
    assert "cnncalc.cli.params" in modules("params", "--help")


def test_one_command_imports_no_other() -> None:
    """Neither the first help nor another command imports a command's file."""
    assert not modules("--help") & {f"cnncalc.cli.{name}" for name in COMMANDS}
    assert "cnncalc.cli.params" not in modules("schema", "--help")
