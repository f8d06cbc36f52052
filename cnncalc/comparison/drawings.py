"""The drawing of a comparison: its rows as a waterfall, and what each idea on the way saves."""

from __future__ import annotations

from cnncalc.comparison.report import CAUSES, factor_line, question_line, reason
from cnncalc.comparison.rows import ROWS, Comparison, Factor, Row, Spec
from cnncalc.language import N_, _
from cnncalc.ratios import ratio
from cnncalc.report.figures import Saving, Step, Waterfall

PITCH = 105 * 68 * 10_000
"""A football pitch in square centimetres."""

AREAS = ((10_000, N_("{number} m²")), (1, N_("{number} cm²")), (1e-2, N_("{number} mm²")), (1e-8, N_("{number} µm²")))
"""Units of area in square centimetres, the largest first."""


def waterfall(comparison: Comparison) -> Waterfall:
    """The rows that give the same output, or those that were asked for, from the most expensive to the cheapest.

    >>> from cnncalc.comparison.rows import compared
    >>> from cnncalc.shapes import Shape
    >>> made = waterfall(compared(Spec(Shape((224, 224), 3), 3, 64)))
    >>> made.title, [step.value for step in made.steps]
    ('The same output from 264,952,544 times fewer parameters', [474794959104, 88316928, 1792])
    >>> made.sentence
    'As areas: if the first were a football pitch (105 × 68 m), the last would be 0.27 cm²'
    """
    rows = _shown(comparison)
    places = {row.name: place for place, row in enumerate(rows)}
    savings = {
        factor.after.name: _saving(factor, places[factor.before.name], comparison.spec) for factor in comparison.factors
    }
    steps = tuple(
        Step(row.label, str(row.worked), ROWS[row.name].family, row.counts.parameters, savings.get(row.name))
        for row in rows
    )
    about = _("{question} · log scale: equal lengths are equal factors").format(question=question_line(comparison))
    return Waterfall(_finding(rows), about, steps, _areas(rows), _description(comparison, rows))


def _shown(comparison: Comparison) -> tuple[Row, ...]:
    if comparison.spec.names or comparison.window is None:
        return comparison.rows
    return tuple(row for row in comparison.rows if row.output == comparison.output)


def _saving(factor: Factor, before: int, spec: Spec) -> Saving:
    ideas = tuple(
        _("{cause}: {reason}").format(cause=_(CAUSES[cause]), reason=reason(cause, factor, spec))
        for cause, _share in factor.causes
    )
    return Saving(before, f"÷{factor.parameters.short()}", ideas)


def _finding(rows: tuple[Row, ...]) -> str:
    first, last = rows[0], rows[-1]
    if len({row.counts.parameters for row in rows}) == 1:
        return _("{layer}: {number} parameters").format(layer=first.label, number=f"{first.counts.parameters:,}")
    if first.output == last.output and first.counts.parameters > last.counts.parameters:
        times = ratio(first.counts.parameters, last.counts.parameters).short()
        return _("The same output from {times} times fewer parameters").format(times=times)
    counts = sorted(row.counts.parameters for row in rows)
    return _("The same input, and {least} to {most} parameters").format(least=f"{counts[0]:,}", most=f"{counts[-1]:,}")


def _areas(rows: tuple[Row, ...]) -> str:
    """Areas in one sentence: drawn to scale, one of the two could not be seen."""
    first, last = rows[0], rows[-1]
    area = PITCH * last.counts.parameters / first.counts.parameters
    if first.output != last.output or not AREAS[-1][0] < area < PITCH:
        return ""
    size, unit = next(((size, unit) for size, unit in AREAS if area >= size / 10), AREAS[-1])
    return _("As areas: if the first were a football pitch (105 × 68 m), the last would be {area}").format(
        area=_(unit).format(number=f"{float(f'{area / size:.2g}'):,g}")
    )


def _description(comparison: Comparison, rows: tuple[Row, ...]) -> str:
    """What is seen, in words, with every factor exact."""
    bars = [
        _("{layer}: {number} parameters").format(layer=row.label, number=f"{row.counts.parameters:,}") for row in rows
    ]
    return "; ".join([*bars, *(factor_line(factor, comparison.spec) for factor in comparison.factors)])
