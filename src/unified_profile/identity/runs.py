"""Shared hardware: whose anonymous facts on a device are, by who was signed in when they happened.

A device in ``mode="attribute"`` never links people. A fact with a center signs that person in; an anonymous fact
belongs to the last sign-in before it on its strongest device; before the first sign-in, to the first; after a reset,
to nobody until somebody signs in again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class OnDevice(NamedTuple):
    """A fact on a device: when, whose (its centre; None: anonymous), and whether it ends the run."""

    occurred_us: int
    fact: str
    centre: str | None
    resets: bool

    def __repr__(self) -> str:
        """Show the fact only."""
        return f"OnDevice(fact={self.fact!r})"


def owners(facts: Iterable[OnDevice], /) -> dict[str, str]:
    """Return the centre each anonymous fact of one device belongs to; those of nobody are left out.

    >>> facts = [OnDevice(1, "a", None, False), OnDevice(2, "b", "user_id:1", False), OnDevice(3, "c", None, True)]
    >>> facts.append(OnDevice(4, "d", None, False))
    >>> owners(facts)
    {'a': 'user_id:1', 'c': 'user_id:1'}
    """
    found: dict[str, str] = {}
    waiting: list[str] = []
    owner: str | None = None
    opened = True
    for fact in sorted(facts, key=lambda fact: fact[:2]):
        if fact.centre is not None:
            owner = fact.centre
            if opened:
                found.update(dict.fromkeys(waiting, owner))
            waiting, opened = [], False
        elif owner is not None:
            found[fact.fact] = owner
        elif opened:
            waiting.append(fact.fact)
        if fact.resets:
            owner, opened, waiting = None, False, []
    return found
