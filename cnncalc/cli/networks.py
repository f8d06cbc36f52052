"""What every command about a network shares: turning its words into the network."""

from cnncalc.cli.errors import UsageError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten


def network_of(
    words: list[str], *, allow_unknown: bool = False, assume: list[str] | None = None, layout: str | None = None
) -> Network:
    """The network that the words of the command line mean; ``assume`` are rules as they were typed, ``GRU=whole``."""
    from cnncalc.loading import load

    return load(words, allow_unknown=allow_unknown, assume=rules(assume), layout=layout or "")


def networks_of(
    names: list[str], *, allow_unknown: bool = False, assume: list[str] | None = None, layout: str | None = None
) -> list[tuple[str, Network]]:
    """Several networks of one word each, with what each is called."""
    from cnncalc.loading import layouts_of

    return [
        (title_of([name]), network_of([name], allow_unknown=allow_unknown, assume=assume, layout=own))
        for name, own in zip(names, layouts_of(names, layout or ""), strict=True)
    ]


def fed(network: Network, texts: list[str] | None) -> tuple[Network, Shape | None]:
    """The network with the shapes of its inputs as they were typed, and that of the first."""
    typed = shapes_typed(texts) if texts else None
    if not network.placeholders and not isinstance(typed, dict):
        return network, Shape.parse(typed) if typed else None
    from cnncalc.inputs import fed  # few networks have several

    return fed(network, typed)


def shapes_typed(texts: list[str]) -> str | dict[str, str]:
    """The shape that was typed, or the shape of each input by its name."""
    if len(texts) == 1 and "=" not in texts[0]:
        return texts[0]
    shapes: dict[str, str] = {}
    for text in texts:
        name, equals, shape = text.rpartition("=")
        if not (name and equals and shape):
            raise UsageError(
                _("--input {text} names no input: with several write each as NAME=224x224x3").format(text=shorten(text))
            )
        if name in shapes:
            raise UsageError(_("the input {name} is given twice: leave one out").format(name=shorten(name)))
        shapes[name] = shape
    return shapes


def rules(assume: list[str] | None) -> dict[str, str]:
    """The rules for unknown operators, as they were typed."""
    return dict(map(_rule, assume or ()))


def title_of(words: list[str]) -> str:
    """What the answer calls the network of these words."""
    from cnncalc.loading import title_of

    return title_of(words)


def _rule(text: str) -> tuple[str, str]:
    operator, equals, rule = text.rpartition("=")
    if not (operator and equals and rule):
        raise UsageError(_("--assume {text} is not a rule: write one such as GRU=whole").format(text=shorten(text)))
    return operator.strip(), rule.strip()
