"""Term: an integer that remembers how it was computed.

A formula is written once, in `cnncalc.formulas`, as plain arithmetic. Given `int` it counts; given `Term` the same
lines also tell how: ``str(term)`` is the worked line, ``term.symbols()`` the formula in textbook letters,
``term.latex()`` the same for a paper. So a shown formula can't disagree with the number beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

_SUM, _PRODUCT, _ATOM = 1, 2, 3
_STRENGTH = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "max": _ATOM}
_TEXT = {"+": " + ", "-": " − ", "*": "·", "/": "/", "max": "max"}
_LATEX = _TEXT | {"-": " - ", "max": r"\max"}


class Term(int):
    """An `int` with a memory: equal to, hashed like and usable as the plain number.

    ``+ - * //`` on Terms (or a Term and an int) give Terms. Adding or subtracting a plain 0 and multiplying by a plain
    1 leave no trace, so an absent bias does not show; a Term that is 0 or 1 is shown, as padding is.

    >>> filters, channels = Term(64, "C_out"), Term(3, "C_in")
    >>> total = filters * (Term(3, "k_h") * Term(3, "k_w") * channels + 1)
    >>> total == 1792, str(total), total.symbols()
    (True, '64·(3·3·3 + 1)', 'C_out·(k_h·k_w·C_in + 1)')
    """

    name: str
    operator: str
    operands: tuple[int, ...]

    def __new__(cls, value: int, name: str = "", operator: str = "", operands: tuple[int, ...] = ()) -> Term:
        term = super().__new__(cls, value)
        term.name, term.operator, term.operands = name, operator, operands
        return term

    def named(self, name: str) -> Term:
        """This number as one letter, its history forgotten: the size 222 that is called H'."""
        return Term(int(self), name)

    def symbols(self) -> str:
        """The formula in letters: ``C_out·(k_h·k_w·C_in + 1)``; a number without a name stays a number."""
        return _write(self, _symbol, _TEXT)[0]

    def latex(self) -> str:
        """The formula in LaTeX: ``C_{out} (k_{h} k_{w} C_{in} + 1)``."""
        return _write(self, _latex_symbol, _LATEX | {"*": " "}, fraction=True)[0]

    def worked_latex(self) -> str:
        r"""The worked line in LaTeX: ``64 \cdot (3 \cdot 3 \cdot 3 + 1)``."""
        signs = _LATEX | {"*": r" \cdot "}
        return _write(self, lambda leaf: f"{int(leaf):,}".replace(",", "{,}"), signs, fraction=True)[0]

    def __str__(self) -> str:
        return _write(self, lambda leaf: f"{int(leaf):,}", _TEXT)[0]

    def __repr__(self) -> str:
        return f"Term({int(self)}: {self})"

    def __reduce__(self) -> tuple[type[Term], tuple[int, str, str, tuple[int, ...]]]:
        return Term, (int(self), self.name, self.operator, self.operands)

    def __add__(self, other: int) -> Term:
        return self if _plain(other, 0) else _join("+", int(self) + int(other), self, other)

    def __radd__(self, other: int) -> Term:
        return self if _plain(other, 0) else _join("+", int(other) + int(self), other, self)

    def __sub__(self, other: int) -> Term:
        return self if _plain(other, 0) else _join("-", int(self) - int(other), self, other)

    def __rsub__(self, other: int) -> Term:
        return _join("-", int(other) - int(self), other, self)

    def __mul__(self, other: int) -> Term:
        return self if _plain(other, 1) else _join("*", int(self) * int(other), self, other)

    def __rmul__(self, other: int) -> Term:
        return self if _plain(other, 1) else _join("*", int(other) * int(self), other, self)

    def __floordiv__(self, other: int) -> Term:
        return _join("/", int(self) // int(other), self, other)

    def __rfloordiv__(self, other: int) -> Term:
        return _join("/", int(other) // int(self), other, self)


def product(numbers: tuple[int, ...]) -> int:
    """The product, keeping the memory of a `Term` and not multiplying by a silent 1.

    >>> product(()), product((3, 4))
    (1, 12)
    """
    first, *rest = numbers or (1,)
    return prod(rest, start=first)


def where(condition: bool, then: int, otherwise: int) -> int:
    """``then if condition else otherwise``, on arrays for each of their numbers.

    >>> where(True, 3, 5), where(False, 3, 5)
    (3, 5)
    """
    if isinstance(condition, bool):
        return then if condition else otherwise
    return condition * then + (1 - condition) * otherwise


def maximum(left: int, right: int) -> int:
    """The larger number, on arrays of each pair; a `Term` shows both.

    >>> maximum(3, 5), maximum(Term(3) - Term(5), 0)
    (5, Term(0: max(3 − 5, 0)))
    """
    larger = where(left > right, left, right)
    return _join("max", int(larger), left, right) if isinstance(left, Term) or isinstance(right, Term) else larger


def _plain(number: int, value: int) -> bool:
    return number == value and not isinstance(number, Term)


def _join(operator: str, value: int, *operands: int) -> Term:
    return Term(value, "", operator, operands)


def _symbol(leaf: int) -> str:
    return (leaf.name if isinstance(leaf, Term) else "") or f"{int(leaf):,}"


def _latex_symbol(leaf: int) -> str:
    letter, underscore, index = _symbol(leaf).partition("_")
    return f"{letter}_{{{index}}}" if underscore else letter.replace(",", "{,}")


def _write(term: int, leaf: Callable[[int], str], signs: dict[str, str], *, fraction: bool = False) -> tuple[str, int]:
    """The text of a term and how strongly it binds; a product is one Term per sign, so depth is bounded."""
    if not isinstance(term, Term) or not term.operator:
        return leaf(term), _ATOM
    strength = _STRENGTH[term.operator]
    (left, left_strength), (right, right_strength) = (
        _write(operand, leaf, signs, fraction=fraction) for operand in term.operands
    )
    if term.operator == "/":
        exact = int(term.operands[0]) % int(term.operands[1]) == 0
        if fraction:
            quotient = rf"\frac{{{left}}}{{{right}}}"
            return (quotient if exact else rf"\left\lfloor {quotient} \right\rfloor"), _ATOM
    if term.operator == "max":
        return f"{signs['max']}({left}, {right})", _ATOM
    left = f"({left})" if left_strength < strength else left
    # a − (b + c), a/(b·c): the right side of a sign that does not commute keeps its brackets
    needs = strength if term.operator in "+*" else strength + 1
    right = f"({right})" if right_strength < needs else right
    text = left + signs[term.operator] + right
    if term.operator == "/" and not exact:
        return f"⌊{text}⌋", _ATOM
    return text, strength
