"""What ``memory`` is asked, checked, and turned into what a run needs to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cnncalc.counting import Count
from cnncalc.dtypes import bytes_of
from cnncalc.errors import LimitError, NetworkError, near
from cnncalc.language import _
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.network import INPUT, Network
from cnncalc.shapes import shorten
from cnncalc.timeline.plan import Asked

OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}
"""How many numbers an optimiser remembers of every parameter."""

LEARNING = ("fp64", "fp32", "fp16", "bf16")
"""The number types that PyTorch takes gradients of."""

FOLDING = ("conv", "dwconv", "sepconv", "convT", "fc")
"""Into what a norm that follows is folded: its scale goes into the weights, its shift into the bias."""

MOST_BATCH = 2**40


@dataclass(frozen=True, slots=True)
class Question:
    """How a network runs, as it is asked: ``checkpoint`` names blocks, ``optimizer`` is one of `OPTIMIZERS`.

    >>> Question(training=True, optimizer="adam").state
    2

    Raises `LimitError` for a batch that is none, `NetworkError` for what contradicts, or an unknown optimiser.
    """

    batch: int = 1
    dtype: str = "fp32"
    training: bool = False
    optimizer: str = ""
    in_place: bool = False
    fold_bn: bool = False
    checkpoint: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        bytes_of(0, self.dtype)
        if not 1 <= self.batch <= MOST_BATCH:
            raise LimitError(_("a batch of {batch} is out of range: give 1 to 2^40").format(batch=self.batch))
        if self.optimizer and self.optimizer not in OPTIMIZERS:
            raise NetworkError(
                _("there is no optimizer {name}: take one of {known}").format(
                    name=shorten(self.optimizer), known=", ".join(OPTIMIZERS)
                )
            )
        self._check_learning()

    def _check_learning(self) -> None:
        if self.training and self.dtype not in LEARNING:
            raise NetworkError(
                _("{dtype} does not learn: take one of {known}, or leave --training out").format(
                    dtype=self.dtype, known=", ".join(LEARNING)
                )
            )
        if self.training and self.fold_bn:
            raise NetworkError(_("norms that are folded don't learn: leave --training or --fold-bn out"))
        for option, value in (("--optimizer", self.optimizer), ("--checkpoint", self.checkpoint)):
            if value and not self.training:
                raise NetworkError(_("{option} is for learning: add --training").format(option=option))

    @property
    def state(self) -> int:
        """How many numbers are remembered of every parameter."""
        return OPTIMIZERS[self.optimizer or "sgd"] if self.training else 0


def asked_of(question: Question, network: Network, counted: Sequence[Count]) -> Asked:
    """What a run needs to know; `NetworkError` for a block that is not there, or not in one piece."""
    return Asked(
        question.batch,
        question.dtype,
        question.training,
        question.in_place,
        frozenset(_foldable(network)) if question.fold_bn else frozenset(),
        tuple(_blocks(network, question.checkpoint)),
    )


def _foldable(network: Network) -> Iterable[int]:
    """Norms with statistics of their own behind a layer with weights that nothing else reads."""
    readers: dict[int, int] = {}
    for node in network.nodes:
        for source in node.inputs:
            readers[source] = readers.get(source, 0) + 1
    shared = {node.tied for node in network.nodes if node.tied}
    for index, node in enumerate(network.nodes):
        source = node.inputs[0]
        if source == INPUT or not isinstance(node.layer, BatchNorm) or not node.layer.statistics:
            continue
        before = network.nodes[source]
        alone = readers[source] == 1 and not before.tied and before.name not in shared
        if before.layer.keyword in FOLDING and alone and source not in network.outputs:
            yield index


def _blocks(network: Network, names: Iterable[str]) -> Iterable[range]:
    taken: set[int] = set()
    for name in names:
        members = [i for i, node in enumerate(network.nodes) if node.name == name or node.name.startswith(f"{name}.")]
        if not members:
            raise _no_block(network, name)
        block = range(members[0], members[-1] + 1)
        if len(block) != len(members):
            raise NetworkError(
                _("the layers of {name} don't stand in one piece: name smaller blocks").format(name=name)
            )
        if not taken.isdisjoint(block):
            raise NetworkError(
                _("{name} lies in another block of --checkpoint: name each layer once").format(name=name)
            )
        taken.update(block)
        yield block


def _no_block(network: Network, name: str) -> NetworkError:
    blocks = dict.fromkeys(".".join(node.blocks[:depth]) for node in network.nodes for depth in (1, 2) if node.blocks)
    match = near(name, blocks)
    message = (
        _("there is no block {name}: did you mean {near}?")
        if match
        else _("there is no block {name}: take some of {known}")
        if blocks
        else _("there is no block {name}: the network has no blocks, so name layers")
    )
    return NetworkError(message.format(name=shorten(name), near=match, known=", ".join([*blocks][:8])))
