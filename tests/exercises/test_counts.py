"""The judge of answers: right ones pass, wrong ones are told by the fewest slips, and the told formula is the number."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.comparison.rows import ROWS, Spec
from cnncalc.errors import CnncalcError
from cnncalc.exercises.answers import AnswerError, written
from cnncalc.exercises.counts import QUANTITIES, SLIPS, _products, exercise, judge, solve
from cnncalc.exercises.slips import Slip, diagnose, mistakes
from cnncalc.shapes import Shape
from tests import plain

COLOUR = Spec(Shape((224, 224), 3), 3, 64)
GREY = Spec(Shape((28, 28), 1), 3, 32)
NAMED = {slip.name: slip for slip in SLIPS}

specs = st.builds(
    Spec,
    shape=st.builds(Shape, st.tuples(st.integers(6, 12), st.integers(6, 12)), st.sampled_from((1, 2, 4))),
    kernel=st.sampled_from((1, 2, 3, (1, 3))),
    filters=st.sampled_from((1, 4, 8)),
    stride=st.sampled_from((1, 2)),
    padding=st.sampled_from((0, 1, "same")),
    dilation=st.sampled_from((1, 2)),
    groups=st.sampled_from((1, 1)),
    bias=st.booleans(),
    units=st.integers(1, 20),
)
questions = st.tuples(st.sampled_from(tuple(ROWS)), st.sampled_from(("parameters", "weights", "macs", "outputs")))


@given(specs, questions)
def test_the_right_answer_is_right(spec: Spec, question: tuple[str, str]) -> None:
    """The row's own number is accepted, for every row and quantity."""
    of = ".".join(question)
    right = int(solve(exercise(spec, of))[0])
    report = judge(spec, of, str(right))
    assert report.verdict
    assert report.title.startswith(f"{right:,} is right")


@settings(max_examples=60)
@given(specs, questions, st.data())
def test_a_mistake_is_told_by_no_more_slips_than_made(
    spec: Spec, question: tuple[str, str], data: st.DataObject
) -> None:
    """Whatever one or two slips lead to is diagnosed, by as few, and the formula told evaluates to the answer."""
    of = ".".join(question)
    made = list(mistakes(exercise(spec, of), SLIPS, solve))
    if not made:
        return
    mistake = data.draw(st.sampled_from(made))
    if len(mistake.value) > 1:
        return
    report = judge(spec, of, str(int(mistake.value[0])))
    assert not report.verdict
    assert 1 <= len(report.data["slips"]) <= len(mistake.slips)
    assert plain.evaluate(report.data["mistaken"]) == int(mistake.value[0])
    assert plain.evaluate(report.data["worked"]) == report.data["right"]


@pytest.mark.parametrize(
    ("spec", "of", "answer", "slips", "formula"),
    [
        (COLOUR, "conv", 640, ["one_input_channel"], "64·(3·3 + 1)"),
        (COLOUR, "conv", 1728, ["no_bias"], "64·3·3·3"),
        (COLOUR, "conv", 1729, ["one_bias"], "64·3·3·3 + 1"),
        (COLOUR, "conv", 1728 + 222 * 222 * 64, ["bias_per_output"], "64·3·3·3 + 222·222·64"),
        (COLOUR, "conv", 576, ["one_input_channel", "no_bias"], "64·3·3"),
        (COLOUR, "conv", 577, ["one_input_channel", "one_bias"], "64·3·3 + 1"),
        (COLOUR, "conv", 88_316_928, ["as_local"], "222·222·64·(3·3·3 + 1)"),
        (COLOUR, "conv", 31_541_760, ["one_input_channel", "as_local"], "222·222·64·(3·3 + 1)"),
        (COLOUR, "conv", 28, ["one_filter"], "3·3·3 + 1"),
        (COLOUR, "conv", 222 * 222 * 64 * 27, ["gives_macs"], "222·222·64·3·3·3"),
        (COLOUR, "local", 1792, ["as_shared"], "64·(3·3·3 + 1)"),
        (COLOUR, "local", 640, ["one_input_channel", "as_shared"], "64·(3·3 + 1)"),
        (COLOUR, "local", 85_162_816, ["bias_per_filter"], "222·222·64·3·3·3 + 64"),
        (COLOUR, "local", 224 * 224 * 64 * 28, ["input_grid"], "224·224·64·(3·3·3 + 1)"),
        (COLOUR, "local", 221 * 221 * 64 * 28, ["forgets_one"], "221·221·64·(3·3·3 + 1)"),
        (COLOUR, "local", 223 * 223 * 64 * 28, ["adds_one"], "223·223·64·(3·3·3 + 1)"),
        (COLOUR, "local", 31_360_000, ["one_input_channel", "rounded"], "49,000·64·(3·3 + 1)"),
        (COLOUR, "local", 224 * 224 * 64 * 27, ["no_bias", "input_grid"], "224·224·64·3·3·3"),
        (COLOUR, "dense", 4096 * 224 * 224, ["one_input_channel", "no_bias"], "4,096·224·224"),
        (COLOUR, "dense_same", 224 * 224 * 64 * 150_529, ["input_grid"], "224·224·64·(224·224·3 + 1)"),
        (COLOUR, "conv.macs", 222 * 222 * 64 * 9, ["one_input_channel"], "222·222·64·3·3"),
        (COLOUR, "conv.macs", 222 * 222 * 64 * 28, ["gives_connections"], "222·222·64·(3·3·3 + 1)"),
        (COLOUR, "conv.positions", 222 * 222 * 64, ["gives_outputs"], "222·222·64"),
        (Spec(Shape((32, 32), 16), 3, 32, groups=4), "conv", 32 * 145, ["all_channels"], "32·(3·3·16 + 1)"),
        (Spec(Shape((32, 32), 16), 3, 32, bias=False), "conv", 32 * 145, ["needless_bias"], "32·(3·3·16 + 1)"),
        (Spec(Shape((32, 32), 16), 3, 16), "depthwise", 16 * 145, ["all_channels"], "16·(3·3·16 + 1)"),
        (Spec(Shape((10,), 1), 3, 2, padding=1), "local", 64, ["no_padding"], "8·2·(3·1 + 1)"),
        (GREY, "conv", 896, ["three_channels"], "32·(3·3·3 + 1)"),
        (GREY, "conv", 864, ["three_channels", "no_bias"], "32·3·3·3"),
        (GREY, "dense", 28 * 28 * 3 * 4096, ["three_channels", "no_bias"], "4,096·28·28·3"),
        (COLOUR, "conv", 224 * 224 * 64 * 28, ["local_over_input"], "224·224·64·(3·3·3 + 1)"),
        (
            *(COLOUR, "conv", 224 * 224 * 64 * 10),
            *(["one_input_channel", "local_over_input"], "224·224·64·(3·3 + 1)"),
        ),
        (GREY, "conv", 28 * 28 * 32 * 10, ["local_over_input"], "28·28·32·(3·3·1 + 1)"),
    ],
)
def test_slips_are_named_with_the_formula_they_lead_to(
    spec: Spec, of: str, answer: int, slips: list[str], formula: str
) -> None:
    """Worked out by hand: the number, the slips behind it, and the wrong formula."""
    report = judge(spec, of, str(answer))
    assert (report.verdict, report.data["slips"], report.data["mistaken"]) == (False, slips, formula)


VGG = Spec(Shape((224, 224), 3), 3, 64, padding=1)


@pytest.mark.parametrize(
    ("of", "answer", "slips", "counts"),
    [
        ("macs", 89_915_392, ["gives_connections"], "counts the bias as a connection"),
        ("macs", 173_408_256, ["gives_flops"], "counts multiplications and additions: FLOPs"),
        ("macs", 176_619_520, ["gives_flops_with_bias"], "counts multiplications and additions, those of the bias too"),
        ("macs", 175_588_864, ["gives_flops_of_products_with_bias"], "leaves out the products with padding"),
        ("flops", 86_704_128, ["gives_macs"], "counts the MACs"),
        ("flops", 173_408_256, [], "is right"),
    ],
)
def test_an_answer_that_is_right_under_another_convention_is_told_so(
    of: str, answer: int, slips: list[str], counts: str
) -> None:
    """The first layer of VGG-16 (86,704,128 MACs) as tools print it, each run and read.

    torchinfo and ptflops: 89,915,392; PyTorch's FlopCounterMode and torchscan: 173,408,256; calflops and DeepSpeed:
    176,619,520; Flax: 175,588,864.
    """
    report = judge(VGG, f"conv.{of}", str(answer))
    assert report.data["slips"] == slips
    assert counts in report.title


@given(specs, st.sampled_from(("local", "conv")))
def test_products_are_those_whose_input_is_there(spec: Spec, row: str) -> None:
    """Every place of the window and every tap looked at: the products that are no multiplication by padding."""
    asked = exercise(spec, row)
    taken = (asked.window.sides(axis, size)[0] for axis, size in enumerate(spec.shape.space))  # type: ignore[union-attr]
    inside = 1
    for axis, before in enumerate(taken):
        places = range(int(asked.output.space[axis]))
        kernel = spec.kernel[axis] if isinstance(spec.kernel, tuple) else spec.kernel
        inputs = (p * spec.stride + t * spec.dilation - before for p in places for t in range(kernel))  # type: ignore[arg-type, operator]
        inside *= sum(0 <= place < spec.shape.space[axis] for place in inputs)
    assert _products(asked) == (inside * spec.filters * spec.shape.channels,)


def test_the_whole_line_for_every_outcome() -> None:
    """The whole line for one slip, for two, for none, and for a right answer."""
    lines = [judge(COLOUR, "conv", answer).title for answer in ("640", "576", "641", "1,792")]
    assert lines == [
        "640 is not it: that forgets the 3 input channels (64·(3·3 + 1)); it is 64·(3·3·3 + 1) = 1,792",
        "576 is not it: that forgets the 3 input channels and forgets the bias (64·3·3); it is 64·(3·3·3 + 1) = 1,792",
        "641 is not it, and none of the usual slips gives it; it is 64·(3·3·3 + 1) = 1,792",
        "1,792 is right: 64·(3·3·3 + 1) = 1,792",
    ]


def test_shapes_are_answers_too() -> None:
    """The output shape is asked for and judged like a number, slips and all."""
    assert judge(COLOUR, "conv.output", "222x222x64").verdict
    strided = Spec(Shape((63, 63), 16), 7, 32, stride=2)
    answers = {
        "29x29x32": [],
        "32x29x29": ["gives_channels_first"],
        "29x29": ["gives_space"],
        "63x63x32": ["input_grid"],
        "28x28x32": ["forgets_one"],
        "57x57x32": ["no_stride"],
    }
    assert {answer: judge(strided, "conv.output", answer).data["slips"] for answer in answers} == answers


def test_of_several_slips_the_fewest_are_named() -> None:
    """36 is one slip (no bias) and two others as well; the one is named."""
    gray = Spec(Shape((5, 5), 2), 3, 2)
    both = [found for found in mistakes(exercise(gray, "conv"), SLIPS, solve) if found.value == (36,)]
    assert {len(found.slips) for found in both} == {1, 2}
    assert judge(gray, "conv", "36").data["slips"] == ["no_bias"]


def test_slips_of_one_family_are_never_made_together() -> None:
    """Nobody forgets the bias and counts one in all at once."""
    for mistake in mistakes(exercise(COLOUR, "local"), SLIPS, solve):
        families = [slip.family for slip in mistake.slips]
        assert len(set(families)) == len(families)


def test_the_judge_can_be_wrong() -> None:
    """Without its slip a mistake is not found, so a diagnosis is the work of the slip that it names."""
    asked = exercise(COLOUR, "conv")
    kept: list[Slip] = [slip for slip in SLIPS if slip.name != "one_input_channel"]
    assert diagnose((640,), asked, SLIPS, solve) is not None
    assert diagnose((640,), asked, kept, solve) is None


def test_every_slip_happens_somewhere() -> None:
    """No slip is dead: each changes the answer to some question."""
    pools = [
        COLOUR,
        Spec(Shape((9, 9), 4), 3, 8, stride=2, padding=1, dilation=2, groups=2),
        Spec(Shape((10, 10), 4), 3, 8, stride=2, bias=False),
    ]
    happened = set()
    for spec in pools:
        for row in ROWS:
            for quantity in QUANTITIES:
                for mistake in mistakes(exercise(spec, f"{row}.{quantity}"), SLIPS, solve, most=1):
                    happened |= {slip.name for slip in mistake.slips}
    assert happened == set(NAMED)


@pytest.mark.parametrize("answer", ["", "abc", "12.5", "-3", "1x2x3x4x5", "9" * 300, "½", "٣"])
def test_an_answer_that_is_no_number_is_refused(answer: str) -> None:
    """One line that says what an answer looks like."""
    with pytest.raises(AnswerError, match="is not an answer: give a whole number such as 1792, or a shape"):
        judge(COLOUR, "conv", answer)


@pytest.mark.parametrize(
    ("of", "near"),
    [("conv.params", "conv.parameters"), ("cnov", "conv"), ("locl.mac", "local.macs"), ("conv.macs.more", "conv.macs")],
)
def test_a_question_with_a_slip_of_the_pen_gets_the_nearest(of: str, near: str) -> None:
    """Row and quantity each for itself."""
    with pytest.raises(AnswerError, match=f"^there is no {of}: did you mean {near}\\?$"):
        judge(COLOUR, of, "1")


@pytest.mark.parametrize("of", ["rnn", "conv.colour", "conv.", ".macs", ""])
def test_a_question_that_is_none_is_refused(of: str) -> None:
    """A row or a quantity that there is not is named, with those there are."""
    with pytest.raises(AnswerError, match=f"^there is no {re.escape(of)}: take a row \\(dense, dense_same"):
        judge(COLOUR, of, "1")


def test_a_window_that_does_not_fit_is_no_slip() -> None:
    """Forgetting the padding is not offered where the kernel would then not fit at all."""
    tight = Spec(Shape((3, 3), 1), 5, 1, padding=1)
    names = {slip.name for found in mistakes(exercise(tight, "local"), SLIPS, solve) for slip in found.slips}
    assert "no_padding" not in names


def test_slips_do_not_hide_bugs() -> None:
    """Only what a user can cause is taken for a slip that makes no sense; a programming error comes through."""

    def broken(_exercise: int) -> int:
        raise ZeroDivisionError

    def refused(_exercise: int) -> int:
        raise CnncalcError

    says = str
    assert list(mistakes(1, [Slip("refused", "a", refused, says)], lambda number: number)) == []
    with pytest.raises(ZeroDivisionError):
        list(mistakes(1, [Slip("broken", "a", broken, says)], lambda number: number))


@pytest.mark.parametrize("pair", list(combinations(("one_input_channel", "no_bias", "input_grid"), 2)), ids="+".join)
def test_two_slips_are_one_after_the_other(pair: tuple[str, str]) -> None:
    """The number of two slips is that of making the first and then the second, and both are named."""
    asked = exercise(COLOUR, "local")
    mistaken = asked
    for name in pair:
        mistaken = NAMED[name].mistake(mistaken) or mistaken
    report = judge(COLOUR, "local", str(int(solve(mistaken)[0])))
    assert report.data["slips"] == list(pair)
    assert report.data["mistaken"] == written(solve(mistaken))
