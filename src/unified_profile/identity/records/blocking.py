"""Which pairs are compared at all: those of records that agree on a rule, and the rules are found from the data.

A rule is a part of one field, or of two or three together. Parts that many records share make too many pairs, parts
that few share miss those with a typo in them; so the coarsest rules are taken that stay small enough, and those first
that need other fields than the ones before.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

import attrs
import numpy as np

from unified_profile.errors import UnknownNameError
from unified_profile.identity.records.cores import ahead
from unified_profile.identity.records.keys import PARTS, Part
from unified_profile.identity.records.pairs import PairSet, grouped
from unified_profile.identity.records.spreading import spread

if TYPE_CHECKING:
    from unified_profile.identity.records.fields import Codes, Field

LARGEST_BLOCK = 60
"""Records of one key beyond which the key is left out: it says too little."""
EXPLODING = 2000
"""Records of one key beyond which even a model leaves it out: their pairs would be millions."""
_SAMPLE = 100_000
_MOST, _FEWEST = 25.0, 8.0
_SELDOM = 0.05
"""The share of records with both parts of a rule below which it is not looked at."""
_FIRM: Mapping[str, str] = {"given_name": "sound", "family_name": "sound", "city": "sound"}
"""The part of the values of a role by which records meet in rules of three; of other roles it is the whole."""
_MOST_FIRM = 9
"""Fields that are tried in rules of three: those that most records have."""
_FLOOD = 0.5
"""The share of records with one value in every field from which on they are taken for copies of one row."""

Pairs: TypeAlias = "tuple[Codes, Codes]"


@attrs.frozen(order=True)
class Rule:
    """Records meet that have the same in all *parts*, each the name of a field and the name of a part of its values."""

    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return " + ".join(f"{field} ({part})" for field, part in self.parts)


@attrs.frozen(eq=False)
class Blocks:
    """The rules that were found, the pairs that meet by them, and the keys left out as too common."""

    rules: tuple[Rule, ...]
    left: Codes
    right: Codes
    stop_keys: frozenset[str] = frozenset()
    by_rule: Mapping[Rule, int] = attrs.field(factory=dict)
    """How many keys of each rule were left out, as far as that is known."""

    @property
    def too_common(self) -> int:
        """How many keys were left out because too many records have them."""
        return len(self.stop_keys)


class BlockingRules(Protocol):
    """Chooses the pairs that are compared."""

    def blocks(self, fields: Sequence[Field], records: int, /) -> Blocks:
        """Return the rules and the pairs (each once, the smaller number left)."""
        ...


@attrs.frozen
class FromData:
    """Rules found from the data: the default.

    *pairs* is how many candidates a record may have on average, in tables of up to a hundred thousand records; in
    larger ones it is fewer, because more of the pairs that meet are strangers there, down to `_FEWEST`.
    """

    pairs: float = _MOST
    share: float = 0.3
    largest: int = LARGEST_BLOCK

    def blocks(self, fields: Sequence[Field], records: int, /) -> Blocks:
        """Return the rules and the pairs."""
        pairs = min(self.pairs, max(_FEWEST, self.pairs * (_SAMPLE / max(1, records)) ** 0.5))
        return _collect(fields, records, self._ranked(fields, records, pairs), pairs * records, self.largest)

    def _ranked(self, fields: Sequence[Field], records: int, pairs: float) -> list[Rule]:
        """Return the useful rules in the order of `spread`, judged by a sample."""
        fields, records = _but_copies(fields, records)
        step = max(1, -(-records // _SAMPLE))
        most = pairs * records * self.share / (step * step)
        parts = [(field, part) for field in fields for part in PARTS.get(field.role, ())]
        keys = ahead(lambda one: _key(*one, step=step), parts)
        sampled = [(field, part, key) for (field, part), key in zip(parts, keys, strict=True)]
        found: dict[Rule, float] = {}
        for field, part, key in sampled:
            cost, cover = _cost(key, self.largest, step)
            if 0 < cost <= most and cover > 0.3:
                found[Rule(((field.name, part.name),))] = cost

        def judged(two: tuple[tuple[Field, Part, Codes], tuple[Field, Part, Codes]]) -> tuple[float, float]:
            both = both_of(two[0][2], two[1][2])
            return (0.0, 0.0) if (both >= 0).mean() < _SELDOM else _cost(both, self.largest, step)

        pairs_of = [(one, two) for one, two in combinations(sampled, 2) if one[0] is not two[0]]
        for ((one, part, _), (other, second, _)), (cost, cover) in zip(pairs_of, ahead(judged, pairs_of), strict=True):
            if 0 < cost <= most and cover > 0.5:
                found[Rule(((one.name, part.name), (other.name, second.name)))] = cost
        firm = [one for one in sampled if one[1].name == _FIRM.get(one[0].role, "whole")]
        firm = sorted(firm, key=lambda one: -one[0].filled)[:_MOST_FIRM]

        def judged_three(three: Sequence[tuple[Field, Part, Codes]]) -> tuple[float, float]:
            key = both_of(both_of(three[0][2], three[1][2]), three[2][2])
            return (0.0, 0.0) if (key >= 0).mean() < _SELDOM else _cost(key, self.largest, step)

        threes = [*combinations(firm, 3)]
        for three, (cost, cover) in zip(threes, ahead(judged_three, threes), strict=True):
            if 0 < cost <= most and cover > 0.5:
                found[Rule(tuple((field.name, part.name) for field, part, _ in three))] = cost
        roles = {field.name: field.role for field in fields}
        coarsest = [rule for rule in found if not any(_finer(rule, other, roles) for other in found)]
        coarsest.sort(key=lambda rule: (found[rule], rule))
        filled = {field.name: field.filled / max(1, records) for field in fields}
        order = spread([found[rule] for rule in coarsest], [{*dict(rule.parts)} for rule in coarsest], filled)
        return [coarsest[number] for number in order]


def _but_copies(fields: Sequence[Field], records: int) -> tuple[Sequence[Field], int]:
    """Return the fields with two copies of a row of which most rows are copies: they say nothing of others' keys."""
    if not fields or any(field.counts.max(initial=0) < _FLOOD * records for field in fields):
        return fields, records
    flooded = np.logical_and.reduce([field.codes == int(np.argmax(field.counts)) for field in fields])
    kept = np.concatenate((np.flatnonzero(~flooded), np.flatnonzero(flooded)[:2]))
    return [field.only(np.sort(kept)) for field in fields], len(kept)


def _finer(rule: Rule, other: Rule, roles: Mapping[str, str]) -> bool:
    """Say whether all pairs that meet by *rule* meet by *other*, which is another rule."""
    own = dict(rule.parts)
    return rule != other and all(
        name in own and (own[name] in {"whole", part} or own[name] in part_of(roles[name], part).of)
        for name, part in other.parts
    )


@attrs.frozen
class ByRules:
    """Rules that somebody chose; the keys too common in these data are left out."""

    rules: tuple[Rule, ...]
    largest: int = LARGEST_BLOCK

    def blocks(self, fields: Sequence[Field], records: int, /) -> Blocks:
        """Return the pairs of the rules."""
        return _collect(fields, records, self.rules, np.inf, self.largest)


@attrs.frozen
class ModelRules:
    """The rules of a model with the keys that it leaves out: whether two records meet depends on these two alone."""

    rules: tuple[Rule, ...]
    stop_keys: frozenset[str]

    def blocks(self, fields: Sequence[Field], records: int, /) -> Blocks:
        """Return the pairs of the rules; keys of more than `EXPLODING` records are left out all the same, and told."""
        named = {field.name: field for field in fields}
        pairs = PairSet()
        told: dict[str, Rule] = {}
        for rule in self.rules:
            key = rule_key(rule, named)
            order, begins, sizes = grouped(key)
            stop = [
                begin
                for begin, size in zip(begins.tolist(), sizes.tolist(), strict=True)
                if size > 1 and key_of(rule, named, int(order[begin])) in self.stop_keys
            ]
            if stop:
                key[np.isin(key, key[order[stop]])] = -1
            met, common = _meeting(key, records, EXPLODING)
            told.update(dict.fromkeys(_keys_of(rule, named, common), rule))
            pairs.add(met)
        return Blocks(self.rules, *_split(pairs.distinct(), records), frozenset(told), Counter(told.values()))


def _key(field: Field, part: Part, *, step: int = 1) -> Codes:
    """Return, for each record whose number *step* divides, the number of the part of its value (-1: none)."""
    return np.append(field.attribute(f"part {part.name}", part.cut), -1)[field.codes[::step]]


def both_of(one: Codes, two: Codes, /) -> Codes:
    """Return, for each record, a number of two keys together (-1: one of them is missing)."""
    return np.where((one >= 0) & (two >= 0), one * (two.max(initial=0) + 1) + two, -1)


def _cost(key: Codes, largest: int, step: int) -> tuple[float, float]:
    """Return how many pairs a key makes, and the share of its records that are in blocks of a bearable size."""
    there = np.sort(key[key >= 0])
    if not len(there):
        return 0.0, 0.0
    sizes = np.diff(np.flatnonzero(np.concatenate(([True], there[1:] != there[:-1], [True])))).astype(np.float64)
    bearable = sizes[sizes <= max(2, largest / step)]
    return float((bearable * (bearable - 1.0) / 2.0).sum()), float(bearable.sum() / len(there))


def _collect(fields: Sequence[Field], records: int, rules: Sequence[Rule], most: float, largest: int) -> Blocks:
    """Return the pairs of the *rules*, of as many of them as stay below *most* pairs."""
    named = {field.name: field for field in fields}
    pairs = PairSet()
    used: list[Rule] = []
    stopped: dict[str, Rule] = {}
    for rule, (met, common) in zip(
        rules, ahead(lambda rule: _meeting(rule_key(rule, named), records, largest), rules), strict=True
    ):
        if pairs.reach(most):
            break
        stopped.update(dict.fromkeys(_keys_of(rule, named, common), rule))
        used.append(rule)
        pairs.add(met)
    return Blocks(tuple(used), *_split(pairs.distinct(), records), frozenset(stopped), Counter(stopped.values()))


def rule_key(rule: Rule, named: Mapping[str, Field], /) -> Codes:
    """Return, for each record, the number of its key under *rule* (-1: it has none).

    Raises:
        UnknownNameError: If there is no such field, or no such part of it.
    """
    for name, _ in rule.parts:
        if name not in named:
            raise UnknownNameError(kind="field with a value", name=name, known=named)
    keys = [_key(named[name], part_of(named[name].role, part)) for name, part in rule.parts]
    found = keys[0]
    for key in keys[1:]:
        found = both_of(found, key)
    return found


def part_of(role: str, name: str, /) -> Part:
    """Return the part *name* of the values of a *role*.

    Raises:
        UnknownNameError: If there is none.
    """
    for part in PARTS.get(role, ()):
        if part.name == name:
            return part
    raise UnknownNameError(kind=f"part of a {role}", name=name, known=[part.name for part in PARTS.get(role, ())])


def key_of(rule: Rule, named: Mapping[str, Field], record: int, /) -> str | None:
    """Return the key of one record under *rule* as a model keeps it: a hash; None if it has none."""
    texts: list[str] = []
    for name, part in rule.parts:
        field = named[name]
        code = int(field.codes[record])
        text = part_of(field.role, part).cut(field.values[code]) if code >= 0 else None
        if not text:
            return None
        texts.append(text)
    return hashed_key(str(rule), texts)


def _keys_of(rule: Rule, named: Mapping[str, Field], records: Codes) -> list[str]:
    """Return the keys of *records* under *rule*, of those that have one."""
    return [key for record in records.tolist() if (key := key_of(rule, named, record)) is not None]


def hashed_key(rule: str, texts: Sequence[str], /) -> str:
    """Return the hash of a key: of the rule and the texts of its parts."""
    whole = "\x1f".join((rule, *texts))
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def _meeting(key: Codes, records: int, largest: int) -> tuple[Codes, Codes]:
    """Return the pairs of records with one key as numbers ``left * records + right``, in order.

    Beside them a record of each block that is too large.
    """
    order, begins, sizes = grouped(key)
    found = [np.empty(0, np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= largest)]).tolist():
        blocks = order[begins[sizes == size][:, None] + np.arange(size)]
        one, two = np.triu_indices(size, 1)
        found.append((blocks[:, one] * records + blocks[:, two]).ravel())
    met = np.concatenate(found)
    met.sort()  # here several rules at once are put in order
    return met, order[begins[sizes > largest]]


def _split(pairs: Codes, records: int) -> tuple[Codes, Codes]:
    """Return the records of numbered pairs, as small as they can be kept."""
    left, right = np.empty(len(pairs), dtype=np.int32), np.empty(len(pairs), dtype=np.int32)
    np.floor_divide(pairs, max(records, 1), out=left, casting="unsafe")
    np.remainder(pairs, max(records, 1), out=right, casting="unsafe")
    return cast("Codes", left), cast("Codes", right)  # numbers of records: the width does not matter
