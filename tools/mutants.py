"""Break the heart of the calculator, one small change at a time, and see whether its tests notice.

``python tools/mutants.py --seed 1 --count 400`` draws that many of all possible changes, runs the tests that belong to
the changed module on each in a process of its own, and prints every change that no test noticed, and a score.
Changes that no test can notice stand with the reason in ``tools/mutants_equivalent.txt`` and are left out.

The maintained tools were tried first: mutmut 3 leaves out properties and all that stands outside of functions, which
is where kinds of layers state their facts; cosmic-ray starts a new interpreter and pytest for every change.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import resource
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import pairwise, permutations
from multiprocessing import get_context
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "tools" / "mutants_equivalent.txt"

NETWORKS = ("test_analysis.py", "receptive")
KINDS = (
    "test_kinds.py",
    "test_ways_out.py",
    "test_counting.py",
    "test_textbook_cases.py",
    "notation/test_words.py",
    "test_zoo.py",
)
PROOF = ("verify/test_lines.py", "verify/test_compare.py::test_random_networks_agree")
TESTS = {
    "formulas": ("test_formulas.py", "test_mutations.py"),
    "symbols": ("test_symbols.py", "test_formulas.py", "test_counting.py"),
    "sets": ("test_sets.py", *NETWORKS),
    "fields": ("test_fields.py", *NETWORKS),
    "shapes": ("test_shapes.py",),
    "counting": ("test_counting.py", "test_mutations.py"),
    "analysis": (*NETWORKS, "test_zoo.py", "summary"),
    "receptive.scene": ("render/test_engine.py", "render/test_pictures.py"),
    "receptive.*": (*NETWORKS, "test_notes_cases.py", "cli/test_rf.py"),
    "layers.*": (*KINDS, *NETWORKS, *PROOF),
}
"""Which modules are changed, and the tests that have to notice, after the module's own examples."""

MEMORY = 4 << 30
"""Bytes that a mutant may take."""

TWINS = (
    "Mod FloorDiv, Mult FloorDiv, Add Sub, LShift RShift, BitAnd BitOr, And Or, "
    "Lt LtE, Gt GtE, Eq NotEq, Is IsNot, In NotIn, min max, any all"
)
SWAPS = {old: new for pair in TWINS.split(", ") for old, new in permutations(pair.split())}
"""What becomes what, the later pair deciding: signs, by their names in `ast`, and functions."""

Change = tuple[ast.AST, ast.AST | str]
"""A part of the source, and what comes in its place."""


def _sign(node: ast.BinOp | ast.AugAssign | ast.BoolOp) -> list[Change]:
    name = type(node.op).__name__
    return [(node, _with(node, op=getattr(ast, SWAPS[name])()))] if name in SWAPS else []


def _signs(node: ast.Compare) -> Iterator[Change]:
    for place, sign in enumerate(node.ops):
        other = getattr(ast, SWAPS[type(sign).__name__])()
        yield node, _with(node, ops=[*node.ops[:place], other, *node.ops[place + 1 :]])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    return type(node)(**dict(ast.iter_fields(node)) | fields)


def _number(node: ast.Constant) -> list[Change]:
    value = node.value
    return [(node, str(not value if isinstance(value, bool) else value + 1))] if isinstance(value, int) else []


CHANGES: dict[type[ast.AST], Callable[..., list[Change] | Iterator[Change]]] = {
    **dict.fromkeys((ast.BinOp, ast.AugAssign, ast.BoolOp), _sign),
    ast.Compare: _signs,
    ast.Constant: _number,
    ast.Name: lambda node: [(node, SWAPS[node.id])] if node.id in SWAPS else [],
    ast.UnaryOp: lambda node: [(node, node.operand)],
    ast.If: lambda node: [(node.test, "False")],
    ast.IfExp: lambda node: [(node, node.body), (node, node.orelse)],
    ast.comprehension: lambda node: [(condition, "True") for condition in node.ifs],
    ast.Expr: lambda node: [(node, "pass")] if isinstance(node.value, ast.Call) else [],
}
"""How each kind of node is broken."""

GUARDS = {"strict", "slots", "frozen"}
"""Arguments that only watch over the programmer: nothing may depend on them."""


class Mutant(NamedTuple):
    """One change; ``before`` and ``after`` are the changed lines with single blanks, by which it is known anywhere."""

    path: Path
    line: int
    before: str
    after: str
    source: bytes

    @property
    def module(self) -> str:
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of one file."""
    source = path.read_bytes()
    lines = source.splitlines(keepends=True)
    for node in _nodes(ast.parse(source)):
        for old, new in CHANGES[type(node)](node) if type(node) in CHANGES else ():
            above, below = b"".join(lines[: old.lineno - 1]), b"".join(lines[old.end_lineno :])
            before = b"".join(lines[old.lineno - 1 : old.end_lineno])
            rest = len(lines[old.end_lineno - 1]) - old.end_col_offset
            after = before[: old.col_offset] + _written(new).encode() + before[len(before) - rest :]
            told = (" ".join(text.decode().split()) for text in (before, after))
            yield Mutant(path, old.lineno, *told, above + after + below)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all that is run within it, but for f-strings, whose parts have no place before Python 3.12."""
    yield node
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.keyword) and node.arg in GUARDS):
        return
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                yield from _nodes(child)


def _written(new: ast.AST | str) -> str:
    text = new if isinstance(new, str) else ast.unparse(new)
    return f"({text})" if isinstance(new, ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.UnaryOp) else text


class Changed(SourceFileLoader):
    """Finds one module, and loads the text of a mutant instead of its file."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self.source = mutant.source

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec")


def tests_of(module: str) -> tuple[str, ...]:
    """The tests that belong to a module: those of its row of `TESTS`."""
    return next(tests for pattern, tests in TESTS.items() if fnmatch(module, f"cnncalc.{pattern}"))


def run(tests: tuple[str, ...], mutant: Mutant | None, seconds: int) -> tuple[int, int]:
    """How pytest ended, in a process of its own, and the seconds of a processor it took; a mutant's examples are first.

    A negative number is the signal that ended it, as happens to a mutant that goes on for ever.
    """
    child = os.fork()
    if not child:
        # seconds of the processor and not of the clock: a busy machine kills no mutant
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        if mutant:
            sys.meta_path.insert(0, Changed(mutant))
            tests = (f"test_doctests.py::test_examples_run[{mutant.module}]", *tests)
        os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *(f"tests/{test}" for test in tests)]))
    _child, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), int(used.ru_utime + used.ru_stime)


def time_limit(tests: tuple[str, ...]) -> int:
    """How many seconds a mutant may take: a few times what its tests take without any change."""
    code, seconds = run(tests, None, 3600)
    if code:
        sys.exit(f"these fail without any change: {' '.join(tests)}")
    return 10 + 3 * seconds


def survives(job: tuple[Mutant, int]) -> bool:
    mutant, seconds = job
    return run(tests_of(mutant.module), mutant, seconds)[0] == 0


def equivalent() -> set[tuple[str, str]]:
    """The listed changes: lines that begin with ``- `` before and ``+ `` after; the reason stands below them."""
    pairs = pairwise(LISTED.read_text(encoding="utf-8").splitlines())
    return {(before[2:], after[2:]) for before, after in pairs if before[:2] == "- " and after[:2] == "+ "}


def every_mutant(pattern: str = "*") -> list[Mutant]:
    files = sorted(path for row in TESTS for path in (ROOT / "cnncalc").glob(f"{row.replace('.', '/')}.py"))
    return [mutant for path in files for mutant in mutants(path) if fnmatch(mutant.module, f"cnncalc.{pattern}")]


def table(drawn: list[Mutant], tried: list[Mutant], alive: list[Mutant]) -> str:
    """For each module, and all: how many were drawn, how many of those a test can notice, and how many one did."""
    rows = ["{:<32}{:>8}{:>8}{:>9}".format("", "drawn", "matter", "noticed")]
    for module in [*sorted({mutant.module for mutant in drawn}), "*"]:
        own, matter, missed = (sum(fnmatch(mutant.module, module) for mutant in some) for some in (drawn, tried, alive))
        rows.append(f"{module:<32}{own:>8}{matter:>8}{matter - missed:>9}{(matter - missed) / max(matter, 1):9.1%}")
    return "\n".join(rows)


def main() -> None:
    reader = argparse.ArgumentParser(description="See how many small changes of the code its tests notice.")
    reader.add_argument("--seed", type=int, default=0, help="another seed draws other changes")
    reader.add_argument("--count", type=int, default=400, help="how many are drawn")
    reader.add_argument("--only", default="*", metavar="MODULE", help="such as sets or layers.*")
    reader.add_argument("--jobs", type=int, default=1, help="how many run at the same time")
    asked = reader.parse_args()
    os.chdir(ROOT)
    # the same examples for every mutant; one that fails is enough, however large it is
    settings.register_profile("mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")

    every, listed = every_mutant(asked.only), equivalent()
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    tried = [mutant for mutant in drawn if (mutant.before, mutant.after) not in listed]
    limits = {tests: time_limit(tests) for tests in sorted({tests_of(mutant.module) for mutant in tried})}
    alive = []
    with get_context("fork").Pool(asked.jobs) as pool:
        verdicts = pool.imap(survives, [(mutant, limits[tests_of(mutant.module)]) for mutant in tried])
        for mutant, survived in zip(tried, verdicts, strict=True):
            if survived:
                alive.append(mutant)
                place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
                print(f"{place}\n- {mutant.before}\n+ {mutant.after}\n", flush=True)
    print(table(drawn, tried, alive))


if __name__ == "__main__":
    main()
