"""The script that composes what a unit reads, without a page: the only second copy of the algebra, so tested as one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pytest

from tests.render.explored import ZOO, differences, network_of, networks, questions, scenes

NODE = shutil.which("node")
ENGINE = files("cnncalc.render.pictures").joinpath("engine.js").read_text(encoding="utf-8")

DRIVER = """
const input = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const Engine = new Function(`${input.engine}; return Engine`)();
const answers = input.questions.map(([network, node, unit]) => Engine.reads(input.networks[network], node, unit));
console.log(JSON.stringify(answers));
"""

MUTANTS = {
    "a border folds one unit short": ("2 * (n - 1) - unit", "2 * (n - 2) - unit"),
    "taps stand wrongly apart": ("turn * jump + k * step", "turn * jump + k + step"),
    "the next phase": ("phases[unit - turn * phases.length]", "phases[unit - turn + phases.length]"),
    "jumps add up": ("first + turn * jump", "first + turn + jump"),
    "boxes are merged": ("boxes.length > MOST_BOXES", "boxes.length < MOST_BOXES"),
    "a clamped unit stands at the wrong end": ("unit < 0 ? 0 : n - 1", "unit > 0 ? 0 : n - 1"),
    "rows in the same boxes count once": ("|| 0) + 1", "|| 0) + 0"),
}
"""What is wrong with the engine, and the one sign that makes it so."""


@pytest.fixture(autouse=True)
def node() -> None:
    """Skip where Node.js is missing, but fail where the browser's tests have to run."""
    if not NODE:
        (pytest.fail if os.environ.get("CNNCALC_BROWSER") else pytest.skip)("Node.js is not installed")


def asked(engine: str) -> list[dict[str, Any]]:
    """The answers of an engine to all questions."""
    given = {
        "engine": engine,
        "networks": [network_of(scene) for scene in scenes()],
        "questions": [(question.network, question.node, question.unit) for question in questions()],
    }
    run = subprocess.run([str(NODE), "-e", DRIVER], input=json.dumps(given), capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = json.loads(run.stdout)
    return answers


@lru_cache(maxsize=1)
def answers() -> list[dict[str, Any]]:
    return asked(ENGINE)


def test_the_networks_have_everything_that_can_go_wrong() -> None:
    """There are 50 of them, with every border, holes, decoders, units that read nothing, one axis and two, and units
    that read an L or a cross and no rectangle."""
    reaches = [reach for scene in scenes() for reach in scene.reaches]
    taps = [taps for reach in reaches for taps in reach.phases]
    assert len(networks()) == 50
    assert {reach.border for reach in reaches} == {"drop", "clamp", "reflect", "wrap"}
    assert any(step > 1 for _first, _number, step in taps)
    assert any(number == 0 for _first, number, _step in taps)
    assert any(len(reach.phases) > 1 for reach in reaches)
    assert {len(scene.input) - 1 for scene in scenes()} >= {1, 2}
    assert any(question.masked is None for question in questions())
    assert any(_is_no_rectangle(answer) for answer in answers())
    assert any(answer["windows"] and answer["windows"]["volume"] < answer["volume"] for answer in answers())


def _is_no_rectangle(answer: dict[str, Any]) -> bool:
    number = answer["number"]
    return len(number) == 2 and answer["volume"] < number[0] * number[1]


def test_units_read_what_python_and_masks_say() -> None:
    """For thousands of units of all networks the engine has Python's box and number, and the box, the number and the
    volume of a walk with masks; through windows alone too."""
    assert len(questions()) >= 5000
    assert not differences(answers())[:3]


@pytest.mark.parametrize("name", MUTANTS)
def test_one_wrong_sign_is_noticed(name: str) -> None:
    """An engine in which a single character differs gives other answers somewhere."""
    right, wrong = MUTANTS[name]
    assert ENGINE.count(right) == 1
    assert len(right) == len(wrong)
    assert sum(one != other for one, other in zip(right, wrong, strict=True)) == 1
    try:
        found = asked(ENGINE.replace(right, wrong))
    except subprocess.CalledProcessError:
        return
    assert differences(found)


def test_the_theoretical_field_is_the_lattices() -> None:
    """With nothing clipped and windows only, the walk ends in the field that Python derives on an endless lattice."""
    from cnncalc.fields import reads_of
    from cnncalc.receptive.axisfield import sliding_parts

    chosen = [question for question in questions() if question.network < len(ZOO)]
    driver = DRIVER.replace(
        "Engine.reads(input.networks[network], node, unit)",
        "Engine.told(Engine.walk(input.networks[network], node, unit, { windows: true, endless: true }).at[0])",
    )
    given = {
        "engine": ENGINE,
        "networks": [network_of(scene) for scene in scenes()],
        "questions": [(question.network, question.node, question.unit) for question in chosen],
    }
    run = subprocess.run([str(NODE), "-e", driver], input=json.dumps(given), capture_output=True, text=True, check=True)
    for question, answer in zip(chosen, json.loads(run.stdout), strict=True):
        followed = networks()[question.network]
        assert followed.input is not None
        parts = [sliding_parts(followed.field(axis, question.node)) for axis in range(len(followed.input.space))]
        if not all(parts) or len(question.unit) != len(parts):
            continue
        reads = [reads_of(part, index) for part, index in zip(parts, question.unit, strict=True)]
        expected = [[read.first, read.last] for read in reads if read]
        assert answer["box"] == expected, question
