"""Conditions and fronts: what they keep is what plain Python keeps; what is no condition never runs."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.sweeps.compute import UNKNOWN, Frame
from cnncalc.sweeps.conditions import Condition, ConditionError
from cnncalc.sweeps.front import Front

COLUMNS = ["K", "field", "macs", "reason", "layer"]


def frame(random: Random, rows: int) -> Frame:
    """Small numbers, some of them unknown, and texts."""
    numbers = {name: np.array([random.choice([UNKNOWN, *range(6)]) for _ in range(rows)]) for name in COLUMNS[:3]}
    codes = {name: np.array([random.randrange(2) for _ in range(rows)]) for name in COLUMNS[3:]}
    texts = {"reason": ["", "it does not fit"], "layer": ["", "conv4"]}
    return Frame({"index": np.arange(rows), **numbers, **codes}, (rows,), texts)


def test_conditions_keep_what_python_keeps() -> None:
    """Each row alone, by Python's own operators, where all its numbers are known."""
    rows = frame(Random(1), 400)
    for text in (
        "field>=3",
        "field>=3 and macs<2",
        "K==1 or K==3 and not field>2",
        "not (K<3 or field<3)",
        "1<=K<4",
        "K*2-1>=field+macs/2",
        "field/macs>1",
        "-K<-2",
        "layer=='conv4' and K>1",
        'reason!=""',
        "K!=field",
    ):
        kept = Condition.read(text, COLUMNS).of(rows)
        for place in range(rows.rows):
            row = {name: rows[name][place].item() for name in COLUMNS[:3]}
            row |= {name: rows[name].values[place] for name in COLUMNS[3:]}
            if UNKNOWN in row.values():
                continue
            try:
                expected = bool(eval(text, {"__builtins__": {}}, row))
            except ZeroDivisionError:
                expected = False
            assert bool(kept[place]) == expected, (text, row)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("field>2", False),
        ("not field>2", False),
        ("field>2 or K>2", True),
        ("field>2 and K>2", False),
        ("not (field>2 and K<2)", True),
        ("field+1>0", False),
        ("field==-1", False),
    ],
)
def test_what_is_unknown_is_neither_more_nor_less(text: str, kept: bool) -> None:
    """A row stays where the condition holds whatever the unknown number may be."""
    row = {"K": np.array([5]), "field": np.array([UNKNOWN])}
    assert Condition.read(text, ["K", "field"]).of(row).tolist() == [kept]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "can't be read"),
        ("field", "here a comparison is needed"),
        ("field>=", "can't be read: write one such as"),
        ("field=200", "can't be read"),
        ("rf>=200", "there is no column rf: take some of K, field, macs"),
        ("fields>3", "there is no column fields: did you mean field?\n  fields>3\n  ^^^^^^"),
        ("1<2", "'1<2' names no column: write one of K, field"),
        ("__import__('os').system('true')", "here a comparison is needed"),
        ("K>__import__('os')", "here a column or a number is needed\n  K>__import__('os')\n    ^^^^^^^^^^^^^^^^"),
        ("K.real>3", "here a column or a number is needed"),
        ("K[0]>3", "here a column or a number is needed"),
        ("(lambda: K)()>3", "here a column or a number is needed"),
        ("K**9**9**9>3", "here a column or a number is needed"),
        ("[K for K in K]==3", "here a column or a number is needed"),
        ("f'{K}'=='3'", "here a column or a number is needed"),
        ("K:=3", "can't be read"),
        ("K>3; import os", "can't be read"),
        ("K>True", "here a column or a number is needed"),
        ("K>'a'", "a text is compared with a text, by == or !="),
        ("layer>'a'", "a text is compared with a text, by == or !="),
        ("layer*2>3", "here a column or a number is needed"),
        ("K in K", "here a comparison is needed"),
        ("(" * 2000 + "K>3" + ")" * 2000, "a condition of 4,003 characters is too long"),
        ("-" * 400 + "K>3", "can't be read"),
        ("not " * 200 + "K>3", "can't be read"),
        ("K>\0", "can't be read"),
        ("通道>3", "there is no column 通道: take some of"),
    ],
)
def test_what_is_no_condition_is_refused(text: str, message: str) -> None:
    """Before a row is computed, and without running any of it."""
    with pytest.raises(ConditionError) as error:
        Condition.read(text, COLUMNS)
    assert message in str(error.value)


@given(st.integers(0, 10**9))
def test_a_front_is_what_nothing_beats(seed: int) -> None:
    """By comparing all pairs; however the rows are cut into frames. Of equals the first is there."""
    random = Random(seed)
    rows = frame(random, random.randint(1, 40))
    front, start = Front("macs", "field"), 0
    while start < rows.rows:
        stop = start + random.randint(1, 15)
        front.add(rows.chosen(np.arange(start, min(stop, rows.rows))))
        start = stop
    points = [
        (macs, -field, index)
        for index, (macs, field) in enumerate(zip(rows["macs"].tolist(), rows["field"].tolist(), strict=True))
        if UNKNOWN not in (macs, field)
    ]
    best = [point for point in points if not any(other < point and other[1] <= point[1] for other in points)]
    assert ([] if front.frame is None else front.frame["index"].tolist()) == [index for _m, _f, index in sorted(best)]
