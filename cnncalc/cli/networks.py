"""What every command about a network shares: turning its words into the network."""

from cnncalc.network import Network


def network_of(words: list[str], *, allow_unknown: bool = False) -> Network:
    """The network that the words of the command line mean."""
    from cnncalc.loading import load

    return load(words, allow_unknown=allow_unknown)
