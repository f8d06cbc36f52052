"""Report: the one frozen value every analysis ends in, and all a renderer ever reads.

``data`` is the JSON contract: plain integers, `None` for unknown, English snake_case keys. ``tables``, ``notes`` and
``pictures`` are the same facts laid out for people, in their language; renderers choose widths and signs, and compute
nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cnncalc.errors import CnncalcError, near
from cnncalc.language import _, language

if TYPE_CHECKING:
    from cnncalc.report.paper import Paper
    from cnncalc.report.picture import Picture

Unit = Literal["text", "count", "bytes", "number", "factor", "share", "formula", "bar"]
"""How a cell is shown: words; thousands separators; KiB/MiB; a plain number; ÷5,376; 12.5 %; a worked line, as a
`Term`; a bar on a log scale whose value is the number itself. Machine formats print every one raw."""

Cell = int | float | str | bool | None

MOST_NAMES = 12
"""So many fields are named to somebody who asks for one that is like none of them."""

PREFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


class Shown:
    """A value that notebooks show with its table and its picture; how, is known upstairs, and only asked for then."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The value as text, HTML, Markdown and LaTeX, by the names that IPython has for them."""
        bundle: dict[str, str] = import_module("cnncalc.notebook").bundle(self)
        return bundle


class Column(NamedTuple):  # none of the three is a dataclass: to make one takes a hundredth of a short answer
    """One column: ``key`` for machines, ``label`` for people.

    On a narrow terminal a ``minor`` column goes first, of several the most minor, and of equals the last.
    """

    key: str
    label: str
    unit: Unit = "text"
    minor: int = 0


class Table(NamedTuple):
    """Rows of cells, one per column; ``total`` is the last line, set apart. ``between[i]`` is a line above row i.

    ``marks[i]`` is how important row i is: ``""``, ``"strong"``, ``"quiet"``, ``"good"`` or ``"bad"``.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    total: tuple[Cell, ...] | None = None
    between: Mapping[int, str] = MappingProxyType({})
    marks: Mapping[int, str] = MappingProxyType({})

    @property
    def keys(self) -> list[str]:
        """The keys of the columns."""
        return [column.key for column in self.columns]


def in_bytes(number: float) -> str:
    """Bytes for people, in a cell as in a sentence: in the largest unit of which there is at least one.

    >>> in_bytes(512), in_bytes(7168), in_bytes(3 * 1024**2), in_bytes(2**80)
    ('512 B', '7.0 KiB', '3.0 MiB', '1,048,576.0 EiB')
    """
    power = max(min((int(number).bit_length() - 1) // 10, len(PREFIXES) - 1), 0)
    return f"{number / 1024**power:,.1f} {PREFIXES[power]}B" if power else f"{number:.6g} B"


def joined(values: list[Any]) -> Cell:
    """A bare number where it is one; ``9x11`` where axes differ, ``48..52`` where units do.

    >>> joined([9, 9]), joined([9, 11]), joined([{"min": 48, "max": 52}])
    (9, '9x11', '48..52')
    """
    flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
    if all(value == flat[0] for value in flat):
        flat = flat[:1]
    if len(flat) == 1 and not isinstance(flat[0], Mapping):
        cell: Cell = flat[0]
        return cell
    return "x".join(measure_text(value) for value in flat)


def measure_text(value: int | float | Mapping[str, Any] | None) -> str:
    """A number, a range or a question mark; three dots for what an answer from elsewhere has in their place.

    >>> measure_text(7), measure_text({"min": 48, "max": 52}), measure_text(None), measure_text({"odd": 1})
    ('7', '48..52', '?', '…')
    >>> measure_text(1 / 3)
    '0.333333'
    """
    if isinstance(value, Mapping):
        return f"{measure_text(value['min'])}..{measure_text(value['max'])}" if {*value} == {"min", "max"} else "…"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "?" if value is None else str(value)


class Drawing(NamedTuple):
    """Something to be looked at, of a ``kind`` that `cnncalc.render.pictures` can draw.

    ``facts`` makes what is drawn when somebody looks, so that a drawing costs nothing where text is asked for.
    """

    kind: str
    facts: Callable[[], Any]


class Range(NamedTuple):
    """What is known of a field that is no bare number: the ends it lies between, and ``words`` for it.

    Ends of `None` are not known; infinite ones are larger than any number.
    """

    least: float | None
    most: float | None
    words: str


class Later(Sequence[Any]):
    """Tables or notes that are made when somebody looks at them, in the language of that moment.

    JSON looks at none of them, and what other formats for machines take from tables is in English.

    >>> tables = Later(lambda: [Table((Column("name", "layer"),), (("conv1",),))])
    >>> len(tables), tables[0].rows
    (1, (('conv1',),))
    """

    def __init__(self, make: Callable[[], Iterable[Any]]) -> None:
        self._make = make
        self._items: dict[str, tuple[Any, ...]] = {}

    def _there(self) -> tuple[Any, ...]:
        if language() not in self._items:
            self._items[language()] = tuple(self._make())
        return self._items[language()]

    def __getitem__(self, index: Any) -> Any:
        return self._there()[index]

    def __len__(self) -> int:
        return len(self._there())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Report(Shown):
    """``what`` and ``version`` name the schema, no ``what`` none; the first table is the one that TSV and CSV print.

    ``verdict`` is `False` when the answer is no (a check failed, a requirement is not met): the exit code is then 1.
    ``story`` is for a report to be read from the top: the same tables, pictures and notes in their order.
    ``drawings`` are for formats that show and don't write: a page, an SVG.
    ``asked`` are the answers to what was asked beside the first table, in whose place machine formats print them.
    ``failures`` say why the verdict is no, a line each; ``ranges`` are what is known of fields that are no bare
    number, and ``aliases`` other paths to a field. ``paper`` are the questions of a report that asks some.
    """

    what: str
    data: Mapping[str, Any]
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    pictures: "tuple[Picture, ...]" = ()
    title: str = ""
    version: int = 1
    verdict: bool = True
    story: "tuple[str | Table | Picture, ...]" = ()
    drawings: tuple[Drawing, ...] = ()
    asked: tuple[Table, ...] = ()
    failures: tuple[str, ...] = ()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    paper: "Paper | None" = None

    def __repr__(self) -> str:
        """Its text, as ``--format plain`` writes it: what a prompt shows."""
        text: str = import_module("cnncalc.notebook").text(self)
        return text

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract: ``{"schema": "cnncalc/<what>/<version>", …}``."""
        return {"schema": f"cnncalc/{self.what}/{self.version}", **self.data} if self.what else dict(self.data)

    def to_pandas(self) -> Any:
        """The table that TSV would print as a `pandas.DataFrame`, its columns named by their keys.

        >>> table = Table((Column("name", "layer"), Column("parameters", "parameters", "count")), (("conv", 1792),))
        >>> int(Report("params", {}, (table,)).to_pandas()["parameters"].sum())
        1792

        Raises `MissingExtraError` without pandas.
        """
        from cnncalc.report import frames

        return frames.to_pandas(frames.main(self.tables, self.asked))

    def to_arrow(self) -> Any:
        """The same as a `pyarrow.Table`.

        Raises `MissingExtraError` without pyarrow.
        """
        from cnncalc.report import frames

        return frames.to_arrow(frames.main(self.tables, self.asked))

    @property
    def main(self) -> str | None:
        """The key of the list that the report is about, if there is one."""
        return next((key for key, value in self.data.items() if _is_rows(value)), None)

    def get(self, path: str) -> Any:
        """One value by its dotted path; an item of a list goes by its number or its ``name``.

        A path may leave out the list that the report is about: ``conv.parameters`` is ``rows.conv.parameters``.

        >>> report = Report("params", {"rows": [{"name": "conv", "parameters": 1792}]})
        >>> report.get("conv.parameters"), report.get("rows.0.parameters")
        (1792, 1792)
        """
        main = self.main
        for start in (self.to_dict(), self.data[main] if main else {}):
            value = _walk(start, self.aliases.get(path, path))
            if value is not _ABSENT:
                return value
        data = self.to_dict()
        rows = self.data[main] if main else []
        similar = _similar({**_entries(rows), **data}, path) or _similar_inside(data, path)
        message = (
            _("there is no field {path}: did you mean {near}?")
            if similar
            else _("there is no field {path}: take one of {known}")
        )
        known = ", ".join(_names(data, rows)[:MOST_NAMES])
        raise FieldError(message.format(path=path, near=similar, known=known))


class FieldError(CnncalcError, LookupError):
    """A field that the report does not have."""


_ABSENT = object()


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _walk(value: Any, path: str) -> Any:
    """Follow ``path``; names may hold dots themselves, so the longest name that fits is taken."""
    if not path:
        return value
    entries = _entries(value)
    for name in _beginnings(entries, path):
        inner = _walk(entries[name], path[len(name) + 1 :])
        if inner is not _ABSENT:
            return inner
    return _ABSENT


def _entries(value: Any) -> dict[str, Any]:
    """What is in a value, by the names that a path may call it."""
    entries = dict(value) if isinstance(value, Mapping) else {}
    if isinstance(value, list):
        entries = {str(index): item for index, item in enumerate(value)}
        entries |= {str(item["name"]): item for item in value if isinstance(item, Mapping) and "name" in item}
    return entries


def _beginnings(entries: Mapping[str, Any], path: str) -> list[str]:
    """The names with which a path may begin, the longest first."""
    return sorted((name for name in entries if path == name or path.startswith(f"{name}.")), key=len, reverse=True)


def _similar(value: Any, path: str) -> str:
    """The path that is most like one that leads nowhere, looked for where it leaves the known ones; or nothing."""
    entries = _entries(value)
    known = _beginnings(entries, path)
    for name in known:
        rest = path[len(name) + 1 :]
        inner = _similar(entries[name], rest) or _similar_inside(entries[name], rest)
        if inner:
            return f"{name}.{inner}"
    beginning, _dot, last = path.rpartition(".")
    for name, rest in () if known else ((beginning, last), (path, "")):
        match = near(name, entries) or next((entry for entry in entries if name and entry.startswith(name)), "")
        inner = (
            rest if match and _walk(entries[match], rest) is not _ABSENT else match and _similar(entries[match], rest)
        )
        if match and (inner or not rest):
            return f"{match}.{inner}" if inner else match
    return ""


def _similar_inside(value: Any, path: str) -> str:
    """The same for a path that leaves out where it begins: ``params`` for ``total.parameters``."""
    for name, entry in value.items() if isinstance(value, Mapping) else ():
        if isinstance(entry, Mapping) and not all(isinstance(value, str) for value in entry.values()):
            inner = _similar(entry, path) or _similar_inside(entry, path)
            if inner:
                return f"{name}.{inner}"
    return ""


def _names(data: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paths that lead to a value: those of the report itself, and those of its first row."""
    named = {name: entry for name, entry in data.items() if name != "schema"}
    named |= {str(row["name"]): row for row in rows[:1] if "name" in row}
    return [
        f"{name}.{key}" if key else name
        for name, entry in named.items()
        for key in (entry if isinstance(entry, Mapping) else [] if isinstance(entry, list) else [""])
    ]
