"""``--like``: lines that add up, and one line for what was not measured."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from cnncalc.cli.options import Like
from cnncalc.layers import KEYWORDS
from cnncalc.loading import load
from cnncalc.peers import as_counted_by, line, measured
from cnncalc.peers.tools import TOOLS
from cnncalc.schemas import schema
from tests.conftest import Called

CONV = ("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64", "--padding", "1", "--compare", "conv")


def test_a_line_says_what_makes_the_difference(cnncalc: Called) -> None:
    """One convolution: torchinfo counts the addition of each bias as a multiply-add."""
    code, out, err = cnncalc(*CONV, "--like", "torchinfo", "--format", "markdown")
    assert (code, err) == (0, "")
    assert "torchinfo: 89,915,392 = 86,704,128 + 3,211,264 bias additions counted as multiply-adds" in out
    assert "torchinfo, parameters: 1,792, the parameters counted here" in out


@pytest.mark.parametrize(
    ("tool", "field", "number"),
    [
        ("torchinfo", "mult-adds", 89_915_392),
        ("thop", "MACs", 86_704_128),
        ("ptflops", "MACs", 89_915_392),
        ("fvcore", "flops", 86_704_128),
        ("torch", "FLOPs", 173_408_256),
        ("calflops", "FLOPs", 176_619_520),
        ("onnx-tool", "MACs", 89_915_392),
        ("keras", "parameters", 1_792),
    ],
)
def test_the_same_convolution_in_eight_tools(cnncalc: Called, tool: str, field: str, number: int) -> None:
    """What each tool printed for a convolution of 64 3×3 filters on 224×224×3, written down when it was run."""
    path = f"like.rows.conv.counts.{field}.total"
    assert cnncalc(*CONV, "--like", tool, "--get", path) == (0, f"{number}\n", "")


NETWORKS = {name: load(name) for name in ("resnet18", "vgg11-bn", "mobilenet-v2", "unet", "dcgan-generator")}
MEASURED = [
    (tool, name)
    for tool, peer in TOOLS.items()
    for name, network in NETWORKS.items()
    if all(measured(peer, node.layer) for node in network.nodes)
]


@pytest.mark.parametrize(("tool", "name"), MEASURED)
def test_lines_add_up(tool: str, name: str) -> None:
    """Every number in a line, with its sign, adds up to the first one."""
    network = NETWORKS[name]
    for number in as_counted_by(tool, network):
        text = line(tool, number)
        total, _equals, terms = text.partition(": ")[2].replace(",", "").partition(" = ")
        signed = re.findall(r"(?:^|([+−]) )(\d+)", terms)
        if signed:
            assert sum(int(digits) * (-1 if sign == "−" else 1) for sign, digits in signed) == int(total), text
        else:
            assert int(re.findall(r"\d+", total)[0]) == number.ours


def test_json_keeps_to_the_schemas(cnncalc: Called) -> None:
    """``like`` of both commands, with its rules, is what the schemas promise."""
    for what, words in (("params", CONV), ("summary", ("summary", "resnet18", "--depth", "1"))):
        code, out, _err = cnncalc(*words, "--like", "onnx-tool", "--json")
        assert code == 0
        answer = json.loads(out)
        Draft202012Validator(json.loads(schema(what))).validate(answer)
        assert answer["like"]["version"] == TOOLS["onnx-tool"].version


def test_rows_a_tool_has_no_layer_for_are_named(cnncalc: Called) -> None:
    """No framework has a locally connected layer today: the other rows are answered, and that one is named."""
    code, out, _err = cnncalc(*CONV[:-1], "conv,local", "--like", "torchinfo", "--format", "markdown")
    assert code == 0
    assert "torchinfo, conv: 89,915,392 = " in out
    assert "torchinfo has no layer like local" in out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("summary", "resnet18", "--like", "torchinfi"), "there is no tool torchinfi: did you mean torchinfo?"),
        (("summary", "resnet18", "--like", ""), "there is no tool : take one of torchinfo, thop"),
        (("summary", "vit-b16", "--like", "onnx-tool"), "how onnx-tool counts tokens1 (tokens) was not measured"),
        ((*CONV, "--like", "thop", "--explain"), "--explain and --like are two questions: leave one out"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(cnncalc: Called, words: tuple[str, ...], problem: str) -> None:
    """Unknown tools, layers nobody measured, two questions: exit code 2 and one line."""
    code, out, err = cnncalc(*words)
    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_every_tool_was_measured_on_a_published_network() -> None:
    """No tool refuses all of them."""
    assert {tool for tool, _name in MEASURED} == set(TOOLS)


def test_tools_are_listed_where_people_look() -> None:
    """The help names every tool, and every keyword in the table is one of the notation."""
    option = Like.__metadata__[0]  # type: ignore[attr-defined]
    assert option.help.endswith(": " + ", ".join(TOOLS))
    assert {keyword for tool in TOOLS.values() for keyword in tool.layers} <= set(KEYWORDS)
    assert option.autocompletion("tor") == ["torchinfo", "torch"]


def test_a_transformer_in_thop(cnncalc: Called) -> None:
    """ViT-B/16 has 86,567,656 parameters; thop 0.1.1 printed 58,067,176, for it sees no attention and no embedding."""
    path = "like.counts.parameters.total"
    assert cnncalc("summary", "vit-b16", "--like", "thop", "--get", path) == (0, "58067176\n", "")


@pytest.mark.parametrize(
    ("of", "tool", "answer", "code", "line"),
    [
        ("conv.macs", "torchinfo", "89915392", 0, "89,915,392 is right: 86,704,128 + 3,211,264 = 89,915,392"),
        ("conv.macs", "torchinfo", "89.9M", 0, "89.9M is right: 86,704,128 + 3,211,264 = 89,915,392"),
        ("conv.macs", "torchinfo", "86704128", 1, "that leaves out 3,211,264 bias additions counted as multiply-adds;"),
        (
            "conv.flops",
            "calflops",
            "86704128",
            1,
            "that is the number that it calls MACs; it is 173,408,256 + 3,211,264",
        ),
        ("conv", "torch", "173408256", 2, "torch prints no parameters: ask it for --of conv.flops"),
        ("local", "thop", "1", 2, "how thop counts local1 (local) was not measured"),
        ("conv.macs", "thop", "many", 2, "many is not an answer"),
    ],
)
def test_an_answer_is_judged_by_what_the_tool_prints(
    cnncalc: Called, of: str, tool: str, answer: str, code: int, line: str
) -> None:
    """With --like an answer is right if the tool prints it; a rule left out, or another of its numbers, is named."""
    given, out, err = cnncalc(*CONV[:-2], "--of", of, "--like", tool, "--answer", answer, "--format", "plain")
    assert given == code
    assert line in (out if code < 2 else err)


def test_a_judged_answer_keeps_to_its_schema(cnncalc: Called) -> None:
    """The answer has its own question and what the tool counts."""
    _code, out, _err = cnncalc(*CONV[:-2], "--of", "conv.macs", "--like", "ptflops", "--answer", "7", "--json")
    answer = json.loads(out)
    Draft202012Validator(json.loads(schema("answer"))).validate(answer)
    assert (answer["right"], answer["like"]["tool"]) == (89_915_392, "ptflops")
