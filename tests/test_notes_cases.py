"""The numbers of the course notes come out of the commands that ``docs/notes.md`` documents."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from tests.cases import cases
from tests.conftest import Called
from tests.documents import DOCS, WIDTH, Example, examples, printed, words

DOCUMENT = DOCS / "notes.md"
ROW = re.compile(r"^\| (?P<case>seed-[\w-]+) \| .* \| `(?P<command>cnncalc [^`]+)` \| (?P<prints>[^|]+) \|", re.M)
DOCUMENTED = {found["case"]: (found["command"], found["prints"]) for found in ROW.finditer(DOCUMENT.read_text("utf-8"))}
NUMERIC = [case for case in cases("notes") if case["spec"]["kind"] != "numeric"]
FIELDS = {"params": "parameters", "weights": "weights", "biases": "biases", "macs": "macs", "out": "output"}


def test_every_case_of_the_notes_is_documented() -> None:
    """All thirteen have a row, and no row is about anything else."""
    assert set(DOCUMENTED) == {case["id"] for case in cases("notes")}
    assert len(DOCUMENTED) == 13


@pytest.mark.parametrize("case", NUMERIC, ids=lambda case: str(case["id"]))
def test_the_documented_command_prints_the_number(case: dict[str, Any], cnncalc: Called) -> None:
    """The command in the table prints what the table says, which is one of the numbers of the case."""
    command, prints = DOCUMENTED[case["id"]]
    assert cnncalc(*words(command)) == (0, f"{prints}\n", "")
    assert int(prints) in case["expected"].values()


@pytest.mark.parametrize("case", NUMERIC, ids=lambda case: str(case["id"]))
def test_every_number_of_the_case_comes_out_of_that_command(case: dict[str, Any], cnncalc: Called) -> None:
    """With another field after ``--get``, the same command prints every other number of the case."""
    *command, get = words(DOCUMENTED[case["id"]][0])
    row = get.partition(".")[0] if "." in get else "conv"
    expected = case["expected"]
    for name, number in expected.items():
        field = "positions" if name == "positions" else f"{row}.{FIELDS[name]}"
        code, out, _err = cnncalc(*command, field)
        assert (code, json.loads(out)) == (0, number)


CLAIM = re.compile(
    r"^\| (?P<number>\d+) \| [^|]+ \| [^|]+ \| `cnncalc (?P<command>[^`]+)` \| `(?P<en>[^`]+)` \| `(?P<zh>[^`]+)` "
    r"\| (?P<verdict>.+) \|$",
    re.M,
)
CLAIMS = [match.groupdict() for match in CLAIM.finditer(DOCUMENT.read_text("utf-8"))]
SHOWN: dict[tuple[str, str], str] = {}
"""What each command printed in each language: several claims are answered by one."""


def shown(call: Called, command: str, language: str) -> str:
    """What a command says to people in a language, with single spaces."""
    if (command, language) not in SHOWN:
        _code, out, err = call(*shlex.split(command), "--lang", language, "--format", "plain")
        SHOWN[command, language] = " ".join((out + err).split())
    return SHOWN[command, language]


def test_every_claim_has_a_row() -> None:
    """The claims are 32, each is right, right with a correction that is named, or not shown and why; none is missing."""
    assert [claim["number"] for claim in CLAIMS] == [str(number) for number in range(1, 33)]
    for claim in CLAIMS:
        assert re.match(r"right(, for .+)?$|right, with a correction: .+|not shown: .+", claim["verdict"])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim["number"]))
def test_a_claim_is_answered_in_both_languages(claim: dict[str, str], language: str, cnncalc: Called) -> None:
    """The command of the row prints what the row says that it prints."""
    assert claim[language] in shown(cnncalc, claim["command"], language)


def test_a_wrong_row_is_noticed(cnncalc: Called) -> None:
    """The check above can fail: no lesson prints this."""
    assert "everything is right" not in shown(cnncalc, "learn clumsy", "en")


@pytest.mark.parametrize("example", examples(DOCUMENT), ids=lambda example: str(example[0]))
def test_examples_print_what_the_document_shows(
    example: Example, cnncalc: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every output in the document is the program's."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    command, output = example
    assert printed(cnncalc, command) == output


@pytest.mark.parametrize("wrong", cases("wrong_answers"), ids=lambda wrong: f"{wrong['wrong']}")
def test_wrong_answers_that_people_gave_are_diagnosed(wrong: dict[str, Any], cnncalc: Called) -> None:
    """Answers seen in the wild exit with 1 and are told as the slip that they are."""
    spec = wrong["spec"]
    options = {name: value for name, value in spec.items() if name not in ("kind", "input")}
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    of = spec["kind"] + (".macs" if wrong["asked"] == "macs" else "")
    shape = "x".join(map(str, spec["input"]))
    code, out, err = cnncalc(
        "params", "--input", shape, *arguments, "--of", of, "--answer", str(wrong["wrong"]), "--json"
    )
    assert (code, err) == (1, "")
    assert json.loads(out)["slips"] == SLIPS[wrong["slip"]]


SLIPS = {
    "one input channel": ["one_input_channel"],
    "no bias": ["no_bias"],
    "one input channel, no bias": ["one_input_channel", "no_bias"],
    "one bias in all": ["one_bias"],
    "input grid instead of output grid": ["input_grid"],
}
"""What the cases call a slip, and its names here."""
