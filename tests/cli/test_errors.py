"""What goes wrong is one line on standard error, with an exit code, and never a traceback."""

import io
import re
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncalc.cli import COMMANDS
from cnncalc.cli.errors import tidy
from cnncalc.cli.program import run
from cnncalc.errors import near
from tests.cli.conftest import Call
from tests.cli.terminal import DEMO, piped


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("parms",), "no such command parms: did you mean params?"),
        (("demo", "--filter", "3"), "no such option --filter: did you mean --filters?"),
        (("demo", "--zebra"), "no such option --zebra: see cnncalc demo --help"),
        (("demo", "-z"), "no such option -z: see cnncalc demo --help"),
        (("demo", "--filters"), "--filters needs a value: write one after it"),
        (("demo", "--filters", "3,5"), "--filters: '3,5' is not a whole number"),
        (("demo", "--dtype", "fp31"), "--dtype: 'fp31' is unknown: take one of 'fp32', 'fp16'"),
        (("demo", "--json=yes"), "--json takes no value: leave out what follows it"),
        (("demo", "what", "else"), "cnncalc demo does not take what else: leave it out"),
        (("demo", "--format", "jsno"), "--format jsno is unknown: did you mean json?"),
        (("demo", "--lang", "fr"), "--lang fr is unknown: take one of en, zh"),
        (("--lang", "fr", "demo"), "--lang fr is unknown: take one of en, zh"),
        (("--lang",), "--lang needs a value: write one after it"),
        (("schema",), "NAME is missing: see cnncalc schema --help"),
        (("--lang", "en"), "a command is missing: see cnncalc --help"),
        (("demo", "--fail", "error"), "9999999999999999… (5,000 digits) filters are too many: take fewer"),
    ],
)
def test_bad_usage_is_one_line(call: Call, words: tuple[str, ...], line: str) -> None:
    """Whatever is wrong with the command line, the answer is one lower-case line and exit code 2."""
    assert call(*words) == (2, "", f"cnncalc: {line}\n")


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--filters"),
        ("demo", "--filters", "3,5"),
        ("demo", "--dtype", "fp31"),
        ("demo", "--json=yes"),
        ("demo", "what", "else"),
        ("learn", "--seed", "-1"),
        ("verify", "--max-time", "x"),
        ("schema",),
        (),
    ],
)
def test_bad_usage_is_told_in_chinese_too(call: Call, words: tuple[str, ...]) -> None:
    """What Typer itself finds wrong is told in the reader's language: no three English words stand in a row."""
    sentence = re.compile("[a-z]{2,} [a-z]{2,} [a-z]{2,}")
    _code, _out, err = call("--lang", "zh", *words)
    assert re.search("[\u4e00-\u9fff]", err)
    assert not sentence.search(err)
    assert sentence.search("cnncalc: a command is missing")


def test_no_command_shows_the_help_and_is_bad_usage(call: Call) -> None:
    """Nothing asked is nothing answered: the help on standard error, exit code 2."""
    code, out, err = call()
    assert (code, out) == (2, "")
    assert err.startswith("Usage: cnncalc [OPTIONS] COMMAND")


def test_a_bug_is_one_line_and_70(call: Call) -> None:
    """An exception nobody foresaw is one line that says it is our fault, without a traceback."""
    code, out, err = call("demo", "--fail", "bug")
    assert (code, out) == (70, "")
    assert err.count("\n") == 1
    assert "please report" in err


def test_a_developer_may_see_the_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """CNNCALC_TRACEBACK shows what users are spared."""
    monkeypatch.setenv("CNNCALC_TRACEBACK", "1")
    with pytest.raises(KeyError, match="inner"):
        call("demo", "--fail", "bug")


def test_an_interrupt_is_one_clean_line(call: Call) -> None:
    """Ctrl-C in the middle of an answer is one line and exit code 130."""
    assert call("demo", "--fail", "interrupt") == (130, "", "cnncalc: interrupted\n")


def test_an_interrupt_while_starting_is_clean_too() -> None:
    """A signal that comes while modules are still imported shows no traceback either."""
    program = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from cnncalc.__main__ import main; main()"
    )
    assert piped([sys.executable, "-c", program]) == (130, b"", b"cnncalc: interrupted\n")


@pytest.mark.parametrize("option", ["--filters", "--dtype", "--format", "--get", "--lang", "--zebra", "-o"])
def test_thousands_of_digits_are_one_short_line(call: Call, option: str) -> None:
    """A number with 5,000 digits comes back shortened."""
    code, _out, err = call("demo", option, "9" * 5000)
    assert code == 2
    assert err.count("\n") == 1
    assert len(err) < 300


def test_control_characters_do_not_reach_the_terminal(call: Call) -> None:
    """What a user types is shown as text, not obeyed by the terminal."""
    assert "\x1b" not in call("\x1b[31m\x07red\r\n")[2]
    assert tidy("a\x1b[31mb") == "a\\x1b[31mb"


def test_the_nearest_word_is_found_quickly() -> None:
    """A very long word is compared by its beginning only."""
    assert near("x" * 1_000_000, ["params"]) == ""


def test_no_rich_traceback_for_an_exception_in_a_subprocess() -> None:
    """The real program, too, prints one line for a bug: no hook of Typer's is in the way."""
    code, out, err = piped([*DEMO, "demo", "--fail", "bug"])
    assert (code, out) == (70, b"")
    assert err.count(b"\n") == 1


USUAL = """
    params rf summary schema show zoo quiz learn demo --help --json -- = --= --get --input --kernel --filters --stride
    --padding --format json latex --lang zh 224x224x3 224x224 0x5x3 -1 3 1x7 3,5 9223372036854775808 same --compare
    dense,conv --units 0 --dtype fp31 --groups --explain --as-taught conv3-64,same x2 maxpool2 add( ) | --answer 640
    --of conv.macs vgg16 sharing --seed --count --topic --depth --unit --need (1,1) @input
""".split()
"""Words that mean something somewhere, so that nonsense gets past the first hurdle."""
WORDS = st.sampled_from([*USUAL, "", "9" * 5000]) | st.integers().map(str) | st.text(max_size=12)
LINES = st.tuples(st.sampled_from(sorted({*COMMANDS, "demo"} - {"verify"})), st.lists(WORDS, max_size=8))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=4) | LINES.map(lambda line: [line[0], *line[1]]))
def test_nonsense_never_ends_in_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """Whatever words are put together, the exit code is 0, 1 or 2, and what is wrong is said on standard error."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr("cnncalc.cli.output.save", lambda _text, _path: None)
    code = run([word for word in words if "install" not in word])
    out, err = capsys.readouterr()
    assert code in (0, 1, 2), err
    assert "Traceback" not in out + err
    assert (code == 2) == bool(err)


def test_no_word_needs_more_than_the_program(call: Call) -> None:
    """The module runs as ``python -m cnncalc`` with the same answers."""
    assert piped([sys.executable, "-m", "cnncalc", "parms"])[2] == call("parms")[2].encode()
