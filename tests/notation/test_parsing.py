"""The notation: what every form of it means, that it reads back, and that nothing makes it run away."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc.errors import NotationError
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Network, Node, chain
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from tests.any_network import networks


def edges(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each layer's name and the names of what it reads."""
    nodes = parse(text).nodes
    return [(n.name, tuple("input" if i == INPUT else nodes[i].name for i in n.inputs)) for n in nodes]


@given(networks())
@settings(max_examples=250, deadline=None)
def test_any_network_reads_back(network: Network) -> None:
    """``parse(show(n)) == n`` for every graph: side outputs, inputs read twice, many branches, odd names, ties."""
    assert parse(show(network)) == network


@given(networks(largest=8))
@settings(max_examples=100, deadline=None)
def test_any_network_reads_back_from_lines(network: Network) -> None:
    """The layout over lines says the same."""
    assert parse(show(network, lines=True)) == network


def test_a_merge_whose_branch_is_another_merge_and_its_own_input() -> None:
    """Branches that overlap are not bracketed twice: a graph that once came out wrong."""
    conv, add = Conv(1), Merge("add")
    nodes = [(conv, (INPUT,)), (conv, (0,)), (conv, (0,)), (conv, (0,)), (add, (0, 3)), (add, (4, 3))]
    network = Network(tuple(Node(layer, inputs, f"n{i}") for i, (layer, inputs) in enumerate(nodes)))
    assert parse(show(network)) == network


@given(st.text(alphabet='conv3add(|)@x2 :,-/"#\n.ep1tied', max_size=40))
@example('conv3,tied:"')
@example("conv3 add( | )x2x2")
@settings(max_examples=400)
def test_any_text_is_a_network_or_a_notation_error(text: str) -> None:
    """No text does anything else, and what is a network reads back."""
    try:
        network = parse(text)
    except NotationError:
        return
    assert parse(show(network)) == network


# what it means


def test_words_follow_one_another() -> None:
    """Steps in a row read each other, and are named by keyword and number."""
    assert edges("conv3-64 conv3-64 maxpool2") == [
        ("conv1", ("input",)),
        ("conv2", ("conv1",)),
        ("maxpool1", ("conv2",)),
    ]


def test_a_plain_stack_is_a_chain() -> None:
    """`chain` and the notation agree, names included."""
    assert parse("input 32x32x3 conv3-8,p1 x3") == chain([Conv(3, 8, padding=1)] * 3, Shape((32, 32), 3))


def test_repeats() -> None:
    """x3 repeats a layer, a merge or a block, and a bracket may touch it."""
    assert len(parse("conv3 x3 (relu conv1)x2 add( conv3 | ) x2")) == 3 + 4 + 4
    assert parse("conv3 ×3") == parse("conv3 x3")


def test_an_empty_branch_is_the_shortcut() -> None:
    """The branches of a merge begin at one place, and an empty one passes it on."""
    assert edges("relu add( conv3 | ) relu")[2] == ("add1", ("conv1", "relu1"))
    assert edges("concat( | )") == [("concat1", ("input", "input"))]


def test_branches_may_be_merges() -> None:
    """Merges stand inside merges, of more than two branches."""
    merged = dict(edges("add( conv1 | conv1 mul( | relu ) | )"))
    assert merged["add1"] == ("conv1", "mul1", "input")
    assert merged["mul1"] == ("conv2", "relu1")


def test_references() -> None:
    """@name goes on from an earlier step, and @input from the input."""
    assert edges("c: conv3 relu concat( @c | @input | )")[-1] == ("concat1", ("c", "input", "relu1"))
    assert edges("conv3 relu @conv1 bn")[-1] == ("bn1", ("conv1",))


def test_the_name_of_a_block_is_its_last_layer() -> None:
    """A block puts its name before the names inside, and stands for where it ends."""
    assert edges("enc: ( conv3 relu ) maxpool2 concat( @enc | up2 )") == [
        ("enc.conv1", ("input",)),
        ("enc.relu1", ("enc.conv1",)),
        ("maxpool1", ("enc.relu1",)),
        ("up1", ("maxpool1",)),
        ("concat1", ("enc.relu1", "up1")),
    ]


def test_copies_of_a_named_block_are_numbered() -> None:
    """Each copy has its number, and so have the copies of a named layer; the name alone is the last one."""
    assert [name for name, _inputs in edges("s: ( conv3 relu ) x2 c: conv1 x2")] == [
        *("s.1.conv1", "s.1.relu1", "s.2.conv1", "s.2.relu1"),
        *("c.1", "c.2"),
    ]
    assert edges("s: ( conv3 ) x2 @s.1 relu @s bn")[2:] == [("relu1", ("s.1.conv1",)), ("bn1", ("s.2.conv1",))]


def test_references_look_around_from_the_inside_out() -> None:
    """In a block the nearest step of a name is meant; a name in quotes is the full one."""
    inner = "conv1: relu a: ( conv1: bn relu add( @conv1 | ) )"
    assert edges(inner)[-1] == ("a.add1", ("a.conv1", "a.relu1"))
    assert edges(inner.replace("@conv1", '@"conv1"'))[-1] == ("a.add1", ("conv1", "a.relu1"))


def test_automatic_names_leave_out_written_ones() -> None:
    """A number that is written as a name anywhere is not given to another layer."""
    assert [name for name, _inputs in edges("conv3 conv3 conv1: conv3")] == ["conv2", "conv3", "conv1"]


def test_names_in_quotes() -> None:
    """Any text can be a name; a layer called input is told from the input by its quotes."""
    assert edges('"my layer": conv3 "input": relu add( @"my layer" | @"input" | @input )')[-1] == (
        "add1",
        ("my layer", "input", "input"),
    )


def test_shared_weights() -> None:
    """tied:NAME uses an earlier layer's weights, in copies too."""
    nodes = parse("a: ( c: conv3-8 ) conv3-8,tied:a.c x2").nodes
    assert [node.tied for node in nodes] == ["", "a.c", "a.c"]


def test_comments_and_lines() -> None:
    """# to the end of the line says nothing; lines are white space."""
    assert parse("conv3 # the first (\n\n  relu # )\n") == parse("conv3 relu")


def test_vectors_and_sequences_as_inputs() -> None:
    """An input may have no axis or three; equal numbers need a c that tells which are channels."""
    assert parse("input 784 fc10").input == Shape((), 784)
    assert parse("input 16x16c conv3").input == Shape((16,), 16)
    assert show(parse("input 16x16c conv3")) == "input 16x16c conv3"


# how it is written


@pytest.mark.parametrize(
    "text",
    [
        "conv3-64,same x2 maxpool2 conv3-128,same x2 maxpool2",
        "( conv3-64 relu ) x2 maxpool2 fc-10",
        "relu ( conv3 relu ) x4",
        "add( conv3,p1 bn relu conv3,p1 bn | ) relu",
        "( add( conv3,p1 bn relu conv3,p1 bn | ) relu ) x3",
        "mul( | globalavgpool conv1-8 relu conv1-64 sigmoid ) conv1-64",
        "concat( conv1-8 | conv1-8 conv3-8,p1 | maxpool3/1,p1 conv1-8 )",
        "add( add( conv1 | conv1 ) | conv3,p1 )",
        "enc: ( conv3 relu ) x2 maxpool2 relu",
        "a: ( b: ( conv3 ) x2 relu ) x3",
        "c: conv3 x2 relu",
        "stage: ( conv3 conv1 ) x2 @stage.1 relu",
        "conv3 relu concat( @conv1 crop,p2 | )",
        '"my layer": conv3 relu @"my layer" bn',
        "conv3-8 conv3-8,tied:conv1 x2",
        "input 5x5c a: ( conv3 ) @input relu",
    ],
)
def test_it_is_written_as_a_person_would(text: str) -> None:
    """Branches in place, blocks under their names, repeats folded: these texts come back as they are."""
    assert show(parse(text)) == text


def test_long_skips_are_written_by_name() -> None:
    """A U-Net's skips go by name, not as a shortcut around hundreds of layers."""
    middle = "conv3,p1 relu " * 60
    text = f"enc: ( conv3 relu ) maxpool2 {middle}up2 concat( @enc | )"
    assert "concat( @enc | )" in show(parse(text))


def test_lines_are_short_and_indented() -> None:
    """Over lines, what does not fit is opened, one branch after the other."""
    unit = "conv1-64,nobias bn relu conv3-64,p1,nobias bn relu conv1-256,nobias bn"
    text = show(parse(f"conv7-64/2 bn relu add( {unit} | conv1-256,nobias bn x2 ) relu fc10"), lines=True)
    assert text.splitlines()[:3] == ["conv7-64/2 bn relu", "add(", "  conv1-64,nobias bn relu"]
    assert ") relu" in text.splitlines()
    assert max(map(len, text.splitlines())) <= 100


# bounds


@pytest.mark.parametrize(
    "text",
    [
        "((conv3 x1000) x1000) x1000",
        "conv3 x1000001",
        f"conv3 x{'9' * 5000}",
        "conv3 x600000 relu x600000",
        "(" * 20 + "conv3" + " x1000000)" * 20,
        "((( @input ) x1000) x1000) x1000 conv3",
        "((( ) x1000) x1000) x1000 conv3",
        f"{'a' * 900}: ( conv3 x1000000 )",
        f"( {'a' * 900}: ( ) ) x1000000 conv3",
        f"{'a' * 1001}: conv3",
        "(" * 101 + "conv3" + ")" * 101,
        "add(" * 5000,
        "a:( " * 3000,
        "x" * 100_000,
        "conv3" + ",p1" * 50_000,
        "conv" + "3x" * 50_000,
        '"' + "\\" * 100_000,
        "conv3 " * 10 + "@" + "b" * 100_000,
    ],
    ids=lambda text: text[:24],
)
def test_nothing_runs_away(text: str) -> None:
    """Depth, repeats, layers, names and numbers have bounds that hold before anything is built; one short message."""
    with pytest.raises(NotationError, match=r"\n  ") as caught:
        parse(text)
    assert len(str(caught.value)) < 600
    assert len(str(caught.value).splitlines()) == 3


def test_a_text_has_a_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer is not even looked at."""
    monkeypatch.setattr("cnncalc.notation.parsing.MOST_CHARACTERS", 10)
    with pytest.raises(NotationError, match=r"^a text of 11 characters is too long: 10 are allowed$"):
        parse("conv3 relu ")


def test_a_text_has_a_largest_number_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets and bars that make no layer are bounded as well."""
    monkeypatch.setattr("cnncalc.notation.parsing.MOST_STEPS", 10)
    with pytest.raises(NotationError, match=r"^more than 10 words and brackets are too many"):
        parse("concat(" + "|" * 10 + ")")


def test_many_written_names_and_many_blocks() -> None:
    """Numbers that are written are left out once for all blocks: five thousand of each are no more than ten."""
    written = " ".join(f"conv{number}: relu" for number in range(1, 5001))
    network = parse(f"{written} a: ( conv3 ) x5000")
    assert network.nodes[-1].name == "a.5000.conv5001"
    assert parse(show(network)) == network


def test_a_name_that_is_not_there_among_many() -> None:
    """Looking for the nearest name does not take longer the more names there are."""
    with pytest.raises(NotationError, match=r"did you mean conv20000\?"):
        parse("conv3 x20000 @cnov20000 relu")


def test_deep_nesting_within_the_bound_works() -> None:
    """A hundred brackets are fine, to read and to write."""
    text = "add( conv1 | " * 100 + ")" * 100
    assert parse(show(parse(text))) == parse(text)


def test_a_hundred_thousand_layers() -> None:
    """Large networks read and write in one go: with distinct words, and folded."""
    plain = " ".join(f"conv3-{width % 3000 + 1},p1" for width in range(100_000))
    assert len(parse(plain)) == 100_000
    network = parse(plain[: plain.index("conv3-1,p1", 200_000)])
    assert parse(show(network)) == network
    folded = "stage: ( add( conv3,p1 bn relu | ) ) x5000"
    assert show(parse(folded)) == folded


def test_a_network_of_deep_names_reads_back() -> None:
    """Names with more dots than there may be brackets are written with their dots."""
    names = ["a." * depth + "b" for depth in range(0, 150, 5)]
    network = Network(tuple(Node(Conv(1), (index - 1,), name) for index, name in enumerate(names)))
    assert parse(show(network)) == network


def test_a_merge_of_many_branches_reads_back() -> None:
    """A merge of more branches than are written in place goes by names."""
    nodes = [Node(Conv(1), (INPUT,), f"c{index}") for index in range(200)]
    network = Network((*nodes, Node(Merge("add"), tuple(range(200)), "sum")))
    assert parse(show(network)) == network
