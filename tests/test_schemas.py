"""JSON Schemas: every answer in JSON keeps to its schema, and a released schema only grows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from cnncalc.cli import COMMANDS
from cnncalc.schemas import names, schema
from tests.conftest import Called

FROZEN = Path(__file__).with_name("schemas")
EXAMPLES = [
    (name, example) for name in COMMANDS for example in vars(import_module(f"cnncalc.cli.{name}")).get("EXAMPLES", ())
]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples that write a file do so where nothing is."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_examples_of_the_help_run(cnncalc: Called, name: str, example: str) -> None:
    """What the help gives as an example can be typed and answers."""
    assert shlex.split(example)[0] == name
    code, _out, err = cnncalc(*shlex.split(example))
    assert code in (0, 1), err
    assert err == ""


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_json_keeps_to_its_schema(cnncalc: Called, name: str, example: str) -> None:
    """The JSON of every example is valid under the schema that it names; a text is refused as JSON."""
    words = [word for word in shlex.split(example) if word != "--json"]
    for option in ("--get", "--format", "-o"):
        if option in words:
            at = words.index(option)
            del words[at : at + 2]
    code, out, err = cnncalc(*words, "--json")
    if "text as it stands" in err:
        return
    assert code in (0, 1), err
    answer = json.loads(out)
    _program, what, _version = answer["schema"].split("/")
    Draft202012Validator(json.loads(schema(what))).validate(answer)


@pytest.mark.parametrize("what", names())
def test_schemas_are_schemas(cnncalc: Called, what: str) -> None:
    """``cnncalc schema`` prints each one, it is a valid schema, and it holds an object to its own name."""
    code, out, _err = cnncalc("schema", what)
    assert code == 0
    document = json.loads(out)
    Draft202012Validator.check_schema(document)
    with pytest.raises(ValidationError, match="is a required property"):
        Draft202012Validator(document).validate({})


@pytest.mark.parametrize("what", names())
def test_a_released_schema_only_grows(what: str) -> None:
    """Everything the frozen copy in tests/schemas promises is still promised."""
    assert (FROZEN / f"{what}.json").exists(), "a new schema: copy it to tests/schemas when it is ready for release"
    frozen = json.loads((FROZEN / f"{what}.json").read_text("utf-8"))
    assert list(broken(frozen, json.loads(schema(what)))) == []


def broken(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Where ``new`` no longer promises what ``old`` did: a key gone or changed, or no longer required."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in ("title", "description", "$comment"):
                continue
            if key not in new:
                yield f"{path}/{key} is gone"
            else:
                yield from broken(value, new[key], f"{path}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and path.endswith(("/required", "/enum", "/allOf")):
        yield from (f"{path} lacks {item}" for item in old if item not in new)
    elif old != new:
        yield f"{path} was {old!r} and is {new!r}"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"properties": {"a": {"type": "integer"}}}, {"properties": {}}, ["/properties/a is gone"]),
        ({"type": "integer"}, {"type": "string"}, ["/type was 'integer' and is 'string'"]),
        ({"required": ["a", "b"]}, {"required": ["b"]}, ["/required lacks a"]),
        ({"properties": {}}, {"properties": {"a": {}}, "title": "new"}, []),
        ({"required": ["a"], "title": "x"}, {"required": ["a", "b"], "title": "y"}, []),
    ],
)
def test_a_schema_that_shrinks_is_noticed(old: Any, new: Any, found: list[str]) -> None:
    """Losing or changing a promise is found; new ones are welcome."""
    assert list(broken(old, new)) == found
