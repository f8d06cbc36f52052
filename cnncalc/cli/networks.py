"""What every command about a network shares: turning its words into the network."""

from cnncalc.cli.errors import UsageError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.shapes import shorten


def network_of(words: list[str], *, allow_unknown: bool = False, assume: list[str] | None = None) -> Network:
    """The network that the words of the command line mean; ``assume`` are rules as they were typed, ``GRU=whole``."""
    from cnncalc.loading import load

    return load(words, allow_unknown=allow_unknown, assume=rules(assume))


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
