"""A network as text a person might have written: blocks, branches in place, and what repeats folded into ``xN``.

Any network can be written plainly: its layers in order, ``@name`` wherever one does not read the one before it.
The rest makes that short. A block is the nodes whose names share a part before a dot, where they stand together;
a branch is written inside its merge where it ends there and begins where the others do.
"""

from __future__ import annotations

from cnncalc.network import INPUT, Names, Network, Node, around
from cnncalc.notation.words import TIED, name_text, quoted, write, write_stored

LONGEST_REGION = 100
"""Branches with more layers than this are not written inside their merge: a name is easier to follow."""
DEEPEST_REGION = 4
"""Nor are merges inside merges deeper than this."""
MOST_BRANCHES = 64
"""Nor are the branches of a merge that has more than this."""
DEEPEST_BLOCK = 20
"""Names with more dots than this are written with their dots."""
LONGEST_PERIOD = 64
"""Repeated parts of more steps than this are not looked for."""
WIDTH = 100
"""Lines of a file are not longer, where words allow it."""


def show(network: Network, *, lines: bool = False) -> str:
    """Write a network so that `parse` gives it back; ``lines`` lays it out over lines, as in a file.

    >>> from cnncalc.notation.parsing import parse
    >>> show(parse("conv3-64 relu conv3-64 relu maxpool2/2"))
    '( conv3-64 relu ) x2 maxpool2'
    """
    pieces = _Writer(network).pieces()
    shape = network.input
    if shape is not None:
        pieces.insert(0, _Piece(f"input {shape.written}", fresh=True))
    return "\n".join(_lines(pieces, "")) if lines else _inline(pieces)


# pieces of text


class _Piece:
    """One step as text: a word, or ``opener`` and the branches in its brackets. A ``fresh`` one begins a line."""

    __slots__ = ("branches", "count", "fresh", "name", "opener", "text")

    def __init__(
        self,
        opener: str,
        name: str | None = None,
        branches: list[list[_Piece]] | None = None,
        count: int = 1,
        *,
        fresh: bool = False,
    ) -> None:
        self.opener, self.name, self.branches, self.count, self.fresh = opener, name, branches, count, fresh
        self.text = self.prefix + self.core + self.suffix

    @property
    def core(self) -> str:
        """The text without name and repeat."""
        if self.branches is None:
            return self.opener
        inside = [part for branch in self.branches for part in ("|", *(piece.text for piece in branch))]
        return " ".join((self.opener, *inside[1:], ")"))

    @property
    def prefix(self) -> str:
        return "" if self.name is None else f"{name_text(self.name)}: "

    @property
    def suffix(self) -> str:
        return f" x{self.count}" if self.count > 1 else ""

    @property
    def is_block(self) -> bool:
        return self.opener == "("


def _inline(pieces: list[_Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _lines(pieces: list[_Piece], indent: str) -> list[str]:
    """The steps over lines: a layer with a window begins one, what follows it stays beside it."""
    lines: list[str] = []
    goes_on = False
    for piece in pieces:
        beside = bool(lines) and (goes_on or not piece.fresh) and len(lines[-1]) + 1 + len(piece.text) <= WIDTH
        if beside:
            lines[-1] += f" {piece.text}"
        elif piece.branches is not None and len(indent) + len(piece.text) > WIDTH:
            lines += _opened(piece, indent)
        else:
            lines.append(indent + piece.text)
        goes_on = piece.text.startswith("@")
    return lines


def _opened(piece: _Piece, indent: str) -> list[str]:
    lines = [f"{indent}{piece.prefix}{piece.opener}"]
    for number, branch in enumerate(piece.branches or []):
        if number:
            lines.append(f"{indent}|")
        lines += _lines(branch, indent + "  ")
    return [*lines, f"{indent}){piece.suffix}"]


# what repeats


def folded(pieces: list[_Piece]) -> list[_Piece]:
    """The same steps with equal neighbours written once: ``A A B A A B`` is ``( A x2 B ) x2``."""
    return _folded(_folded(pieces, 1), LONGEST_PERIOD)


def _folded(pieces: list[_Piece], longest: int) -> list[_Piece]:
    texts = [piece.text for piece in pieces]
    result: list[_Piece] = []
    index = 0
    while index < len(pieces):
        period, count = _repeats(texts, index, longest)
        shift = next((step for step in range(period) if pieces[index + step].fresh), 0)
        # conv relu conv relu is told as twice (conv relu), also where a relu stands before it
        if count == 1 or (shift and _repeats(texts, index + shift, longest)[1] >= count):
            result.append(pieces[index])
            index += 1
            continue
        if period == 1 and pieces[index].count == 1:
            piece = pieces[index]
            result.append(_Piece(piece.opener, piece.name, piece.branches, count, fresh=piece.fresh))
        else:
            result.append(_Piece("(", None, [pieces[index : index + period]], count, fresh=True))
        index += period * count
    return result


def _repeats(texts: list[str], start: int, longest: int) -> tuple[int, int]:
    """The period and the number of copies that make the most of what begins at ``start``."""
    best = (1, 1)
    for period in range(1, min(longest, (len(texts) - start) // 2) + 1):
        if texts[start + period] != texts[start]:
            continue
        count = 1
        while texts[start : start + period] == texts[start + count * period : start + (count + 1) * period]:
            count += 1
        if (count - 1) * period > (best[1] - 1) * best[0]:
            best = (period, count)
    return best


# blocks


class _Block:
    """The nodes ``first`` … ``last``, whose names all begin with ``name`` and a dot; the outermost one has no name."""

    __slots__ = ("first", "last", "name", "parent")

    def __init__(self, name: str | None, first: int, last: int, parent: _Block | None) -> None:
        self.name, self.first, self.last, self.parent = name, first, last, parent

    @property
    def scope(self) -> str:
        return "" if self.name is None else f"{self.name}."


def _blocks(nodes: tuple[Node, ...]) -> tuple[list[_Block], dict[str, _Block]]:
    """The innermost block of every node, and all of them by name: those that stand in one piece."""
    spans: dict[str, list[int]] = {}
    for index, node in enumerate(nodes):
        for name in _prefixes(node.name):
            span = spans.setdefault(name, [index, index, 0])
            span[1] = index
            span[2] += 1
    names = {node.name for node in nodes}
    whole = {name: span for name, span in spans.items() if span[1] - span[0] + 1 == span[2] and name not in names}
    root = _Block(None, 0, len(nodes) - 1, None)
    blocks: dict[str, _Block] = {}
    innermost = []
    for node in nodes:
        block = root
        for name in _prefixes(node.name):
            if name in whole:
                if name not in blocks:
                    blocks[name] = _Block(name, whole[name][0], whole[name][1], block)
                block = blocks[name]
        innermost.append(block)
    return innermost, blocks


def _prefixes(name: str) -> list[str]:
    """The blocks a name speaks of, outermost first: ``a`` and ``a.b`` for ``a.b.c``."""
    parts = name.split(".")[:-1][:DEEPEST_BLOCK]
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]


# the network


class _Region:
    """A merge whose branches are written inside it: the node they begin with, the place they fork from, their ends."""

    __slots__ = ("depth", "first", "fork", "references")

    def __init__(self, first: int, fork: int, references: int, depth: int) -> None:
        self.first, self.fork, self.references, self.depth = first, fork, references, depth


class _Writer:
    """Everything about one network that its text depends on."""

    def __init__(self, network: Network) -> None:
        self.nodes = network.nodes
        self.innermost, self.blocks = _blocks(self.nodes)
        self.ending: dict[int, list[_Block]] = {}
        for block in self.blocks.values():
            self.ending.setdefault(block.last, []).append(block)
        self.leaves = [node.name[len(block.scope) :] for node, block in zip(self.nodes, self.innermost, strict=True)]
        self.explicit = self._explicit()
        self.places = {node.name: index for index, node in enumerate(self.nodes)}
        self.regions: dict[int, _Region] = {}
        self.begins: dict[int, list[int]] = {}
        for index, node in enumerate(self.nodes):
            region = self._region(index) if 1 < len(node.inputs) <= MOST_BRANCHES else None
            if region:
                self.regions[index] = region
                self.begins.setdefault(region.first, []).append(index)

    def pieces(self) -> list[_Piece]:
        return self._steps(0, len(self.nodes) - 1, self.innermost_root(), INPUT)

    def innermost_root(self) -> _Block:
        block = self.innermost[0]
        while block.parent is not None:
            block = block.parent
        return block

    # names

    def _explicit(self) -> list[bool]:
        """Which names have to be written, because the layer would not get them by itself."""
        explicit = [False] * len(self.nodes)
        words = {name.rpartition(".")[2] for name in self.blocks}
        for _attempt in range(8):
            changed = self._rename(explicit, words)
            if not changed:
                return explicit
            words.update(self.leaves[index].rpartition(".")[2] for index in changed)
        return [True] * len(self.nodes)

    def _rename(self, explicit: list[bool], words: set[str]) -> list[int]:
        """Count as the parser would, and mark the names that differ; written names change the count of the others."""
        names, changed = Names(words), list[int]()
        for index, node in enumerate(self.nodes):
            if explicit[index]:
                continue
            keyword, scope = node.layer.keyword, self.innermost[index].scope
            if self.leaves[index] == names.following(keyword, scope):
                names.take(keyword, scope)
            else:
                explicit[index] = True
                changed.append(index)
        return changed

    def _name(self, index: int) -> str | None:
        return self.leaves[index] if self.explicit[index] else None

    def _reference(self, target: int, scope: str) -> str:
        """How a node is called from inside a block: the shortest of its own name and those of the blocks it ends."""
        if target == INPUT:
            return "input"
        full = [self.nodes[target].name, *(block.name for block in self.ending.get(target, []) if block.name)]
        return min((self._relative(name, scope) for name in full), key=len)

    def _relative(self, name: str, scope: str) -> str:
        for outer in around(scope):
            if not name.startswith(outer):
                continue
            short = name[len(outer) :]
            nearest = next((inner for inner in around(scope) if self._known(inner + short)), None)
            if nearest == outer and short != "input" and name_text(short) == short:
                return short
        return quoted(name)

    def _known(self, name: str) -> bool:
        return name in self.places or name in self.blocks

    # branches

    def _region(self, merge: int) -> _Region | None:
        """The best way to write a merge's branches inside it, or nothing if plain references are better."""
        inputs = self.nodes[merge].inputs
        if merge - 1 not in inputs:
            return None
        plain = sum(source != merge - 1 for source in inputs)
        regions = [region for fork in self._forks(merge) if (region := self._try(merge, fork)) is not None]
        best = min(regions, key=lambda region: (region.references, -region.fork), default=None)
        return best if best and best.references <= plain else None

    def _forks(self, merge: int) -> set[int]:
        """Where the branches might begin: at one of the inputs, or where the last branch reads."""
        inputs = self.nodes[merge].inputs
        heads = [source + 1 for source in inputs if source + 1 < merge]
        starts = {source for head in heads for source in self.nodes[head].inputs}
        return {fork for fork in (*inputs, *starts) if merge - LONGEST_REGION <= fork < merge - 1}

    def _try(self, merge: int, fork: int) -> _Region | None:
        """The region with its branches from ``fork``, if there is one that brackets and blocks can hold."""
        inputs = self.nodes[merge].inputs
        first_end = next((source for source in inputs if source > fork), None)
        first = None if first_end is None else self._head(first_end, fork)
        if first is None or first <= fork or first < self.innermost[merge].first:
            return None
        references, begin, depth = 0, first, 0
        for source in inputs:
            if source >= begin:
                inside = self._inside(begin, source, merge)
                if inside is None:
                    return None
                depth = max(depth, inside)
                references += fork not in self._entry(begin)
                begin = source + 1
            else:
                references += source != fork
        if begin != merge or depth >= DEEPEST_REGION:
            return None
        return _Region(first, fork, references, depth + 1)

    def _head(self, end: int, fork: int) -> int | None:
        """The first node of the branch that ends at ``end``: walk back until something reads the fork, or beyond."""
        node = end
        while node > fork:
            region = self.regions.get(node)
            first, sources = (region.first, (region.fork,)) if region else (node, self.nodes[node].inputs)
            if fork in sources or max(sources) < fork:
                return first
            node = max(source for source in sources if source < first) if region is None else region.fork
        return None

    def _entry(self, first: int) -> tuple[int, ...]:
        """What the step that begins with a node reads."""
        merges = self.begins.get(first)
        return (self.regions[merges[-1]].fork,) if merges else self.nodes[first].inputs

    def _inside(self, first: int, last: int, merge: int) -> int | None:
        """How deep the merges inside a branch are; `None` if a block or a merge in it reaches out of it."""
        depth = 0
        for index in range(first, last + 1):
            region = self.regions.get(index)
            if region:
                if region.first < first:
                    return None
                depth = max(depth, region.depth)
            block: _Block | None = self.innermost[index]
            while block is not self.innermost[merge]:
                if block is None or block.first < first or block.last > last:
                    return None
                block = block.parent
        return depth

    # steps

    def _steps(self, first: int, last: int, block: _Block, current: int) -> list[_Piece]:
        """The nodes ``first`` … ``last`` as steps inside ``block``, where the first step would read ``current``."""
        pieces: list[_Piece] = []
        index = first
        while index <= last:
            merge = self._merge_at(index, last, block)
            inner = self._block_at(index, block)
            if merge is not None:
                fork = self.regions[merge].fork
                pieces += self._go(current, fork, block)
                pieces.append(self._merge(merge, self._branches(merge, block), block))
                index = merge
            elif inner is not None:
                pieces.append(self._bracket(inner, block, current))
                index = inner.last
            else:
                pieces += self._plain(index, block, current)
            current = index
            index += 1
        return folded(pieces)

    def _merge_at(self, index: int, last: int, block: _Block) -> int | None:
        """The outermost merge of this very block whose branches begin with a node."""
        merges = self.begins.get(index, ())
        return next((merge for merge in reversed(merges) if merge <= last and self.innermost[merge] is block), None)

    def _block_at(self, index: int, block: _Block) -> _Block | None:
        """The block inside ``block`` that a node stands in."""
        inner = self.innermost[index]
        if inner is block:
            return None
        while inner.parent is not None and inner.parent is not block:
            inner = inner.parent
        return inner

    def _go(self, current: int, target: int, block: _Block) -> list[_Piece]:
        """A step to another place, if it is another."""
        if current == target:
            return []
        return [_Piece(f"@{self._reference(target, block.scope)}", fresh=True)]

    def _plain(self, index: int, block: _Block, current: int) -> list[_Piece]:
        node = self.nodes[index]
        if node.layer.merges and (len(node.inputs) > 1 or not node.layer.alone):
            branches = [self._go(current, source, block) for source in node.inputs]
            return [self._merge(index, branches, block)]
        fresh = bool(node.layer.word.kernel or node.layer.word.channels)
        word = _Piece(self._word(node, block), self._name(index), fresh=fresh)
        return [*self._go(current, node.inputs[0], block), word]

    def _word(self, node: Node, block: _Block) -> str:
        word = write(node.layer)
        if node.tied:
            return f"{word},{TIED}{self._reference(self.places[node.tied], block.scope)}"
        return f"{word},{write_stored(node.stored)}" if node.stored else word

    def _merge(self, index: int, branches: list[list[_Piece]], block: _Block) -> _Piece:
        opener = f"{self._word(self.nodes[index], block)}("
        return _Piece(opener, self._name(index), branches, fresh=True)

    def _branches(self, merge: int, block: _Block) -> list[list[_Piece]]:
        region, branches = self.regions[merge], []
        begin = region.first
        for source in self.nodes[merge].inputs:
            if source >= begin:
                branches.append(self._steps(begin, source, block, region.fork))
                begin = source + 1
            else:
                branches.append(self._go(region.fork, source, block))
        return branches

    def _bracket(self, inner: _Block, block: _Block, current: int) -> _Piece:
        name = (inner.name or "")[len(block.scope) :]
        body = self._steps(inner.first, inner.last, inner, current)
        copies = self._copies(body)
        if copies is None:
            return _Piece("(", name, [body], fresh=True)
        return _Piece(copies.opener, name, copies.branches, len(body), fresh=True)

    def _copies(self, body: list[_Piece]) -> _Piece | None:
        """The one step that a block repeats: its steps are called 1, 2, 3 … and are otherwise the same."""
        one = body[0]
        if len(body) < 2 or f",{TIED}" in one.opener or (one.branches is not None and not one.is_block):
            return None
        core = one.core
        for number, piece in enumerate(body, start=1):
            if piece.name != str(number) or piece.count > 1 or piece.core != core:
                return None
        return one
