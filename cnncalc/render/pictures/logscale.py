"""A log scale from 1: where counts stand on it, its ticks, and short words for large counts, as each language groups digits."""

from __future__ import annotations

from math import log10
from typing import NamedTuple

from cnncalc.language import language

GROUPS: dict[str, tuple[int, tuple[str, ...]]] = {
    "en": (3, ("thousand", "million", "billion", "trillion")),
    "zh": (4, ("万", "亿", "万亿")),
}
"""For every language how many digits it takes together, and what it calls 1 with one such group behind it, two, three …"""

LONG = 10_000
"""Counts below this are short as they are, and so are counts of words."""

NARROWEST = 70
"""Ticks stand at least so far apart."""

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(number: int) -> str:
    """A count of many digits in words, to four digits; nothing for one that is short already, or that has no word.

    >>> short(474794959104), short(999999), short(1792), short(10**20)
    ('474.8 billion', '1 million', '', '')
    """
    digits, names = GROUPS[language()]
    rounded = float(f"{number:.4g}")
    group = min(int(log10(max(rounded, 1)) / digits), len(names))
    if number < LONG or rounded >= LONG * 10 ** (digits * group):
        return ""
    return f"{rounded / 10 ** (digits * group):,.4g} {names[group - 1]}"


def rough(number: int) -> str:
    """The same in three digits or more, without a space, as it stands beside the number itself in a Chinese text.

    >>> from cnncalc.language import speak
    >>> speak("zh"); print(rough(616566784), rough(474794959104), rough(25557032)); speak("en")
    6.17亿 4,748亿 2,556万
    """
    digits, names = GROUPS[language()]
    group = min((len(str(number)) - 1) // digits, len(names))
    if number < LONG or group == 0:
        return ""
    share = number / 10 ** (digits * group)
    return f"{share:,.{max(3 - len(str(int(share))), 0)}f}{names[group - 1]}"


class LogScale(NamedTuple):
    """From 1 at ``left`` with so many pixels to a ``decade``; ``ticks`` are (place, word)."""

    left: float
    decade: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, number: int) -> float:
        """Where a count stands, which is at least 1: equal lengths are equal factors."""
        return self.left + self.decade * log10(number)


def log_scale(left: float, right: float, most: int) -> LogScale:
    """The scale on which everything up to ``most`` has its place; it ends at a tick.

    >>> log_scale(250, 900, 474794959104).ticks[:2]
    ((250.0, '1'), (412.5, 'thousand'))
    """
    digits, _names = GROUPS[language()]
    groups = max(-(-len(str(most - 1)) // digits), 1)
    decade = (right - left) / (groups * digits)
    every = -(-NARROWEST // (decade * digits))
    ticks = (group for group in range(groups + 1) if group % every == 0)
    return LogScale(left, decade, tuple((left + decade * digits * group, _name(group)) for group in ticks))


def _name(group: int) -> str:
    digits, names = GROUPS[language()]
    if group > len(names):
        return f"10{str(digits * group).translate(_RAISED)}"
    return names[group - 1] if group else "1"
