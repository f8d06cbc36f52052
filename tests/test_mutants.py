"""The tool that breaks the code: it makes the changes it says, tells noticed ones from others, and its list is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import load_program

ROOT = Path(__file__).resolve().parent.parent


mutants = load_program("tools/mutants.py")


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("a + b * c", {"(a - b * c)", "a + (b // c)"}),
        ("a // b % c", {"(a // b // c)", "(a * b) % c"}),
        (
            "a << b | c >> d & e",
            {"(a << b & (c >> d & e))", "(a >> b) | c >> d & e", "a << b | (c << d) & e", "a << b | (c >> d | e)"},
        ),
        ("a - (b + c)", {"(a + (b + c))", "a - ((b - c))"}),
        ("a < b <= c", {"(a <= b <= c)", "(a < b < c)"}),
        ("a > b", {"(a >= b)"}),
        ("a is b", {"(a is not b)"}),
        ("a in b", {"(a not in b)"}),
        ("a == b != c", {"(a != b != c)", "(a == b == c)"}),
        ("not a", {"a"}),
        ("-a", {"a"}),
        ("a and b", {"(a or b)"}),
        ("7", {"8"}),
        ("True", {"False"}),
        ("a if b else c", {"a", "c"}),
        ("[a for a in b if c]", {"[a for a in b if True]"}),
        ("x = min(a, any(b))", {"x = max(a, any(b))", "x = min(a, all(b))"}),
        ("a()", {"pass"}),
        ("a = b()", set()),
        ("a += b", {"a -= b"}),
        ("if a: b", {"if False: b"}),
        ("a: Literal[1] = b", set()),
        ('"1 + 1"', set()),
        ('f"{a + 1}"', set()),
        ("zip(a, b, strict=True)", {"pass"}),
        ('x = "×", a + b', {'x = "×", (a - b)'}),
    ],
)
def test_every_sign_is_changed(line: str, changed: set[str], tmp_path: Path) -> None:
    """Signs, constants, conditions and calls are changed one at a time, in brackets where the order could suffer."""
    path = tmp_path / "source.py"
    path.write_text(f"above = a\n{line}\nbelow = a\n", encoding="utf-8")
    found = list(mutants.mutants(path))  # type: ignore[attr-defined]
    assert {mutant.after for mutant in found} == changed
    for mutant in found:
        assert mutant.source.decode() == f"above = a\n{mutant.after}\nbelow = a\n"
        assert (mutant.line, mutant.before) == (2, line)


def test_what_is_run_is_there() -> None:
    """Every name of a module or test is that of one that exists."""
    for pattern in mutants.MODULES:  # type: ignore[attr-defined]
        assert mutants.every_mutant(pattern), pattern  # type: ignore[attr-defined]
    for test in mutants.TESTS:  # type: ignore[attr-defined]
        assert (ROOT / "tests" / test.partition("::")[0]).exists(), test


def test_the_listed_changes_can_still_be_made() -> None:
    """No line of the list has outlived the code that it speaks of."""
    possible = {(mutant.before, mutant.after) for mutant in mutants.every_mutant()}  # type: ignore[attr-defined]
    assert mutants.equivalent() - possible == set()  # type: ignore[attr-defined]


RUN = """
import sys
sys.path.insert(0, "tools")
import mutants
tests = mutants.watched(("test_shapes.py",))
changes = {mutant.after: mutant for mutant in mutants.every_mutant("shapes")}
noticed = changes["if (size <= 1) or size > LARGEST:"]
print(mutants.survives(noticed, tests))
print(mutants.survives(changes['if len(text.lstrip("0")) > 20 or int(text) > LARGEST:'], tests))
print(mutants.survives(noticed._replace(home=10**6), tests))
mutants.SECONDS = 0
print(mutants.survives(noticed._replace(source=b"while True: pass"), tests))
"""


def test_a_change_survives_that_no_test_notices() -> None:
    """A size of 1 refused is noticed by the tests of shapes, a limit that only saves time is not.

    What stands in a function that no test calls is not noticed; what never ends is.
    """
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True", "False"]
