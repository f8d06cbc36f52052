"""Break the heart of the calculator, one small change at a time, and see whether its tests notice.

``python tools/mutants.py --seed 1 --count 400`` draws that many of all possible changes, and prints every change that no
test noticed, and a score. Which tests call what is watched first, without any change: then a change meets the tests that
call the changed function, the quickest first, in a process of its own, until one fails.
Changes that no test can notice stand with the reason in ``tools/mutants_equivalent.txt`` and are left out.

The maintained tools were tried first: mutmut 3 leaves out properties and all that stands outside of functions, which
is where kinds of layers state their facts; cosmic-ray starts a new interpreter and pytest for every change.
"""

from __future__ import annotations

import argparse
import ast
import os
import pickle
import random
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import cache, partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import accumulate, pairwise, permutations
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile
from time import process_time
from types import CodeType, FrameType
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "tools" / "mutants_equivalent.txt"

MODULES = (
    *("formulas", "symbols", "sets", "shapes", "counting"),
    *("analysis.*", "fields.*", "layers.*", "receptive.*"),
)
"""Which modules are changed."""

TESTS = (
    *("test_doctests.py", "test_formulas.py", "test_symbols.py", "test_sets.py", "test_fields.py", "test_shapes.py"),
    *("test_counting.py", "test_mutations.py", "test_analysis.py", "test_kinds.py", "test_ways_out.py", "test_zoo.py"),
    *("test_textbook_cases.py", "test_notes_cases.py", "test_library.py", "test_schemas.py", "test_report.py"),
    *("test_by_hand.py", "test_cross_attention.py", "test_inputs.py", "test_joins.py", "test_rolls.py"),
    *("test_sequences.py", "test_windows.py"),
    *("receptive", "report", "summary", "comparison", "notation/test_words.py"),
    *(
        "render/test_docs.py",
        "render/test_figures.py",
        "render/test_pictures.py",
        "render/test_committed.py",
        "render/test_engine.py",
        "render/test_maps.py",
    ),
    *("exercises/test_counts.py", "exercises/test_fields.py", "exercises/test_slips.py", "exercises/test_answers.py"),
    *("notation/test_errors.py", "cli/test_rf.py", "cli/test_params.py", "cli/test_errors.py", "cli/test_output.py"),
    *("verify/test_lines.py", "verify/test_compare.py::test_random_networks_agree"),
)
"""The tests that may notice: those that look at the heart, and are quick."""

SECONDS = 8
"""Of a processor, in which a mutant is loaded, and each test done that took a fraction of it without any change."""

ENOUGH = 15
"""Seconds of tests, without any change: what the quickest of them don't notice counts as not noticed."""

FEW = 50
"""Tests that run before the others are as much as loaded: mostly one of them notices."""

PASSED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)

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
    """One change; ``before`` and ``after`` are the changed lines with single blanks, by which it is known anywhere.

    ``home`` is the first line of the function it stands in, or 0.
    """

    path: Path
    line: int
    home: int
    before: str
    after: str
    source: bytes

    @property
    def module(self) -> str:
        return module(self.path)


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of one file."""
    source = path.read_bytes()
    lines = source.splitlines(keepends=True)
    for node, home in _nodes(ast.parse(source), 0):
        for old, new in CHANGES[type(node)](node) if type(node) in CHANGES else ():
            above, below = b"".join(lines[: old.lineno - 1]), b"".join(lines[old.end_lineno :])
            before = b"".join(lines[old.lineno - 1 : old.end_lineno])
            rest = len(lines[old.end_lineno - 1]) - old.end_col_offset
            after = before[: old.col_offset] + _written(new).encode() + before[len(before) - rest :]
            told = (" ".join(text.decode().split()) for text in (before, after))
            yield Mutant(path, old.lineno, home, *told, above + after + below)


def _nodes(node: ast.AST, home: int) -> Iterator[tuple[ast.AST, int]]:
    """The node and all that is run within it, each with the first line of its function.

    F-strings are left out, whose parts have no place before Python 3.12.
    """
    yield node, home
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.keyword) and node.arg in GUARDS):
        return
    for name, value in ast.iter_fields(node):
        inside = isinstance(node, ast.FunctionDef) and name == "body"
        own = min(part.lineno for part in (node, *node.decorator_list)) if inside else home
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                yield from _nodes(child, own)


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


Functions = frozenset[tuple[str, int]]
"""Functions by their file and first line."""


class Watched(NamedTuple):
    """What one test took without any change, and what it called."""

    seconds: float
    functions: Functions


class Watch:
    """A plugin of pytest that sees what each test calls, and its file before: arguments of tests are made there."""

    def __init__(self) -> None:
        self.tests: dict[str, Watched] = {}
        self.files: defaultdict[str, Functions] = defaultdict(frozenset)
        self.failed: list[str] = []

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector) -> None:
        self.failed.append(node.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        with called() as functions:
            report = yield
        self.files[file_of(collector.nodeid)] |= functions()
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        began = process_time()
        with called() as functions:
            done = yield
        self.tests[item.nodeid] = Watched(process_time() - began, functions() | self.files[file_of(item.nodeid)])
        return done


@contextmanager
def called() -> Iterator[Callable[[], Functions]]:
    """The functions that are called meanwhile, to be asked for afterwards."""
    codes: dict[int, CodeType] = {}

    def call(frame: FrameType, _event: str, _what: object) -> None:
        codes[id(frame.f_code)] = frame.f_code

    sys.settrace(call)
    try:
        yield lambda: frozenset((code.co_filename, code.co_firstlineno) for code in codes.values())
    finally:
        sys.settrace(None)


def file_of(name: str) -> str:
    return name.partition("::")[0]


class Chosen:
    """A plugin of pytest that runs some tests, the quickest first, each within its time."""

    def __init__(self, tests: dict[str, Watched]) -> None:
        self.tests = tests

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.tests]
        items[:] = sorted(chosen, key=lambda item: self.tests[item.nodeid].seconds)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        limit(SECONDS + 3 * self.tests[nodeid].seconds)


def limit(seconds: float) -> None:
    """End this process so many seconds from now: of the processor and not of the clock, a busy machine kills no mutant."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(process_time() + seconds) + 1, resource.RLIM_INFINITY))


def apart(work: Callable[[], int]) -> int:
    """How work ended in a silent process of its own; a negative number is the signal that ended it."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        os._exit(work())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def pytest_run(tests: Iterable[str], plugin: object) -> int:
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[plugin])


def watched(tests: tuple[str, ...]) -> dict[str, Watched]:
    """What each test calls without any change; all must pass."""
    with TemporaryFile() as file:

        def work() -> int:
            watch = Watch()
            code = pytest_run((f"tests/{test}" for test in tests), watch)
            pickle.dump((watch.tests, watch.failed), file)
            file.flush()
            return code

        code = apart(work)
        file.seek(0)
        watched, failed = pickle.load(file)
        if code:
            sys.exit(f"without any change there fails: {' '.join(failed)}")
        return watched


def tests_of(mutant: Mutant, tests: dict[str, Watched]) -> dict[str, Watched]:
    """The tests that call the changed function; where it is in none, those of files that name the module, or call it."""
    own = (str(mutant.path), mutant.home)
    return {
        name: test
        for name, test in tests.items()
        if (
            own in test.functions
            if mutant.home
            else mutant.module in text_of(file_of(name)) or any(path == own[0] for path, _line in test.functions)
        )
    }


@cache
def text_of(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def survives(mutant: Mutant, tests: dict[str, Watched]) -> bool:
    """Whether no test notices the change."""
    quickest = sorted(tests_of(mutant, tests).items(), key=lambda item: item[1].seconds)
    ends = accumulate(test.seconds for _name, test in quickest)
    quickest = quickest[: 1 + sum(end < ENOUGH for end in ends)]

    def work() -> int:
        sys.meta_path.insert(0, Changed(mutant))
        for some in filter(None, (quickest[:FEW], quickest[FEW:])):
            limit(SECONDS)
            if pytest_run(sorted({file_of(name) for name, _test in some}), Chosen(dict(some))) not in PASSED:
                return 1
        return 0

    return apart(work) == 0


def equivalent() -> set[tuple[str, str]]:
    """The listed changes: lines that begin with ``- `` before and ``+ `` after; the reason stands below them."""
    pairs = pairwise(LISTED.read_text(encoding="utf-8").splitlines())
    return {(before[2:], after[2:]) for before, after in pairs if before[:2] == "- " and after[:2] == "+ "}


def every_mutant(pattern: str = "*") -> list[Mutant]:
    files = sorted(path for row in MODULES for path in (ROOT / "cnncalc").glob(f"{row.replace('.', '/')}.py"))
    return [mutant for path in files if fnmatch(module(path), f"cnncalc.{pattern}") for mutant in mutants(path)]


def table(drawn: list[Mutant], tried: list[Mutant], alive: list[Mutant]) -> str:
    """For each module, and all: how many were drawn, how many of those a test can notice, and how many one did."""
    rows = ["{:<32}{:>8}{:>8}{:>9}".format("", "drawn", "matter", "noticed")]
    for name in [*sorted({mutant.module for mutant in drawn}), "*"]:
        own, matter, missed = (sum(fnmatch(mutant.module, name) for mutant in some) for some in (drawn, tried, alive))
        rows.append(f"{name:<32}{own:>8}{matter:>8}{matter - missed:>9}{(matter - missed) / max(matter, 1):9.1%}")
    return "\n".join(rows)


def main() -> None:
    reader = argparse.ArgumentParser(description="See how many small changes of the code its tests notice.")
    reader.add_argument("--seed", type=int, default=0, help="another seed draws other changes")
    reader.add_argument("--count", type=int, default=400, help="how many are drawn")
    reader.add_argument("--only", default="*", metavar="MODULE", help="such as sets or layers.*")
    reader.add_argument("--jobs", type=int, default=1, help="how many run at the same time")
    asked = reader.parse_args()
    os.chdir(ROOT)
    sys.dont_write_bytecode = False  # what is not changed is compiled once, and not for every mutant
    # the same examples for every mutant; one that fails is enough, however large it is
    settings.register_profile("mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")

    every, listed = every_mutant(asked.only), equivalent()
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    tried = [mutant for mutant in drawn if (mutant.before, mutant.after) not in listed]
    tests = watched(TESTS)
    alive = []
    with get_context("fork").Pool(asked.jobs) as pool:
        verdicts = pool.imap(partial(survives, tests=tests), tried)
        for mutant, survived in zip(tried, verdicts, strict=True):
            if survived:
                alive.append(mutant)
                place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
                print(f"{place}\n- {mutant.before}\n+ {mutant.after}\n", flush=True)
    print(table(drawn, tried, alive))


if __name__ == "__main__":
    main()
