"""What is claimed beside what was observed: the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import NamedTuple

import numpy as np

from cnncalc.errors import LimitError, ShapeError
from cnncalc.inputs import seen_from, shapes_of
from cnncalc.language import _
from cnncalc.layers.identity import Identity
from cnncalc.network import Network, Node
from cnncalc.shapes import AXES, Shape
from cnncalc.verify.budget import Build, Cost, Limits, affordable, cost, mapped, visible
from cnncalc.verify.claims import FieldClaims, LayerClaim, Span, claim, field_claims
from cnncalc.verify.experiments import is_known
from cnncalc.verify.forward import GIBIBYTE, Observation, random_input, steps
from cnncalc.verify.frozen import frozen
from cnncalc.verify.ledger import Array
from cnncalc.verify.maps import slabs
from cnncalc.verify.reading import Seen, Unclipped, alike, along_axes, look, look_inside

Numbers = tuple[int | None, ...]
Value = int | str | None | Numbers
"""A count, a shape, the first, last and number of inputs read, or size, jump and start of a field."""

AT_ONCE = 64
"""Fields are looked at in so many layers at once, evenly spread, before it is asked whether there is time for more."""

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing the calculator says of one layer, and what was seen; ``how`` tells the experiment.

    ``what`` is ``output``, ``parameters``, ``weights``, ``biases``, ``buffers``, ``macs``, ``reads`` (first, last and
    number of the inputs one unit reads on one axis), ``windows`` (the same with the statistics frozen) or ``field``
    (size, jump and start of the unclipped field). ``input`` is the one it is about, of a network with several.
    """

    layer: str
    what: str
    formula: str
    expected: Value
    observed: Value
    how: str
    axis: str = ""
    unit: int | None = None
    input: str = ""

    @property
    def agrees(self) -> bool:
        return self.expected == self.observed


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of one network was verified: the input asked for, and those run for counts and looked at for fields.

    ``looked`` is `None` for a vector, which has no axis. Fields were looked at in ``followed`` of the ``layers``, and for
    ``left_out`` there was no time. ``mapped`` is the input on which whole maps were looked at, `None` if none were.
    ``stopped`` is the number and the name of a layer of no known kind, before which it ended. ``name`` is empty where there is one network only.
    """

    name: str
    asked: Shape
    ran: Shape
    looked: Shape | None
    followed: int
    layers: int
    stopped: tuple[int, str] | None = None
    left_out: int = 0
    mapped: Shape | None = None

    @property
    def full(self) -> bool:
        return self.ran == self.asked and self.looked in (None, self.asked) and self.followed in (0, self.layers)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every claim with its observation, and how much was verified."""

    claims: tuple[Claim, ...]
    extents: tuple[Extent, ...]
    seed: int

    @property
    def agrees(self) -> bool:
        """Whether all claims do, and nothing was left out because it is unknown."""
        return all(claim.agrees for claim in self.claims) and not any(extent.stopped for extent in self.extents)

    @property
    def disagreements(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if not claim.agrees)


Watch = Callable[[float, float], None]
"""Told the estimated seconds of work that are done, and of all."""


def verify(
    network: Network,
    input: Shape | str,
    *,
    seed: int = 0,
    max_memory: int = GIBIBYTE,
    max_time: float = 60.0,
    watch: Watch | None = None,
) -> Verdict:
    """Do with NumPy what the network says, and compare what happens with what is claimed.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> verdict = verify(chain([Conv(3, 64)]), "32x32x3")
    >>> verdict.agrees, verdict.claims[1]
    (True, Claim(layer='conv1', what='parameters', formula='64·(3·3·3 + 1)', expected=1792, observed=1792, \
how='allocated', axis='', unit=None, input=''))

    Raises `ShapeError` for an input that the network can't take, `LimitError` for limits that make no sense or that
    not even a smaller input keeps.
    """
    shape = input if isinstance(input, Shape) else Shape.parse(input)
    return verify_inputs(network, shape, seed, Limits(max_memory, max_time), watch)


def verify_inputs(network: Network, input: Shape, seed: int, limits: Limits, watch: Watch | None = None) -> Verdict:
    """A network looked at from each of its inputs in turn, the counts once; each has its share of the time.

    >>> from cnncalc.notation.parsing import parse
    >>> verdict = verify_inputs(parse("add( | mask: placeholder,to6x6x1 )"), Shape((6, 6), 1), 0, Limits())
    >>> verdict.agrees, [extent.name for extent in verdict.extents]
    (True, ['input', 'mask'])
    """
    if not network.placeholders:
        return verify_each([("", lambda _shape: network)], input, seed, limits, watch)
    claims, extents = list[Claim](), list[Extent]()
    looked_from = replace(network, input=input)
    axes = [name for name, shape in shapes_of(looked_from).items() if name == network.entry or (shape and shape.space)]
    for name in axes:
        seen = seen_from(looked_from, name)
        assert seen.input is not None  # noqa: S101 — the first has one, and the others are chosen by theirs
        share = replace(limits, time=limits.time / len(axes))
        verdict = verify_each([(name, lambda _shape, seen=seen: seen)], seen.input, seed, share, watch)  # type: ignore[misc]
        claims += (
            replace(claim, input=name) for claim in verdict.claims if claim.what in READ or name == network.entry
        )
        extents += verdict.extents
    return Verdict(tuple(claims), tuple(extents), seed)


READ = ("reads", "windows", "field")
"""What is claimed of a layer and an input; all else is claimed of the layer alone."""


def verify_each(
    networks: Sequence[tuple[str, Build]], input: Shape, seed: int, limits: Limits, watch: Watch | None = None
) -> Verdict:
    """Several networks on one input, each within its share of what is left of the time."""
    if not 0 <= seed <= LARGEST_SEED:
        raise LimitError(_("seed {seed} is out of range: give a whole number from 0 to 2^63 − 1").format(seed=seed))
    claims, extents = [], []
    each = replace(limits, time=limits.time / len(networks))  # what is run depends on this, and not on the clock
    end = perf_counter() + limits.time
    for number, (name, build) in enumerate(networks):
        left = max(end - perf_counter(), LEAST_TIME * limits.time) / (len(networks) - number)
        clock = _Clock(replace(limits, time=left), perf_counter(), watch)
        found, extent = _verify_one(name, build, input, seed, each, clock)
        claims += found
        extents.append(extent)
    return Verdict(tuple(claims), tuple(extents), seed)


LEAST_TIME = 0.05
"""The share of the time that the last network gets, however long those before it took."""


def _verify_one(
    name: str, build: Build, input: Shape, seed: int, limits: Limits, clock: _Clock
) -> tuple[list[Claim], Extent]:
    asked = build(input)
    asked.check(input)  # smaller inputs are run for the proof's sake alone
    known = _known(asked)
    stopped = None if known == len(asked) else (known + 1, asked.nodes[known].name)
    if not known:
        return [], Extent(name, input, input, None, 0, len(asked), stopped)

    def part(shape: Shape) -> Network:
        return Network(build(shape).nodes[:known])

    ran = affordable(part, input, limits)
    network = part(ran)
    claims = claim(network, ran, known)
    with np.errstate(over="ignore", invalid="ignore"):  # what random numbers grow to does not matter here
        found = list(_counts(network, ran, claims, seed, limits, cost(network, ran, claims), clock.watch))
    looked = visible(part, input, limits) if input.space else None
    nodes = _spread(along_axes(network)) if looked else []
    maps = mapped(part, input, limits) if nodes else None
    fields = list(_places(part(maps), maps, clock)) if maps else []
    followed = 0
    while looked and followed < len(nodes) and (not followed or clock.left()):
        at_once = sorted(nodes[followed : followed + AT_ONCE])
        fields += _fields(part(looked), _on_lines(part(looked), claims), looked, at_once)
        followed = min(followed + AT_ONCE, len(nodes))
        clock.tell(followed / len(nodes))
    order = {node.name: index for index, node in enumerate(network.nodes)}
    found += sorted(fields, key=lambda claim: order[claim.layer])
    return found, Extent(name, input, ran, looked, followed, len(asked), stopped, len(nodes) - followed, maps)


def _known(network: Network) -> int:
    """How many layers stand before the first that has no experiment."""
    return next((index for index, node in enumerate(network.nodes) if not is_known(node.layer)), len(network))


class _Clock(NamedTuple):
    """What is left of the time, and whom to tell how far the work is."""

    limits: Limits
    begin: float
    watch: Watch | None

    def left(self) -> bool:
        """Whether there is time for more."""
        return self.limits.all_layers or perf_counter() - self.begin < self.limits.time

    def tell(self, share: float) -> None:
        """Say that so much of what is left to do is done, and how long all of it will have taken."""
        if self.watch is not None:
            elapsed = perf_counter() - self.begin
            whole = elapsed / share
            self.watch(elapsed, whole if self.limits.all_layers else min(whole, max(self.limits.time, elapsed)))


def _spread(nodes: list[int]) -> list[int]:
    """All layers, from the last on, so that however many there is time for are evenly spread.

    >>> _spread([0, 1, 2, 3, 4])
    [4, 0, 2, 3, 1]
    """
    backwards = nodes[::-1]
    step = 1 << (len(nodes) - 1).bit_length()
    ordered: dict[int, None] = {}
    while step:
        ordered |= dict.fromkeys(backwards[::step])
        step //= 2
    return list(ordered)


def _counts(
    network: Network,
    input: Shape,
    claims: tuple[LayerClaim, ...],
    seed: int,
    limits: Limits,
    estimate: Cost,
    watch: Watch | None,
) -> Iterator[Claim]:
    """Shapes, parameters and MACs of every layer, then of all together, if all of them can be run as they are."""
    x = random_input((input.channels, *input.space), seed)
    told = _told(watch, estimate, claims)
    observations: list[Observation] = []
    try:
        for seen, _made in steps(network, x, seed=seed, max_memory=limits.memory, watch=told):
            index = len(observations)
            yield from _counted(seen, claims[index], network.nodes[index].stored is not None)
            observations.append(seen)
    except ShapeError as refused:
        index = len(observations)
        yield Claim(network.nodes[index].name, "output", "", str(claims[index].output), str(refused), "looked at")
        return
    if len(network) > 1 and not any(node.stored for node in network.nodes):
        parameters = sum(seen.weights + seen.biases for seen in observations)
        macs = sum(seen.products for seen in observations)
        yield Claim("", "parameters", "", sum(one.parameters for one in claims), parameters, "allocated")
        yield Claim("", "macs", "", sum(one.counts.macs for one in claims), macs, "multiplied")


def _told(watch: Watch | None, estimate: Cost, claims: tuple[LayerClaim, ...]) -> Callable[[int, int], None] | None:
    """Turn the products that a layer has formed into seconds done, of all."""
    if watch is None:
        return None
    before = [sum(estimate.seconds[:index]) for index in range(len(estimate.seconds) + 1)]

    def tell(index: int, products: int) -> None:
        share = min(products / max(claims[index].counts.macs, 1), 1.0)
        watch(before[index] + share * estimate.seconds[index], before[-1])

    return tell


def _counted(seen: Observation, claimed: LayerClaim, told: bool) -> Iterator[Claim]:
    """The claims about what came out, and about what was allocated and multiplied for it.

    Of a layer of which a model file tells what it has of its own, only its kind can be run: its counts are not claimed.
    """
    channels, *space = seen.output
    yield Claim(
        seen.name,
        "output",
        claimed.output_formula,
        str(claimed.output),
        "x".join(map(str, (*space, channels))),
        "looked at",
    )
    if told:
        return
    owned = seen.weights + seen.biases
    yield Claim(seen.name, "parameters", claimed.parameters_formula, claimed.parameters, owned, "allocated")
    yield Claim(seen.name, "weights", "", claimed.counts.weights, seen.weights, "allocated")
    yield Claim(seen.name, "biases", "", claimed.counts.biases, seen.biases, "allocated")
    yield Claim(seen.name, "buffers", "", claimed.counts.buffers, seen.buffers, "allocated")
    yield Claim(seen.name, "macs", claimed.macs_formula, claimed.counts.macs, seen.products, "multiplied")


def _on_lines(network: Network, claims: Sequence[LayerClaim]) -> Network:
    """The network as it is run on one axis: a layer on a vector, which has none, moves nothing along it.

    Weights don't count there, so none are shared.
    """
    vectors = {index for index, one in enumerate(claims) if not one.output.space}

    def stands(index: int, node: Node) -> bool:
        passes = not (node.layer.merges or node.layer.stands_in)
        return passes and vectors.issuperset((index, *node.inputs))

    return Network(
        tuple(
            replace(node, layer=Identity() if stands(index, node) else node.layer, tied="")
            for index, node in enumerate(network.nodes)
        )
    )


def _fields(network: Network, lines: Network, input: Shape, nodes: list[int]) -> Iterator[Claim]:
    """What units read: all of it, and, where they read the whole input beside, what slides once that is frozen."""
    claimed = field_claims(network, input, len(network))
    yield from _read(network, input, claimed, "reads", lambda _axis, _size: (lines, nodes))

    def cut(axis: int, size: int) -> tuple[Network, list[int]]:
        one, less = frozen(lines, axis, size)
        return one, [node for node in nodes if node in less]

    yield from _read(network, input, claimed.through_windows(), "windows", cut)


def _places(network: Network, input: Shape, clock: _Clock) -> Iterator[Claim]:
    """What units read of whole maps, with all their channels, on every axis; of maps that stand in a row, too."""
    claimed = field_claims(network, input, len(network))
    seen = slabs(network, (input.channels, *input.space))
    turns = {node: turn for turn, node in enumerate(_spread(list(range(len(network)))))}
    for node, unit in sorted(seen, key=lambda place: turns[place[0]]):
        if not clock.left():
            return
        spans = claimed.place(node, unit)
        for axis, expected in enumerate(spans or ()):
            first, last, number = _span(seen[node, unit][axis])
            observed = (first, last, None if expected[2] is None else number)
            letter = AXES[len(input.space)][axis]
            place = unit[axis] if len(unit) == len(input.space) else unit[0] if unit else None
            yield Claim(network.nodes[node].name, "reads", "", expected, observed, "maps", letter, place)


Subject = Callable[[int, int], tuple[Network, list[int]]]
"""What is run on an axis of so many inputs, and the layers that are looked at."""


def _read(network: Network, input: Shape, claimed: FieldClaims, what: str, subject: Subject) -> Iterator[Claim]:
    """What units read, axis by axis: of the map as it is, and whole."""
    names = [node.name for node in network.nodes]
    found: dict[tuple[int, int], tuple[list[Seen], list[Unclipped]]] = {}
    for axis, (letter, size) in enumerate(zip(AXES[len(input.space)], input.space, strict=True)):
        key = (0 if alike(network) else axis, size)
        if key not in found:
            run, nodes = subject(axis, size)
            found[key] = (look(run, axis, size, nodes), look_inside(run, axis, size, nodes)) if nodes else ([], [])
        seen_here, whole_here = found[key]
        for seen in seen_here:
            node, unit = seen.place
            expected = claimed.unit(node, axis, unit)
            if expected is not None:
                formula = claimed.unit_formula(node, axis, unit)
                for how, observed in _both(seen, expected):
                    yield Claim(names[node], what, formula, expected, observed, how, letter, unit)
        for whole in whole_here:
            node, unit = whole.place
            own, following = claimed.whole(node, axis, unit), claimed.whole(node, axis, unit + 1)
            if own is not None and following is not None:
                expected_field, observed_field = _fields_of(whole, own, following)
                yield Claim(names[node], "field", "", expected_field, observed_field, "both", letter, unit)
                grown = claimed.grown(node, axis)
                if grown is not None:
                    by_rule = (*map(int, grown), expected_field[3])
                    formula = f"{grown.size}, {grown.jump}"
                    yield Claim(names[node], "field", formula, by_rule, observed_field, "both", letter, unit)


def _both(seen: Seen, expected: Span) -> Iterator[tuple[str, Value]]:
    """What poison and pushing back found; the number of inputs only where one is claimed."""
    for how, marks in (("poison", seen.poisoned), ("adjoint", seen.pushed)):
        first, last, number = _span(marks)
        yield how, (first, last, None if expected[2] is None else number)


def _span(marks: Array) -> Span:
    if not marks.any():
        return 0, -1, 0
    return int(marks.argmax()), marks.size - 1 - int(marks[::-1].argmax()), int(marks.sum())


def _fields_of(whole: Unclipped, own: Span, following: Span) -> tuple[Numbers, Numbers]:
    """Size, jump and start, as claimed and as observed; how many inputs are read makes the fourth."""
    number = None if own[2] is None else whole.number

    def laid_out(first: int, last: int, count: int | None, next_first: int) -> Numbers:
        jump = next_first - first
        return last - first + 1, jump, first - whole.place.unit * jump, count

    observed = laid_out(whole.first, whole.last, number, whole.next_first)
    if not whole.confirmed:
        observed = (None, *observed[1:])
    return laid_out(own[0], own[1], own[2], following[0]), observed
