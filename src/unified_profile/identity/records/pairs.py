"""Records in the order of their keys, and pairs of records as plain numbers: sorting numbers is what costs least."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from unified_profile.identity.records.clusters import Floats, Weigh
    from unified_profile.identity.records.fields import Codes


def grouped(key: Codes) -> tuple[Codes, Codes, Codes]:
    """Return the records that have a key in the order of their keys, where each block begins, and how large it is."""
    who = np.flatnonzero(key >= 0)
    ordered = key[who]
    bits = len(key).bit_length()
    if int(ordered.max(initial=0)) < 1 << (62 - bits):  # sorting numbers is far cheaper than sorting by numbers
        packed = np.sort((ordered << bits) | who)
        ordered, order = packed >> bits, packed & ((1 << bits) - 1)
    else:
        place = np.argsort(ordered, kind="stable")
        ordered, order = ordered[place], who[place]
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))) if len(order) else order
    return order, begins, np.diff(np.append(begins, len(order)))


_FEW = 60


def blocks(key: Codes, newcomers: int, /) -> Iterator[Codes]:
    """Yield the records of each key, in order, that several of them have, one of the first *newcomers* among them."""
    if len(key) <= _FEW:  # plain dictionaries are faster than arrays then
        held: dict[int, list[int]] = {}
        for record, own in enumerate(key.tolist()):
            if own >= 0:
                held.setdefault(own, []).append(record)
        yield from (np.array(block) for block in held.values() if len(block) > 1 and block[0] < newcomers)
        return
    order, begins, sizes = grouped(key)
    if len(begins):
        wanted = (sizes > 1) & np.logical_or.reduceat(order < newcomers, begins)
        for begin, size in zip(begins[wanted].tolist(), sizes[wanted].tolist(), strict=True):
            yield order[begin : begin + size]


def pairs_within(labels: Codes, records: Codes, /) -> tuple[Codes, Codes]:
    """Return all pairs of *records* that have the same label."""
    order = records[np.argsort(labels[records], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    pairs = [group[np.stack(np.triu_indices(len(group), 1))] for group in groups]
    one, two = np.concatenate(pairs, axis=1) if len(records) else np.empty((2, 0), dtype=np.int64)
    return one, two


def tabled(weigh: Weigh, records: int, /) -> Weigh:
    """Return *weigh* for few *records*: when first asked, it is asked of all pairs, smaller number first."""
    tables: list[Floats] = []

    def looked_up(left: Codes, right: Codes) -> Floats:
        if not len(left) or not bool((left < right).all()):
            return weigh(left, right)
        if not tables:
            one, two = np.triu_indices(records, 1)
            tables.append(np.zeros((records, records)))
            tables[0][one, two] = weigh(one, two)
        found: Floats = tables[0][left, right]
        return found

    return looked_up


class PairSet:
    """Numbered pairs, each counted once however many rules it meets by."""

    def __init__(self) -> None:
        """Begin with none."""
        self._parts: list[Codes] = []
        self._distinct = True

    def add(self, pairs: Codes) -> None:
        """Add *pairs*, of which some may be there already."""
        self._parts.append(pairs)
        self._distinct = False

    def reach(self, most: float) -> bool:
        """Say whether there are *most* of them."""
        return sum(map(len, self._parts)) >= most and len(self.distinct()) >= most

    def distinct(self) -> Codes:
        """Return them in order."""
        if not self._distinct:
            whole = np.concatenate(self._parts)
            whole.sort(kind="stable")  # the parts are in order already, and this one finds that out
            self._parts = [whole[np.concatenate(([True], whole[1:] != whole[:-1]))] if len(whole) else whole]
            self._distinct = True
        return self._parts[0] if self._parts else np.empty(0, dtype=np.int64)
