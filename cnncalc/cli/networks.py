"""What every command about a network shares: its argument, and turning that into the network."""

from cnncalc.language import N_
from cnncalc.network import Network

NETWORK_HELP = N_("notation, .cnn file, zoo name, model file, or -")
INPUT_HELP = N_("shape of the input; also LxC and DxHxWxC")


def network_of(words: list[str], *, allow_unknown: bool = False) -> Network:
    """The network that the words of the command line mean."""
    from cnncalc.loading import load

    return load(words, allow_unknown=allow_unknown)
