"""What reads a sequence step by step, and what is looked up: against PyTorch's numbers, loops, and the proof."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.analysis import counts, shapes, trace
from cnncalc.counting import count
from cnncalc.errors import LayerError, ShapeError
from cnncalc.layers.embedding import Embedding
from cnncalc.layers.recurrent import Recurrent
from cnncalc.notation.parsing import parse
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape
from cnncalc.verify.compare import verify
from tests.definitions import input_map, pixels
from tests.every_kind import EVERY_KIND


@pytest.mark.parametrize(
    ("layer", "parameters", "products"),
    [
        (Recurrent("lstm", 20), 2560, 4 * 20 * 30),
        (Recurrent("gru", 20), 1920, 3 * 20 * 30),
        (Recurrent("rnn", 20), 640, 20 * 30),
        (Recurrent("lstm", 20, biases=0), 2400, 4 * 20 * 30),
        (Recurrent("lstm", 20, biases=1), 2480, 4 * 20 * 30),
        (Recurrent("gru", 20, bidirectional=True), 3840, 2 * 3 * 20 * 30),
    ],
)
def test_gates_times_inputs_and_units(layer: Recurrent, parameters: int, products: int) -> None:
    """LSTM(10, 20) has 2,560 parameters, GRU(10, 20) 1,920, as PyTorch counts them; seven steps cost seven times one."""
    counted = count(layer, Shape((7,), 10))
    assert (counted.parameters, counted.macs) == (parameters, 7 * products)


@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"bias": False}])
def test_pytorch_has_as_many_parameters(cell: str, options: dict[str, Any]) -> None:
    """The same of PyTorch's own modules."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    module = getattr(torch.nn, cell)(10, 20, **options)
    layer = Recurrent(cell.lower(), 20, options.get("bidirectional", False), 2 if options.get("bias", True) else 0)
    assert count(layer, Shape((7,), 10)).parameters == sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize(
    "text", ["rnn-3", "gru-3,bi", "lstm-3,onebias", "conv3-4,p1 lstm-3,bi gru-2", "conv3-1,p1 embed5-3"]
)
@pytest.mark.parametrize("input", ["9x2", "1x9x2"])
def test_the_proof_agrees(text: str, input: str) -> None:
    """NumPy steps through the sequence, multiplies as often, and is reached by as much."""
    assert verify(parse(text), input).agrees


@pytest.mark.parametrize("reaches", ["nothing", "all"])
def test_a_wrong_reach_is_noticed(reaches: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recurrent layer that is said to read its own step, or all of them, is not proven."""
    from cnncalc.fields import IDENTITY, WHOLE

    wrong = {"nothing": IDENTITY, "all": WHOLE}[reaches]
    monkeypatch.setattr("cnncalc.layers.recurrent.Recurrent.reach", lambda *_size: wrong)
    assert not verify(parse("gru-3"), "9x2").agrees


@pytest.mark.parametrize("op", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("both", [False, True])
def test_a_step_reads_all_before_it(op: str, both: bool) -> None:
    """Units against the definition, one step at a time."""
    layer = Recurrent(op, 2, both)
    followed = trace(parse(f"{op}-2{',bi' if both else ''}"), Shape((6,), 1))
    reads = EVERY_KIND["Recurrent"].reads
    assert reads is not None
    for (step,), bits in reads(layer, input_map((6,))).items():
        places = [place for (place,) in pixels(bits, (6,))]
        read = unit_reads(followed, 0, (step,))
        assert (read.box, read.number) == (((places[0], places[-1]),), (len(places),))


def test_a_row_for_every_number() -> None:
    """10,000 rows of 64 numbers are 640,000 parameters; nothing is multiplied, and 20 words stay 20."""
    counted = count(Embedding(10_000, 64), Shape((20,), 1))
    assert (counted.parameters, counted.macs) == (640_000, 0)
    assert shapes(parse("embed10000-64 lstm-32"), Shape((20,), 1)) == (Shape((20,), 64), Shape((20,), 32))
    assert [c.parameters for c in counts(parse("embed10000-64"), *_shaped("embed10000-64", Shape((20,), 1)))] == [
        640_000
    ]


def _shaped(text: str, input: Shape) -> Any:
    return input, shapes(parse(text), input)


def test_sequences_have_one_axis() -> None:
    """Rows of a picture are no steps, and two numbers choose no row."""
    with pytest.raises(ShapeError, match="lstm: 8x8x3 has positions on several axes"):
        Recurrent("lstm", 4).output(Shape((8, 8), 3))
    with pytest.raises(ShapeError, match="embed: 3 channels, but one number chooses a row"):
        Embedding(10, 4).output(Shape((8,), 3))
    with pytest.raises(LayerError, match="recurrent: op 'lsm' is not known"):
        Recurrent("lsm", 4)
    with pytest.raises(LayerError, match="gru: 3 biases for each gate: take 0, 1 or 2"):
        Recurrent("gru", 4, biases=3)
