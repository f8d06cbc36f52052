"""Files that nobody vouches for: whatever they hold, one line, bounded memory and time.

The seeds in ``corpus/`` are small valid files of every format; the files called ``bug-…`` once did something else than
give one line, and stay for good.
"""

from __future__ import annotations

import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncalc.errors import CnncalcError
from cnncalc.importers import darknet
from cnncalc.importers.keras.reader import from_config
from cnncalc.importers.torch.program import from_json
from cnncalc.importers.torch.walk import network
from cnncalc.loading import IMPORTERS, load

CORPUS = Path(__file__).parent / "corpus"
SEEDS = sorted(CORPUS.glob("small.*"))
BUGS = sorted(CORPUS.glob("bug-*"))
ODD = (
    -1,
    0,
    1,
    2**31,
    2**62,
    2**70,
    10**400,
    -(2**63),
    1.5,
    True,
    None,
    "",
    "x",
    "../..",
    [],
    {},
    [[]],
    "\n\0",
    "é" * 99,
)
"""What a mutation puts where something else stood."""


def told(read: Callable[[], object]) -> str:
    """What reading says is wrong; any other exception is a bug and comes through."""
    try:
        read()
    except CnncalcError as problem:
        return str(problem) or "\n"
    return "nothing"


def outcome(path: Path) -> None:
    """Load a file as the command line does, both ways: nothing is wrong, or one line says what."""
    for allowed in (False, True):
        message = told(lambda: load([str(path)], allow_unknown=allowed))  # noqa: B023 - called at once
        assert "\n" not in message
        assert len(message) < 4000


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.suffix[1:])
def test_the_seeds_are_read(path: Path) -> None:
    """What is mutated below is a good file to begin with."""
    if path.suffix == ".onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
    assert len(load([str(path)])) > 7


def test_every_suffix_has_a_seed() -> None:
    """A new format comes with a seed to mutate."""
    assert {path.suffix for path in SEEDS} == set(IMPORTERS) - {".pt", ".pth", ".h5"}


@pytest.mark.parametrize("path", BUGS, ids=lambda path: path.name)
def test_what_once_broke_is_one_line(path: Path) -> None:
    """The list of these only grows."""
    outcome(path)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.suffix[1:])
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_broken_bytes_are_one_line(path: Path, seed: int) -> None:
    """Bytes changed, cut out, doubled, the end cut off: a network or one line."""
    numbers = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _change in range(numbers.randint(1, 6)):
        place = numbers.randrange(len(content) or 1)
        stop = place + numbers.choice((1, 1, 2, 8, 64))
        kind = numbers.randrange(5)
        if kind == 0:
            content[place:stop] = numbers.randbytes(stop - place)
        elif kind == 1:
            del content[place:stop]
        elif kind == 2:
            content[place:place] = content[place:stop]
        elif kind == 3:
            content[place : place + 1] = bytes([numbers.choice((0, 1, 127, 128, 255))])
        elif numbers.random() < 0.3:
            del content[place:]
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / f"broken{path.suffix}"
        broken.write_bytes(content)
        outcome(broken)


@pytest.mark.parametrize("suffix", sorted(IMPORTERS))
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\x03\x04", b"\xff" * 5000, b"[net]", b"{}", b"null"])
def test_what_is_no_model_is_one_line(suffix: str, content: bytes, tmp_path: Path) -> None:
    """Empty files, zeros, the start of a zip."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(CnncalcError):
        load([str(path)])
    outcome(path)


def mutated(value: Any, numbers: random.Random) -> Any:
    """The value with one of its parts, at any depth, replaced by something odd, dropped, doubled or swapped."""
    if isinstance(value, dict) and value and numbers.random() < 0.93:
        key = numbers.choice(list(value))
        if numbers.random() < 0.04:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: mutated(value[key], numbers)}
    if isinstance(value, list) and value and numbers.random() < 0.93:
        place = numbers.randrange(len(value))
        choice = numbers.random()
        if choice < 0.04:
            return value[:place] + value[place + 1 :]
        if choice < 0.08:
            return [*value, value[place]]
        if choice < 0.12:
            return value[::-1]
        return [*value[:place], mutated(value[place], numbers), *value[place + 1 :]]
    return numbers.choice(ODD)


def structures() -> dict[str, tuple[Any, Any]]:
    """The JSON of the seeds, and what reads it."""
    with zipfile.ZipFile(CORPUS / "small.pt2") as archive:
        program = json.loads(archive.read(archive.namelist()[0]))
    config = json.loads((CORPUS / "small.json").read_text())
    return {
        "pt2": (program, _read_program),
        "keras": (config, lambda text, allowed: from_config(text, "model", allow_unknown=allowed)),
    }


def _read_program(text: Any, allowed: bool) -> None:
    """As `load` reads it, without a zip around it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.pt2"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("m/models/model.json", json.dumps(text))
        load([str(path)], allow_unknown=allowed)


STRUCTURES = structures()


@pytest.mark.parametrize("name", STRUCTURES)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), allowed=st.booleans())
def test_broken_structures_are_one_line(name: str, seed: int, allowed: bool) -> None:
    """Well-formed JSON that says something else than a model: a network or one line."""
    text, read = STRUCTURES[name]
    numbers = random.Random(seed)
    for _change in range(numbers.randint(1, 3)):
        text = mutated(text, numbers)
    assert "\n" not in told(lambda: read(text, allowed))


@settings(max_examples=1500)
@given(seed=st.integers(0, 2**32), allowed=st.booleans())
def test_broken_sections_are_one_line(seed: int, allowed: bool) -> None:
    """Darknet files with odd values, sections in any order."""
    numbers = random.Random(seed)
    head, *sections = (CORPUS / "small.cfg").read_text().split("\n\n")
    numbers.shuffle(sections)
    text = "\n".join([head, *sections * numbers.randint(1, 2)])
    lines = text.splitlines()
    for _change in range(numbers.randint(1, 4)):
        place = numbers.randrange(len(lines))
        name = lines[place].split("=")[0]
        lines[place] = numbers.choice((f"{name}={numbers.choice(ODD)}", "", f"[{name}]", name))
    assert "\n" not in told(lambda: darknet.parse("\n".join(lines), allow_unknown=allowed))


@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), allowed=st.booleans())
def test_broken_graphs_are_one_line(seed: int, allowed: bool) -> None:
    """ONNX graphs with other attributes, inputs and sizes than they should have."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    from cnncalc.importers.onnx import from_onnx

    model = onnx.ModelProto.FromString((CORPUS / "small.onnx").read_bytes())
    numbers = random.Random(seed)
    for _change in range(numbers.randint(1, 4)):
        node = numbers.choice(model.graph.node)
        names = [name for other in model.graph.node for name in (*other.input, *other.output)]
        kind = numbers.randrange(5)
        if kind == 0 and node.attribute:
            attribute = numbers.choice(node.attribute)
            attribute.i = numbers.choice((-1, 0, 7, 2**62))
            attribute.ints[:] = [numbers.choice((-1, 0, 1, 3, 2**62)) for _size in range(numbers.randrange(5))]
        elif kind == 1 and node.input:
            node.input[numbers.randrange(len(node.input))] = numbers.choice((*names, "nobody", ""))
        elif kind == 2:
            tensor = numbers.choice(model.graph.initializer)
            tensor.dims[:] = [numbers.choice((-1, 0, 1, 3, 2**62)) for _size in range(numbers.randrange(5))]
        elif kind == 3:
            node.op_type = numbers.choice([other.op_type for other in model.graph.node] + ["Loop", "Pad", "Resize"])
        else:
            del node.input[numbers.randrange(len(node.input) + 1) :]
    assert "\n" not in told(lambda: from_onnx(model, allow_unknown=allowed))


def test_a_program_without_a_graph_is_refused() -> None:
    """The reader of programs itself takes only what has the form of one."""
    with pytest.raises((KeyError, TypeError, AttributeError)):
        network(from_json({"graph_module": {}}), allow_unknown=False)
