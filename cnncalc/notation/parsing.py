"""The notation: text to `Network` and back.

The grammar, where a layer is one word without a character that a shell touches::

    network   ::= ["input" shape] step*
    step      ::= [name ":"] item ["x" count]           # x3 after a step repeats it
    item      ::= layer | block | merge | reference
    block     ::= "(" step* ")"
    merge     ::= layer "(" branch ("|" branch)* ")"    # of the kinds add, mul, concat
    branch    ::= step*                                 # empty: the identity shortcut
    reference ::= "@" name                              # go on from there; @input is the network's input
    layer     ::= keyword [kernel] ["-" channels] ["/" stride] ("," option)*
    option    ::= letters [number]                      # what a kind understands: p1, d2, g32, same, nobias
                | "tied:" name | "stored:" numbers      # what every kind understands
    size      ::= int ("x" int)*                        # kernels, strides: one number holds for every axis
    name      ::= letters, digits and . _ / + - | a JSON string

``#`` begins a comment, white space and new lines only separate.

*Names.* A named layer or merge is called so; a named block puts its name and a dot before every name inside it
(``enc1: ( conv3 )`` makes ``enc1.conv1``); a block without a name changes nothing. A named step that is repeated
numbers its copies: ``stage: ( conv3 ) x2`` makes ``stage.1.conv1`` and ``stage.2.conv1``. What has no name gets its
keyword and the next number in its block, leaving out the numbers that are written as names anywhere in the text.

*References.* ``@name`` and ``tied:name`` look in their own block first, then in the one around it, and so on; only
what stands before them is found. The name of a block is its last layer. A name in quotes is the full one.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import islice
from typing import final

from cnncalc.errors import InputTypeError, NotationError, ShapeError, near
from cnncalc.language import _
from cnncalc.network import INPUT, MOST_LAYERS, Names, Network, Node, around
from cnncalc.notation.words import QUOTED, Reading, WordError, name_text, plain, read
from cnncalc.shapes import Shape, shorten

MOST_CHARACTERS = 16_000_000
"""A text may not be longer."""
MOST_STEPS = 2 * MOST_LAYERS
"""References and empty blocks are not layers, but they have a bound too; so have the words and brackets of a text."""
DEEPEST = 100
"""So many brackets may be open at once."""
LONGEST_NAME = 1_000
"""A full name, with its blocks, may have so many characters."""
MOST_LETTERS = 200_000_000
"""All full names together may have so many."""

TOKEN = re.compile(rf'[()|]|#[^\n]*|(?:[^\s()|#"]|{QUOTED}?)+')  # a quote that is open takes the rest of its line
_REPEAT = re.compile(r"[x×]([0-9]+)")
NAME = re.compile(rf"(?:[\w./+-]+|{QUOTED}|):")


def parse(text: str, *, source: str = "") -> Network:
    """Read a network; ``source`` is what the text came from, for the error.

    >>> [node.name for node in parse("conv3-64 x2 add( conv3-64,same | ) relu").nodes]
    ['conv1', 'conv2', 'conv3', 'add1', 'relu1']

    Raises `NotationError`, whose message shows the place. Nothing is allocated before the layers are counted.
    """
    if not isinstance(text, str):
        raise InputTypeError(
            _("{type} is not text: write a network as in conv3-64 relu maxpool2").format(type=type(text).__name__)
        )
    if "\r" in text:  # as lines end in files from elsewhere
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MOST_CHARACTERS:
        raise NotationError(
            _("a text of {count:,} characters is too long: {most:,} are allowed").format(
                count=len(text), most=MOST_CHARACTERS
            )
        )
    return build(Text(text, source), read)


def build(place: Text, words: Callable[[str], Reading]) -> Network:
    """The network that a text says, its layers read by ``words``."""
    text = place.text
    reader = _Reader(place, words)
    shape, steps = reader.network()
    graph = _Graph(place, reader.written)
    graph.run(steps, "")
    if not graph.nodes:
        raise place.error(_("there is no layer: write for example conv3-64 relu maxpool2"), len(text), len(text))
    if graph.current != len(graph.nodes) - 1:
        raise place.error(_("nothing follows: the last layer is the network's output"), steps[-1].start, steps[-1].stop)
    return Network(tuple(graph.nodes), shape)


class Text:
    """The user's text and the places in it, for errors."""

    __slots__ = ("source", "text")

    def __init__(self, text: str, source: str = "") -> None:
        self.text, self.source = text, source

    def error(self, message: str, start: int, stop: int) -> NotationError:
        """The message, the line with the place in it, and a caret under the place."""
        from cnncalc.notation.caret import pointed

        return NotationError(pointed(self.text, start, stop, message, self.source))


class _Step:
    """An item, its name and how often it is repeated; ``layers``, ``steps`` and ``letters`` are what it comes to."""

    __slots__ = ("count", "item", "layers", "letters", "name", "start", "steps", "stop")

    def __init__(self, item: _Item, name: str | None, start: int, stop: int) -> None:
        self.item, self.name, self.start, self.stop = item, name, start, stop
        self.count = 1
        self.layers, self.steps, self.letters = item.layers, item.steps, item.letters
        if name:
            self.letters += len(name) * item.steps

    def repeat(self, count: int, stop: int) -> None:
        self.count, self.stop = count, stop
        self.layers, self.steps, self.letters = self.layers * count, self.steps * count, self.letters * count


class _Item(ABC):
    """What a step does; ``build`` adds its layers to the graph. ``name`` is the full name, or nothing."""

    __slots__ = ("layers", "letters", "start", "steps", "stop")

    layers: int
    """How many layers it comes to, all repeats expanded."""
    steps: int
    """The same with references and empty blocks counted."""
    letters: int
    """How many characters the written names take up, all repeats expanded."""

    def __init__(self, start: int, stop: int, steps: list[_Step]) -> None:
        self.start, self.stop = start, stop
        self.layers = sum(step.layers for step in steps)
        self.steps = 1 + sum(step.steps for step in steps)
        self.letters = sum(step.letters for step in steps)

    @abstractmethod
    def build(self, graph: _Graph, scope: str, name: str | None) -> None:
        """Add what this is to the graph."""


@final
class _Layer(_Item):
    """A layer, or a merge with its branches."""

    __slots__ = ("branches", "keyword", "layer", "stored", "tied")

    def __init__(self, start: int, stop: int, reading: Reading, branches: list[list[_Step]]) -> None:
        super().__init__(start, stop, [step for branch in branches for step in branch])
        self.layer, self.keyword, self.tied, self.stored = reading
        self.branches = branches
        self.layers += 1
        self.letters += len(self.keyword)

    def build(self, graph: _Graph, scope: str, name: str | None) -> None:
        inputs = graph.fork(self.branches, scope) if self.branches else (graph.current,)
        tied = graph.twin(self, scope) if self.tied else ""
        if name is None:
            name = graph.names.take(self.keyword, scope)
        elif name in graph.places:
            raise graph.taken(name, self)
        graph.add(Node(self.layer, inputs, name, tied, self.stored))


@final
class _Block(_Item):
    """Steps in brackets."""

    __slots__ = ("body",)

    def __init__(self, start: int, stop: int, body: list[_Step]) -> None:
        super().__init__(start, stop, body)
        self.body = body

    def build(self, graph: _Graph, scope: str, name: str | None) -> None:
        graph.run(self.body, scope if name is None else f"{name}.")
        if name is not None:
            graph.call(name, self)


@final
class _Reference(_Item):
    """Go on from a place with a name."""

    __slots__ = ("target",)

    def __init__(self, start: int, stop: int, target: str) -> None:
        super().__init__(start, stop, [])
        self.target = target

    def build(self, graph: _Graph, scope: str, name: str | None) -> None:
        graph.current = graph.find(self.target, scope, self)
        if name is not None:
            graph.call(name, self)


class _Graph:
    """The network as far as it is built: its nodes, where the next step reads, and what every name stands for."""

    __slots__ = ("current", "names", "nodes", "place", "places")

    def __init__(self, place: Text, written: set[str]) -> None:
        self.place, self.names = place, Names(written)
        self.nodes: list[Node] = []
        self.places: dict[str, int] = {}
        self.current = INPUT

    def run(self, steps: list[_Step], scope: str) -> None:
        """Build the steps, one after the other."""
        for step in steps:
            name = None if step.name is None else scope + step.name
            if step.count == 1:
                step.item.build(self, scope, name)
                continue
            for number in range(1, step.count + 1):
                step.item.build(self, scope, None if name is None else f"{name}.{number}")
            if name is not None:
                self.call(name, step.item)

    def fork(self, branches: list[list[_Step]], scope: str) -> tuple[int, ...]:
        """Build branches that all begin here; the answer is where they end."""
        start, ends = self.current, []
        for branch in branches:
            self.current = start
            self.run(branch, scope)
            ends.append(self.current)
        return tuple(ends)

    def add(self, node: Node) -> None:
        self.current = self.places[node.name] = len(self.nodes)
        self.nodes.append(node)

    def call(self, name: str, item: _Item) -> None:
        """Let a name stand for the place reached now."""
        if name in self.places:
            raise self.taken(name, item)
        self.places[name] = self.current

    def taken(self, name: str, item: _Item) -> NotationError:
        return self.place.error(
            _("the name {name} is used twice: give each its own, or repeat a block with a name").format(
                name=name_text(shorten(name))
            ),
            item.start,
            item.stop,
        )

    def find(self, written: str, scope: str, item: _Item) -> int:
        """The place that a name stands for, seen from ``scope``."""
        name = plain(written)
        if written == "input":
            return INPUT
        scopes = ("",) if written.startswith('"') else around(scope)
        for outer in scopes:
            place = self.places.get(outer + name)
            if place is not None:
                return place
        match = near(name, [*self.places, "input"])
        message = (
            _("there is no {name} before this place: did you mean {near}?")
            if match
            else _("there is no {name} before this place: give an earlier step that name, as in {name}: conv3")
        )
        raise self.place.error(
            message.format(name=name_text(shorten(name)), near=name_text(match)), item.start, item.stop
        )

    def twin(self, item: _Layer, scope: str) -> str:
        """The name of the layer whose weights this one shares."""
        place = self.find(item.tied, scope, item)
        if place == INPUT or self.nodes[place].layer != item.layer:
            raise self.place.error(
                _("{name} is not a layer like this one, so they can't share weights: write both the same way").format(
                    name=name_text(shorten(plain(item.tied)))
                ),
                item.start,
                item.stop,
            )
        return self.nodes[place].name


class _Reader:
    """Tokens to steps, by recursive descent: brackets are the only depth, and `DEEPEST` bounds them."""

    __slots__ = ("depth", "index", "place", "scope", "tokens", "words", "written")

    def __init__(self, place: Text, words: Callable[[str], Reading]) -> None:
        self.place, self.words = place, words
        tokens = ((m[0], m.start()) for m in TOKEN.finditer(place.text) if m[0][0] != "#")
        self.tokens = list(islice(tokens, MOST_STEPS + 1))
        end = len(place.text)
        if len(self.tokens) > MOST_STEPS:
            message = _("more than {most:,} words and brackets are too many").format(most=MOST_STEPS)
            raise self.error(message, self.tokens[-1][1], end)
        self.tokens.append(("", end))
        self.index = self.depth = self.scope = 0
        self.written: set[str] = set()

    def network(self) -> tuple[Shape | None, list[_Step]]:
        shape = self.shape() if self.tokens[0][0] == "input" else None
        steps = self.steps()
        token, start = self.tokens[self.index]
        self.counted(_Step(_Block(0, start, steps), None, 0, start))
        if token == ")":
            raise self.error(_("this ) closes nothing: leave it out, or open a ( before it"), start, start + 1)
        if token == "|":
            raise self.error(_("| stands between the branches of a merge: write add( … | … )"), start, start + 1)
        return shape, steps

    def shape(self) -> Shape:
        text, start = self.tokens[1]
        self.index = 2
        if text and self.tokens[2][0] in _TIMES:
            raise self.error(_("a shape is one word: write input 224x224x3"), start, start + len(text))
        try:
            return Shape.parse(text)
        except ShapeError as problem:
            if not text:
                raise self.error(_("input needs a shape: write input 224x224x3"), 0, len(self.place.text)) from None
            raise self.error(str(problem), start, start + len(text)) from None

    def steps(self) -> list[_Step]:
        """Steps up to a bracket that closes, a bar, or the end."""
        steps: list[_Step] = []
        repeated = False
        while (token := self.tokens[self.index])[0] not in _ENDS:
            text, start = token
            match = _REPEAT.fullmatch(text) if text[0] in "x×" else None
            if match is None:
                steps.append(self.step())
                repeated = False
                continue
            if not steps or repeated:
                raise self.error(
                    _("{text} repeats the one step before it: a layer, a merge or ( … )").format(text=shorten(text)),
                    start,
                    start + len(text),
                )
            self.repeat(steps[-1], match[1], start)
            self.index += 1
            repeated = True
        return steps

    def step(self) -> _Step:
        text, start = self.tokens[self.index]
        match = NAME.match(text) if ":" in text else None
        if match is None:
            item = self.item(text, start)
            return _Step(item, None, item.start, item.stop)
        name = self.name(text[: match.end() - 1], start, match.end() - 1)
        place = start + match.end()
        if match.end() < len(text):
            # a name and its layer in one word
            self.tokens[self.index] = text[match.end() :], place
        else:
            self.index += 1
        text, place = self.tokens[self.index]
        if text in _ENDS or _REPEAT.fullmatch(text):
            raise self.error(
                _("{name}: names nothing: a layer, a merge or ( … ) has to follow").format(name=name_text(name)),
                start,
                start + match.end(),
            )
        # the names of blocks around count as well, so that a full name stays within its bound
        self.scope += len(name) + 1
        item = self.item(text, place)
        self.scope -= len(name) + 1
        return self.counted(_Step(item, name, start, item.stop))

    def name(self, written: str, start: int, length: int) -> str:
        try:
            name = plain(written)
        except ValueError:
            raise self.error(_("a name in quotes is a JSON string"), start, start + length) from None
        if len(name) + self.scope > LONGEST_NAME:
            raise self.error(
                _("this name is too long: with its blocks it may have {most} characters").format(most=LONGEST_NAME),
                start,
                start + length,
            )
        self.written.add(name.rpartition(".")[2])
        return name

    def item(self, text: str, start: int) -> _Item:
        self.index += 1
        if text == "(":
            [body], stop = self.brackets(start, bars=False)
            return _Block(start, stop, body)
        stop = start + len(text)
        if text[0] == "@":
            self.check_reference(text[1:], start, stop)
            return _Reference(start, stop, text[1:])
        open_quote = '"' in text and not _quotes_end(text)
        if open_quote or text[0] == '"':
            stop = start + 1 if open_quote and text[0] == '"' else stop
            raise self.error(_('a name in quotes is followed by a colon: write "a name": conv3'), start, stop)
        if text == "input":
            raise self.error(_("input stands at the very beginning: input 224x224x3 conv3-64 …"), start, stop)
        try:
            reading = self.words(text)
        except WordError as problem:
            self.check_dialect(text, start)
            last = start + problem.stop if problem.stop is not None else stop
            raise self.error(str(problem), start + problem.start, last) from None
        alone = not reading.layer.merges or (reading.layer.alone and not self.place.text.startswith("(", stop))
        if alone:
            if self.place.text.startswith("(", stop):
                self.check_arguments(text, start, stop)
            return _Layer(start, stop, reading, [])
        token, place = self.tokens[self.index]
        if token != "(":
            raise self.error(
                _("{op} needs its branches: write {op}( … | … ), an empty one for the shortcut").format(
                    op=reading.layer.keyword
                ),
                start,
                stop,
            )
        self.index += 1
        branches, stop = self.brackets(place, bars=True)
        return _Layer(start, stop, reading, branches)

    def check_dialect(self, text: str, start: int) -> None:
        """An error with our word for what another notation calls a layer, together with the brackets right behind it."""
        from cnncalc.notation.dialects import call_at, meant

        written = call_at(self.place.text, start) or text
        word = meant(written)
        if word:
            message = _("there is no layer {word}: did you mean {near}?")
            raise self.error(message.format(word=repr(shorten(written)), near=word), start, start + len(written))

    def check_arguments(self, text: str, start: int, stop: int) -> None:
        """The same for a word of ours, if no block begins in the brackets right behind it."""
        from cnncalc.notation.dialects import begins_arguments

        if begins_arguments(self.place.text, stop):
            self.check_dialect(text, start)

    def check_reference(self, written: str, start: int, stop: int) -> None:
        if not re.fullmatch(rf"[\w./+-]+|{QUOTED}", written):
            raise self.error(_("@ is followed by the name of an earlier step: write @conv1 or @input"), start, stop)
        try:
            plain(written)
        except ValueError:
            raise self.error(_("a name in quotes is a JSON string"), start, stop) from None

    def brackets(self, start: int, *, bars: bool) -> tuple[list[list[_Step]], int]:
        """The steps in brackets, one list for every branch, and where the brackets end."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(
                _("more than {most} brackets are open: give a part a name and refer to it").format(most=DEEPEST),
                start,
                start + 1,
            )
        branches = [self.steps()]
        while bars and self.tokens[self.index][0] == "|":
            self.index += 1
            branches.append(self.steps())
        token, place = self.tokens[self.index]
        if token == "|":
            raise self.error(_("| stands between the branches of a merge: write add( … | … )"), place, place + 1)
        if token != ")":
            raise self.error(_("this ( is never closed: add a )"), start, start + 1)
        self.index += 1
        self.depth -= 1
        return branches, place + 1

    def repeat(self, step: _Step, digits: str, start: int) -> None:
        stop = start + len(digits) + 1
        if len(digits) > 7 or not 1 <= int(digits) <= MOST_LAYERS:
            raise self.error(_("a step can be repeated 1 to {most:,} times").format(most=MOST_LAYERS), start, stop)
        if step.name is not None:
            step.letters += 8 * step.steps
        step.repeat(int(digits), stop)
        self.counted(step)

    def counted(self, step: _Step) -> _Step:
        """The step, if what it comes to is within the bounds; they hold before anything is built."""
        if step.layers > MOST_LAYERS:
            message = _("{count} layers are more than the {most:,} that are allowed").format(
                count=_count_text(step.layers), most=MOST_LAYERS
            )
        elif step.steps > MOST_STEPS:
            message = _("{count} steps are more than the {most:,} that are allowed").format(
                count=_count_text(step.steps), most=MOST_STEPS
            )
        elif step.letters > MOST_LETTERS:
            message = _("these names would take up {count} characters: shorten them, or repeat less").format(
                count=_count_text(step.letters)
            )
        else:
            return step
        raise self.error(message, step.start, step.stop)

    def error(self, message: str, start: int, stop: int) -> NotationError:
        return self.place.error(message, start, stop)


_TIMES = frozenset("x×*")
_ENDS = frozenset(("", ")", "|"))


def _quotes_end(text: str) -> bool:
    """Whether every quote of a word is closed."""
    return re.fullmatch(rf'(?:[^"]|{QUOTED})*', text) is not None


def _count_text(number: int) -> str:
    return f"{number:,}" if number < 10**15 else "10^15+"
