"""A model of records: what was learned about a base, frozen, so that two records always weigh the same."""

from __future__ import annotations

import hashlib
import html
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from unified_profile.errors import InvalidRulesError
from unified_profile.identity.records.blocking import Rule
from unified_profile.identity.records.classes import PairClass
from unified_profile.identity.records.comparing import COMPARATORS, Comparator, all_of, compared
from unified_profile.identity.records.cores import on_all_cores
from unified_profile.identity.records.fields import Field
from unified_profile.identity.records.frequencies import hashed, packed, unpacked
from unified_profile.identity.records.mixture import Mixture
from unified_profile.identity.records.patterns import distinct_patterns
from unified_profile.identity.records.swapping import exchange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Levels
    from unified_profile.identity.records.fields import Codes
    from unified_profile.model.values import Json

    Floats = NDArray[np.float64]

FORMAT = 1
_AT_ONCE = 250_000
_WEIGHED_AT_ONCE = 50_000
"""Pairs that are weighed at once: there is a number for each of their classes."""
_DOUBTLESS = -10.0


@attrs.frozen(eq=False, slots=False)
class FieldModel:
    """What was learned about one field: how often random pairs agree in it, and which values are common.

    *common* says by the hash of a value how many people have it, about; *filled* is how many records had any.
    """

    name: str
    role: str
    random: tuple[float, ...]
    filled: int
    common: Mapping[str, float] = attrs.field(repr=False)

    def rarity(self, field: Field, /, *, shared: bool = False) -> Floats:
        """Return, for each distinct value, the log of how much likelier two strangers share it than they share any.

        With *shared*, values that only one record has are passed over: nobody shares them.
        """
        if not shared:
            counts = np.array([self.common.get(hashed(value), 1.0) for value in field.values], dtype=np.float64)
            return self.rarity_of(counts)
        counts = np.ones(max(1, len(field.values)))
        for number in np.flatnonzero(field.counts > 1).tolist():
            counts[number] = self.common.get(hashed(field.values[number]), 1.0)
        return self.rarity_of(counts)

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The least and the most that `rarity` gives for any value."""
        least, most = self.rarity_of(np.array([1.0, max(self.common.values(), default=1.0)])).tolist()
        return least, most

    def rarity_of(self, counts: Floats, /) -> Floats:
        """Return the same of values that so many people have."""
        base, others = max(self.random[-1], 1e-12), max(1, self.filled - 1)
        found: Floats = np.log(np.maximum(counts - 1.0, min(1.0, base * others)) / others) - math.log(base)
        return found


@attrs.frozen(eq=False)
class RecordModel:
    """Roles, blocking rules, odds and frequencies, frozen. Under it a pair's weight depends on the pair alone.

    *columns* are the roles of the columns as they were called; *fields* is what was made of them and compared.

    .. versionadded:: 0.1
    """

    columns: Mapping[str, str]
    fields: tuple[FieldModel, ...]
    rules: tuple[Rule, ...]
    stop_keys: frozenset[str] = attrs.field(repr=False)
    mixture: Mixture = attrs.field(repr=False)
    comparators: Mapping[str, Comparator] = attrs.field(factory=lambda: COMPARATORS, repr=False)

    # --- weighing ----------------------------------------------------------------------------------------------------

    @property
    def prior(self) -> float:
        """The match weight of a pair about which nothing is known: the log2 odds of any two to be one person."""
        match = sum(share for kind, share in self._shared() if kind.match)
        return math.log2(match) - math.log2(1.0 - match)

    def _shared(self) -> list[tuple[PairClass, float]]:
        return list(zip(self.mixture.classes, self.mixture.shares, strict=True))

    def level_table(self) -> list[dict[str, Json]]:
        """Return a row for each level of each field: how likely it is for one person and for two, and its weight.

        Two people here are any two; of people who share a home or a name the classes of the mixture know more.
        """
        matches = [(share, odds) for (kind, share), odds in zip(self._shared(), self.mixture.odds, strict=True)
                   if kind.match]  # fmt: skip
        total = sum(share for share, _ in matches)
        rows: list[dict[str, Json]] = []
        for number, field in enumerate(self.fields):
            for level, name in enumerate(self.comparators[field.role].names):
                one = sum(share * float(odds[number][level]) for share, odds in matches) / total
                two = field.random[level]
                rows.append(
                    {
                        "field": field.name,
                        "level": name,
                        "one_person": one,
                        "two_people": two,
                        "bits": math.log2(one / two),
                    }
                )
        return rows

    def levels(
        self,
        fields: Sequence[Field],
        left: Codes,
        right: Codes,
        /,
        *,
        tell: Callable[[int, int], None] | None = None,
    ) -> list[Levels]:
        """Return the level of each pair in each field; *tell* hears how many parts of how many are done."""
        found = [np.empty(len(left), dtype=np.int8) for _ in fields]
        of_pairs = _picking(fields, len(left))

        def part_compared(begin: int) -> None:
            part = slice(begin, begin + _AT_ONCE)
            one, two = of_pairs(left[part]), of_pairs(right[part])
            levels = [
                compared(field, self.comparators[field.role], one[number], two[number])
                for number, field in enumerate(fields)
            ]
            exchange(fields, self.comparators, levels, one, two)
            for whole, some in zip(found, levels, strict=True):
                whole[part] = some

        on_all_cores(part_compared, range(0, len(left), _AT_ONCE), tell=tell)
        return found

    def weights(self, fields: Sequence[Field], left: Codes, right: Codes, /) -> Floats:
        """Return the match weight of each pair in bits: 0 is as likely as not, 10 a thousand to one."""
        return self.weighed(fields, self.rarity(fields), self.levels(fields, left, right), left, right)

    def rarity(self, fields: Sequence[Field], /) -> list[Floats]:
        """Return what `FieldModel.rarity` says of the values of each field."""
        return [model.rarity(field) for model, field in zip(self.fields, fields, strict=True)]

    def weighed(
        self, fields: Sequence[Field], rarity: Sequence[Floats], levels: Sequence[Levels], left: Codes, right: Codes, /
    ) -> Floats:
        """Return the match weights of pairs whose *levels* are known.

        Pairs that are not worth `_DOUBTLESS` bits whatever values they share weigh what their levels do.
        """
        patterns, which = distinct_patterns(levels, [len(model.random) for model in self.fields])
        joint = self.mixture.log_odds(patterns)
        found = self._odds(joint)[which]
        best = joint.copy()
        match, bound = self.mixture.match, self.mixture.bound
        for number, field_model in enumerate(self.fields):
            same = np.flatnonzero(patterns[:, number] == len(field_model.random) - 1)
            least, most = min(0.0, field_model.bounds[0]), max(0.0, field_model.bounds[1])
            best[same] += np.where(match, most, least) * bound[number]
        maybe = np.flatnonzero((self._odds(best) >= _DOUBTLESS)[which])

        def part_weighed(begin: int) -> None:
            chosen = maybe[begin : begin + _WEIGHED_AT_ONCE]
            own = joint[which[chosen]]
            one, two = left[chosen], right[chosen]
            for number, (field, extra, level) in enumerate(zip(fields, rarity, levels, strict=True)):
                same = np.flatnonzero(level[chosen] == len(self.fields[number].random) - 1)
                codes = field.codes[one[same]]
                plain = codes == field.codes[two[same]]
                own[same] += np.where(plain, extra[codes], 0.0)[:, None] * bound[number]
            found[chosen] = self._odds(own)

        on_all_cores(part_weighed, range(0, len(maybe), _WEIGHED_AT_ONCE))
        return found

    def _odds(self, joint: Floats) -> Floats:
        """Return the log2 odds of a match of rows of log probabilities by class."""
        match = self.mixture.match
        odds: Floats = (_log_sum(joint[:, match]) - _log_sum(joint[:, ~match])) / math.log(2.0)
        return odds

    # --- as JSON -----------------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Json]:
        """Return the model as JSON data; no value of a record stands in it, common ones as hashes.

        Of a comparator that was passed the names of its levels stand there; `from_json` has to be given it again.
        """
        return {
            "format": FORMAT,
            "columns": {**self.columns},
            "fields": [
                {
                    "name": model.name, "role": model.role, "random": [float(odd) for odd in model.random],
                    "filled": model.filled, "common": packed(model.common),
                    **_own_levels(self.comparators, model.role),
                }
                for model in self.fields
            ],
            "rules": [[list(part) for part in rule.parts] for rule in self.rules],
            "stop_keys": [*sorted(self.stop_keys)],
            "classes": [
                {
                    "name": kind.name, "match": kind.match, "free": list(kind.free), "partly": list(kind.partly),
                    "share": share, "odds": [[float(odd) for odd in field] for field in odds],
                }
                for (kind, share), odds in zip(self._shared(), self.mixture.odds, strict=True)
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: object, /, *, comparators: Mapping[str, Comparator] | None = None) -> RecordModel:
        """Return the model that JSON *data* describes.

        *comparators* are those that were passed to `resolve` when it was learned.

        Raises:
            InvalidRulesError: If it is none, was written by a later version, or was learned with other comparators.
            InvalidInputError: If one of *comparators* is none.
            UnknownNameError: If there is no such role.
        """
        used = all_of(comparators)
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise InvalidRulesError(field="model", reason="not of a format known here", hint=f"format {FORMAT}")
        try:
            model = attrs.evolve(cls._read(data), comparators=used)
            levels = [one.get("levels") for one in data["fields"]]
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise InvalidRulesError(field="model", reason="not what to_json() returns", hint="save it anew") from None
        for field, names in zip(model.fields, levels, strict=True):
            own = _own_levels(used, field.role).get("levels")
            if own != names or len(field.random) != len(used[field.role].names):
                hint = f"pass comparators={{{field.role!r}: …}}" if names else f"leave out that of {field.role!r}"
                raise InvalidRulesError(field="model", reason="learned with another comparator", hint=hint)
        return model

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> RecordModel:
        fields = tuple(
            FieldModel(one["name"], one["role"], tuple(one["random"]), one["filled"], unpacked(one["common"]))
            for one in data["fields"]
        )
        rules = tuple(Rule(tuple((field, part) for field, part in rule)) for rule in data["rules"])
        kinds = [
            PairClass(one["name"], one["match"], tuple(one["free"]), tuple(one["partly"])) for one in data["classes"]
        ]
        odds = tuple(tuple(np.array(field, dtype=np.float64) for field in one["odds"]) for one in data["classes"])
        shares = tuple(float(one["share"]) for one in data["classes"])
        columns = {str(name): str(role) for name, role in data["columns"].items()}
        if any(role not in COMPARATORS for role in (field.role for field in fields)) or len(odds) != len(shares):
            raise ValueError
        return cls(columns, fields, rules, frozenset(data["stop_keys"]), Mixture(tuple(kinds), shares, odds))

    def _repr_html_(self) -> str:
        """Return the comparison-level table for a notebook."""
        heads = ("field", "level", "one person", "two people", "bits")
        rows = "".join(
            f"<tr><td>{html.escape(str(row['field']))}</td><td>{html.escape(str(row['level']))}</td>"
            f"<td>{row['one_person']:.2g}</td><td>{row['two_people']:.2g}</td><td>{row['bits']:+.2f}</td></tr>"
            for row in self.level_table()
        )
        return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the model: other odds, other rules or other frequencies are another model."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def _own_levels(comparators: Mapping[str, Comparator], role: str) -> dict[str, Json]:
    """Return the names of the levels of *role* if its comparator is not the one that everybody has."""
    own = comparators[role]
    return {} if own is COMPARATORS[role] else {"levels": [*own.names]}


def _picking(fields: Sequence[Field], pairs: int) -> Callable[[Codes], Sequence[Codes] | Codes]:
    """Return what picks the values of records, a row for each field: for many *pairs* through one table of all."""
    if fields and pairs > len(fields[0].codes):
        table = np.stack([field.codes for field in fields], axis=1)
        return lambda records: table[records].T.copy()
    return lambda records: [field.codes[records] for field in fields]


def _log_sum(logs: Floats) -> Floats:
    top = logs.max(axis=1)
    found: Floats = top + np.log(np.exp(logs - top[:, None]).sum(axis=1))
    return found


def as_learned(compared: Sequence[Field], model: RecordModel, records: int, /) -> list[Field]:
    """Return the fields of the model in its order; one that these records lack is missing everywhere."""
    known = {field.name: field for field in compared}
    nothing = np.full(records, -1, dtype=np.int64)
    return [known.get(one.name) or Field(one.name, one.role, [], nothing) for one in model.fields]
