"""No answer for people holds the data structures of the program: a range is written 1..2, never as a dict."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Called
from tests.test_schemas import EXAMPLES

INSIDE = re.compile(r"\{'|\['|\('|: None|None[,)\]}]|<[a-z_.]+ object|[a-z]+\(\w+=|mappingproxy|frozenset")
"""What Python prints of a dict, a list, a tuple, an object of a class."""

# the field of a unit behind up2 has 1 or 2 inputs; other stacks differ by axis, by unit, or read everything
UNEVEN = ("up2 conv2", "conv3x1 up2 conv2", "conv3,p1 in", "conv3 globalavgpool", "conv2/3 conv1/2")
QUESTIONS = ("", "--effective", "--ruler", "--unit 0,0", "--require rf>=2 --require jump==4", "--verify", "--answer 2")


@pytest.mark.parametrize(("_name", "example"), [pair for pair in EXAMPLES if "--json" not in pair[1]])
def test_examples_speak_in_words(cnncalc: Called, _name: str, example: str) -> None:
    """Everything that the examples of all commands print as text."""
    words = example.replace("'", "").split()
    if "--get" in words or "--format" in words or "-o" in words:
        return
    _code, out, err = cnncalc(*words, "--format", "markdown")
    assert INSIDE.findall(out + err) == []


@pytest.mark.parametrize("network", UNEVEN)
def test_uneven_fields_are_written_in_words(cnncalc: Called, network: str) -> None:
    """What has no one number, in every question about fields and in every format for people, in both languages."""
    for question in QUESTIONS:
        for format in ("plain", "csv", "latex"):
            words = ("rf", *network.split(), "--input", "9x9x1", *question.split())
            _code, out, err = cnncalc(*words, "--lang", "zh", "--format", format)
            assert INSIDE.findall(re.sub(r"[a-z]+\(\w+\)", "", out + err)) == [], (question, format)


@pytest.mark.parametrize("line", ["it is {'min': 1, 'max': 2}", "read ['a']", "Range(least=1, most=2)", "size: None"])
def test_what_python_prints_is_noticed(line: str) -> None:
    """The pattern finds a dict, a list, a class and a None."""
    assert INSIDE.search(line)
