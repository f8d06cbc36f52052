"""Conditions on rows, as ``field>=200 and parameters<1e6``: read by a grammar of their own, never run as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnncalc.errors import NotationError
from cnncalc.language import _
from cnncalc.notation.caret import pointed
from cnncalc.report.columns import no_column
from cnncalc.shapes import shorten
from cnncalc.sweeps.compute import TEXTS, UNKNOWN, Coded

LONGEST = 1000
"""A condition may have so many characters."""
DEEPEST = 50
"""And so many signs inside each other."""

SIGNS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
OPERATIONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class ConditionError(NotationError):
    """A condition that can't be read, or that speaks of a column there is not."""


class Truth(NamedTuple):
    """Where a condition holds and where it does not; a row with an unknown number may be in neither."""

    holds: Any
    fails: Any


class Number(NamedTuple):
    """Numbers, and where they are known."""

    value: Any
    known: Any


@dataclass(frozen=True)
class Condition:
    """A condition that was read: what it says, and the columns it names.

    >>> condition = Condition.read("field>=200 and parameters<1e6", ["field", "parameters"])
    >>> condition.names, condition.of({"field": np.array([100, 300]), "parameters": np.array([5, 5])}).tolist()
    (('field', 'parameters'), [False, True])
    """

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    @classmethod
    def read(cls, text: str, columns: Sequence[str]) -> Condition:
        """A condition from its text; `ConditionError` points at what is no part of one."""
        if len(text) > LONGEST:
            raise ConditionError(_("a condition of {count:,} characters is too long").format(count=len(text)))
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise ConditionError(_cant(text)) from None
        reader = _Reader(text.strip(), columns)
        reader.truth(tree, 0)
        if not reader.names:
            raise ConditionError(
                _("{text} names no column: write one of {columns}").format(
                    text=repr(shorten(text)), columns=", ".join(columns)
                )
            )
        return cls(text.strip(), tuple(dict.fromkeys(reader.names)), tree)

    def of(self, frame: Mapping[str, Any]) -> Any:
        """Of each row whether the condition holds."""
        with np.errstate(all="ignore"):  # a division by 0 is no number, and no condition holds of it
            return np.asarray(_truth(self.tree, frame).holds)


def _cant(text: str) -> str:
    return _("condition {text} can't be read: write one such as 'field>=200 and parameters<1e6'").format(
        text=repr(shorten(text))
    )


class _Reader:
    """Checks that a tree is nothing but columns, numbers, texts, arithmetic, comparisons, and, or, not."""

    def __init__(self, text: str, columns: Sequence[str]) -> None:
        self.text, self.columns = text, columns
        self.names: list[str] = []

    def truth(self, node: ast.expr, depth: int) -> None:
        if depth > DEEPEST:
            raise self.error(node, _cant(self.text))
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    self.truth(value, depth + 1)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.truth(operand, depth + 1)
            case ast.Compare(left=left, ops=ops, comparators=comparators) if all(type(op) in SIGNS for op in ops):
                self.compared([left, *comparators], ops, depth + 1)
            case _:
                raise self.error(node, _("here a comparison is needed: write one such as field>=200"))

    def compared(self, sides: Sequence[ast.expr], ops: Sequence[ast.cmpop], depth: int) -> None:
        texts = {self.is_text(side, depth) for side in sides}
        equal = all(isinstance(op, ast.Eq | ast.NotEq) for op in ops)
        if texts == {True, False} or (True in texts and not equal):
            raise self.error(sides[1], _("a text is compared with a text, by == or !=, as in layer == 'conv4'"))

    def is_text(self, node: ast.expr, depth: int) -> bool:
        """Whether it is a text and no number; `ConditionError` where it is neither."""
        match node:
            case ast.Constant(value=str()):
                return True
            case ast.Name(id=name) if name in TEXTS:
                self.name(node, name)
                return True
        self.number(node, depth)
        return False

    def number(self, node: ast.expr, depth: int) -> None:
        if depth > DEEPEST:
            raise self.error(node, _cant(self.text))
        match node:
            case ast.Name(id=name) if name not in TEXTS:
                self.name(node, name)
            case ast.Constant(value=value) if type(value) in (int, float):
                pass
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                self.number(operand, depth + 1)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
                self.number(left, depth + 1)
                self.number(right, depth + 1)
            case _:
                raise self.error(node, _("here a column or a number is needed"))

    def name(self, node: ast.expr, name: str) -> None:
        if name not in self.columns:
            raise self.error(node, no_column(name, self.columns))
        self.names.append(name)

    def error(self, node: ast.expr, message: str) -> ConditionError:
        before = len(self.text.encode()[: node.col_offset].decode(errors="ignore"))
        stop = len(self.text.encode()[: node.end_col_offset].decode(errors="ignore"))
        return ConditionError(pointed(self.text, before, stop, message))


def _truth(node: ast.expr, frame: Mapping[str, Any]) -> Truth:
    match node:
        case ast.BoolOp(op=op, values=values):
            truths = [_truth(value, frame) for value in values]
            holds, fails = truths[0]
            for truth in truths[1:]:
                if isinstance(op, ast.And):
                    holds, fails = holds & truth.holds, fails | truth.fails
                else:
                    holds, fails = holds | truth.holds, fails & truth.fails
            return Truth(holds, fails)
        case ast.UnaryOp(operand=operand):
            holds, fails = _truth(operand, frame)
            return Truth(fails, holds)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _compared([left, *comparators], [type(op) for op in ops], frame)
    raise TypeError(node)


def _compared(sides: Sequence[ast.expr], signs: Sequence[type[ast.AST]], frame: Mapping[str, Any]) -> Truth:
    """One comparison, or several in a row as in ``3 <= K < 7``."""
    numbers = [_number(side, frame) for side in sides]
    holds: Any = True
    fails: Any = False
    for left, sign, right in zip(numbers, signs, numbers[1:], strict=False):
        known = np.logical_and(left.known, right.known)
        truth = np.asarray(SIGNS[sign](left.value, right.value), dtype=bool)
        holds, fails = holds & truth & known, fails | (~truth & known)
    return Truth(holds, fails)


def _number(node: ast.expr, frame: Mapping[str, Any]) -> Number:
    match node:
        case ast.Name(id=name):
            column = frame[name]
            if isinstance(column, Coded):
                return Number(column.values, True)
            return Number(column, column != UNKNOWN)
        case ast.Constant(value=value):
            return Number(value, True)
        case ast.UnaryOp(operand=operand):
            number = _number(operand, frame)
            return Number(-_real(number.value), number.known)
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _number(left, frame), _number(right, frame)
            result = np.asarray(OPERATIONS[type(op)](_real(one.value), _real(other.value)))
            return Number(result, np.logical_and(np.logical_and(one.known, other.known), np.isfinite(result)))
    raise TypeError(node)


def _real(value: Any) -> Any:
    """Numbers for arithmetic: in double precision, which no product leaves; what is compared as it is stays exact."""
    return np.asarray(value, dtype=np.float64)
