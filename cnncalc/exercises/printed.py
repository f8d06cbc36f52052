"""Is an answer what another tool prints, and if not, which of its rules was left out, or which other number it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

from cnncalc.comparison.rows import Spec
from cnncalc.exercises.answers import AnswerError, Value, answer_report, judged, read
from cnncalc.exercises.counts import asked
from cnncalc.exercises.slips import Slip
from cnncalc.language import _
from cnncalc.network import chain
from cnncalc.peers import COUNTS, Number, as_counted_by
from cnncalc.peers.report import beside, lines
from cnncalc.peers.tools import Rule
from cnncalc.report import Report
from cnncalc.symbols import Term


def judge(spec: Spec, of: str, answer: str, tool: str) -> Report:
    """Whether ``answer`` is what a tool prints for the count that ``of`` asks for, and if not, what went wrong.

    >>> from cnncalc.shapes import Shape
    >>> asked = Spec(Shape((224, 224), 3), 3, 64, padding=1)
    >>> judge(asked, "conv.macs", "89915392", "torchinfo").title
    '89,915,392 is right: 86,704,128 + 3,211,264 = 89,915,392'
    >>> judge(asked, "conv.macs", "86704128", "torchinfo").title.partition(";")[0]
    '86,704,128 is not it: that leaves out 3,211,264 bias additions counted as multiply-adds'

    Raises `AnswerError` for an answer that can't be read or a count that the tool does not print, `NetworkError` for
    a tool that is not known or was not measured on such a layer.
    """
    comparison, quantity = asked(spec, of)
    (row,) = comparison.rows
    numbers = as_counted_by(tool, chain([row.layer]), spec.shape)
    number = _printed(numbers, quantity, tool, row.name)
    judgement = judged(read(answer), number, tuple(_slips(number, numbers)), _solved)
    counted = {"counts": [one.to_dict() for one in numbers]}
    return beside(answer_report(of, quantity, judgement), tool, counted, lines(tool, numbers))


def _printed(numbers: tuple[Number, ...], quantity: str, tool: str, row: str) -> Number:
    """What the tool prints for a quantity; `AnswerError` with those that it does print."""
    known = {number.tally.of: number for number in numbers}
    if quantity not in known:
        raise AnswerError(
            _("{tool} prints no {quantity}: ask it for {known}").format(
                tool=tool, quantity=quantity, known=", ".join(f"--of {row}.{name}" for name in known)
            )
        )
    return known[quantity]


def _solved(number: Number) -> Value:
    """The number as the sum that it is."""
    return (reduce(_with, number.added, Term(number.ours)),)


def _with(total: Term, rule: tuple[Rule, int]) -> Term:
    return total + Term(rule[1]) if rule[1] > 0 else total - Term(-rule[1])


def _slips(number: Number, printed: tuple[Number, ...]) -> Iterator[Slip[Number]]:
    """Another number of the same tool, one of its rules left out, and all of them: what is counted here."""
    for other in printed:
        if other is not number:
            yield Slip(other.tally.of, "number", _becomes(other), _called(other))
    for rule, _value in number.added:
        yield Slip(rule.name, rule.name, _without(rule), _leaving_out(rule))
    yield Slip("ours", "number", lambda printed: printed._replace(added=()), _counted_here)


def _becomes(other: Number) -> Callable[[Number], Number]:
    return lambda _printed: other


def _called(other: Number) -> Callable[[Number], str]:
    return lambda _printed: _("is the number that it calls {name}").format(name=other.tally.name)


def _without(rule: Rule) -> Callable[[Number], Number]:
    return lambda printed: printed._replace(added=tuple(entry for entry in printed.added if entry[0] is not rule))


def _leaving_out(rule: Rule) -> Callable[[Number], str]:
    def says(printed: Number) -> str:
        number = f"{dict(printed.added)[rule]:,}".replace("-", "−")
        return _("leaves out {number} {what}").format(number=number, what=_(rule.says))

    return says


def _counted_here(printed: Number) -> str:
    return _("is the number of {count} counted here").format(count=_(COUNTS[printed.tally.of]))
