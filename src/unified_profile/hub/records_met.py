"""Which records meet under the keys of a resolver: those that are kept under a key, and those that only visit it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from unified_profile.errors import PopularKeyWarning
from unified_profile.model.rows import RecordKeyRow
from unified_profile.model.values import Identifier

_NOBODY: frozenset[str] = frozenset()


class Keeping:
    """Who holds each key of a batch, and who only visits: a popular key keeps its first records.

    What visits is compared with what is kept, but never with another visitor, so that which of them came in one batch
    does not matter, and a key costs the same however many have it.
    """

    def __init__(self, met: Sequence[RecordKeyRow], rows: Sequence[RecordKeyRow], /, *, most: int) -> None:
        """Keep *rows*, those of the batch, beside those *met*, as far as there is room for *most* (at least one)."""
        self._most = most
        # Those of each key that several have; most keys are of one record alone, and need no set.
        self.holders: dict[str, set[str]] = {}
        self.visitors: dict[str, set[str]] = {}
        self.new: list[RecordKeyRow] = []
        holders, sole = self.holders, dict[str, str]()
        for key, fact in met:
            if key in holders:
                holders[key].add(fact)
            elif sole.setdefault(key, fact) != fact:
                holders[key] = {sole[key], fact}
        for row in rows:
            key, fact = row
            held = holders.get(key)
            if held is None:
                alone = sole.get(key)
                if alone is None:
                    sole[key] = fact
                    self.new.append(row)
                if alone is None or alone == fact:
                    continue
                held = holders[key] = {alone}
            if fact in held:
                continue
            if len(held) < most:
                held.add(fact)
                self.new.append(row)
            else:
                self.visitors.setdefault(key, set()).add(fact)
        self._told: dict[str, dict[str, None]] = {}
        for key, fact in rows:
            if key in holders:
                self._told.setdefault(key, {})[fact] = None

    def meeting(self) -> set[str]:
        """Return every record that meets another."""
        found: set[str] = set()
        for key, held in self.holders.items():
            found |= held
            found |= self.visitors.get(key, _NOBODY)
        return found

    def pairs(self, places: Mapping[str, int], /) -> tuple[list[int], list[int]]:
        """Return the pairs that meet, one of each told in this batch, by the *places* of their facts: none twice.

        Who has no place is left out: an erasure may have taken the fact.
        """
        met: set[int] = set()
        size = len(places)
        for key, told in self._told.items():
            held = [places[fact] for fact in self.holders[key] if fact in places]
            for fact in told:
                own = places.get(fact)
                if own is not None:
                    met.update([own * size + one if own < one else one * size + own for one in held if one != own])
        found = sorted(met)
        return [pair // size for pair in found], [pair % size for pair in found]

    def warning(self, fingerprint: str, made_of: Mapping[str, str], /) -> PopularKeyWarning:
        """Return what to tell of the visitors; *made_of* says of which columns keys are made, as far as is known."""
        left_out = len({fact for facts in self.visitors.values() for fact in facts})
        counts = Counter(made_of[key] for key in self.visitors if key in made_of)
        columns = dict(sorted(counts.items(), key=lambda found: (-found[1], found[0])))
        return PopularKeyWarning(
            fingerprint=fingerprint, keys=len(self.visitors), left_out=left_out, most=self._most, columns=columns
        )


def keys_by_node(held: Mapping[str, Collection[str]], nodes: Mapping[str, Identifier], /) -> dict[Identifier, set[str]]:
    """Return the keys of each record, of which *nodes* gives the name by its fact."""
    found: dict[Identifier, set[str]] = {}
    for key, facts in held.items():
        for id_ in facts:
            if id_ in nodes:
                found.setdefault(nodes[id_], set()).add(key)
    return found
