"""Where the channels of an input stand: seen from the layers that look at it, or said by a layout."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from cnncalc import from_torch, load, summary_report
from cnncalc.errors import ModelFileError
from cnncalc.library import receptive_fields
from tests.conftest import Called

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn


class Series(nn.Module):  # type: ignore[misc,name-defined]
    """(batch, time, features), as users hold time series: a convolution over time, and a linear layer for each step."""

    def __init__(self) -> None:
        super().__init__()
        self.c, self.l = nn.Conv1d(7, 16, 3, padding=1), nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        return self.l(self.c(x.transpose(1, 2)).transpose(1, 2))


class Steps(Series):
    """The same that begins with the linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.c, self.l = nn.Conv1d(16, 4, 3, padding=1), nn.Linear(7, 16)

    def forward(self, x: Any) -> Any:
        return self.c(torch.relu(self.l(x)).transpose(1, 2))


class Tokens(Series):
    """(batch, channels, length), turned round for a linear layer: the second axis holds the channels all the same."""

    def forward(self, x: Any) -> Any:
        return self.l(x.transpose(1, 2))


class Remembered(Series):
    """A recurrent layer comes first, whose batch stands in front, or behind the steps as PyTorch has it by default."""

    def __init__(self, *, turned: bool) -> None:
        super().__init__()
        self.turned = turned
        self.c, self.l = nn.GRU(7, 16, batch_first=not turned), nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        return self.l(self.c(x.transpose(0, 1) if self.turned else x)[0])


class Viewed(Series):
    """A view looks at the input first, of which nothing is seen."""

    def forward(self, x: Any) -> Any:
        return self.c(x.reshape(1, 60, 7).transpose(1, 2))


@pytest.mark.parametrize(
    ("module", "sizes", "input", "parameters", "field"),
    [
        (Series(), (1, 60, 7), "60x7", 7 * 16 * 3 + 16 + 16 * 4 + 4, 3),
        (Steps(), (1, 60, 7), "60x7", 7 * 16 + 16 + 16 * 4 * 3 + 4, 3),
        (Tokens(), (1, 16, 60), "60x16", 16 * 4 + 4, 1),
        (Remembered(turned=False), (1, 60, 7), "60x7", 3 * 16 * (7 + 16 + 2) + 16 * 4 + 4, 60),
        (Remembered(turned=True), (1, 60, 7), "60x7", 3 * 16 * (7 + 16 + 2) + 16 * 4 + 4, 60),
    ],
    ids=["convolution", "linear", "turned round", "recurrent", "recurrent, steps first"],
)
def test_channels_are_seen_where_layers_take_them(
    module: Any, sizes: tuple[int, ...], input: str, parameters: int, field: int
) -> None:
    """Counts by hand, a field along time and not along features, and the shape as users would say it."""
    module.l.requires_grad_(True)
    network = from_torch(module, torch.zeros(sizes))
    assert str(network.input) == input
    unused = sum(network.unused.values())
    assert summary_report(network).get("total.parameters") == parameters
    assert unused == sum(p.numel() for p in module.parameters()) - parameters
    assert receptive_fields(network).get("rf") == field


def test_steps_in_the_place_of_the_batch_are_not_taken_for_it() -> None:
    """(time, batch, features): what is no batch in front stays unknown, and is counted."""
    module = nn.GRU(7, 16).eval()
    network = from_torch(module, torch.zeros(60, 1, 7))
    assert summary_report(network).get("total.parameters") == 3 * 16 * (7 + 16 + 2)
    assert not all(node.layer.known for node in network.nodes)


def test_an_image_with_channels_last_is_seen() -> None:
    """(batch, height, width, channels) behind a permutation, as from TensorFlow."""

    class Image(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.c = nn.Conv2d(3, 8, 3)

        def forward(self, x: Any) -> Any:
            return self.c(x.permute(0, 3, 1, 2))

    assert str(from_torch(Image(), torch.zeros(1, 20, 30, 3)).input) == "20x30x3"


def test_a_layout_is_said(tmp_path: Path, cnncalc: Called) -> None:
    """What is not seen is the second axis, unless somebody says otherwise; a shape is then laid out so."""
    module = Viewed().eval()
    assert str(from_torch(module, torch.zeros(1, 60, 7)).input) == "7x60"
    said = from_torch(module, torch.zeros(1, 60, 7), layout="BTC")
    assert (str(said.input), receptive_fields(said).get("rf")) == ("60x7", 3)
    assert from_torch(module, "60x7", layout="btc").input == said.input
    path = tmp_path / "m.pt2"
    torch.export.save(torch.export.export(module, (torch.zeros(1, 60, 7),)), path)
    assert load(path, layout="BTC").input == said.input
    assert cnncalc("rf", str(path), "--layout", "BTC", "--get", "rf") == (0, "3\n", "")
    assert cnncalc("halo", str(path), "--layout", "BTC", "--get", "input") == (0, "60x7\n", "")
    assert cnncalc("verify", str(path), "--layout", "BTC", "--get", "agrees") == (0, "true\n", "")


def test_a_layout_is_for_the_files_that_do_not_say_it(tmp_path: Path, cnncalc: Called) -> None:
    """Beside notation, or a second file; an edit of a file has its layout too."""
    first, second = (str(tmp_path / name) for name in ("m.pt2", "n.pt2"))
    torch.export.save(torch.export.export(Viewed().eval(), (torch.zeros(1, 60, 7),)), first)
    copyfile(first, second)
    for other in ("resnet18", second):
        code, out, error = cnncalc("diff", first, other, "--layout", "BTC", "--get", "a.input")
        assert (code, out, error) == (0, "60x7\n", "")
    code, out, error = cnncalc("summary", first, second, "--layout", "BTC", "--get", "networks.1.input")
    assert (code, out, error) == (0, "60x7\n", "")
    code, out, error = cnncalc("solve", first, "--require", "rf>=5", "--layout", "BTC", "--get", "input")
    assert (code, out, error) == (0, "60x7\n", "")
    refused = "this network says itself where its channels are: leave --layout BTC out"
    assert refused in cnncalc("diff", "vgg16", "vgg19", "--layout", "BTC")[2]
    chained = ("solve", "--chain", "conv3-8", "--input", "9x9x3", "--require", "rf>=5", "--layout", "BTC")
    assert "leave out --chain" in cnncalc(*chained)[2]


def test_a_layout_is_of_a_file(cnncalc: Called) -> None:
    """Beside the options of a single layer there is none that it could be of."""
    code, out, error = cnncalc("verify", "--input", "8x8x3", "--kernel", "3", "--filters", "4", "--layout", "BTC")
    assert (code, out) == (2, "")
    assert "--layout says how a model file holds its input" in error


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("TBC", "TBC is not a layout: write B, then C and the other axes, or these and then C, as BCHW, BHWC, BTC"),
        ("BHCW", "BHCW is not a layout"),
        ("BTT", "BTT is not a layout"),
        ("BHWC", "BHWC has 4 axes, and the inputs have others: x 3"),
    ],
)
def test_a_layout_that_is_none_is_refused(layout: str, message: str) -> None:
    """With what can be written, and how many axes there are."""
    with pytest.raises(ModelFileError, match=message):
        from_torch(Series(), torch.zeros(1, 60, 7), layout=layout)


def test_a_network_that_says_it_itself_takes_no_layout(cnncalc: Called) -> None:
    """The notation, and formats that name their axes."""
    for words in ("conv3", str(Path(__file__).parent / "corpus" / "small.keras")):
        code, out, err = cnncalc("rf", words, "--layout", "BTC")
        assert (code, out) == (2, "")
        assert err == "cnncalc: this network says itself where its channels are: leave --layout BTC out\n"
