"""One call, any table: who is who among records that share no identifier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import attrs
import numpy as np

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.identity.connecting import LARGEST_GROUP
from unified_profile.identity.records import fields as encoding, japanese
from unified_profile.identity.records.answered import labeled, met
from unified_profile.identity.records.blocking import BlockingRules, Blocks, FromData, ModelRules
from unified_profile.identity.records.cleaning import Cleaning, RecordNormalizer
from unified_profile.identity.records.clusters import AverageLinked, Clusterer, components
from unified_profile.identity.records.comparing import Comparator, all_of
from unified_profile.identity.records.cores import at_most, beside
from unified_profile.identity.records.fitting import field_models, fit
from unified_profile.identity.records.handed_in import alone, checked, counted
from unified_profile.identity.records.model import RecordModel, as_learned
from unified_profile.identity.records.progress import Progress, silent
from unified_profile.identity.records.resolution import Resolution
from unified_profile.identity.records.roles import SAMPLE, Guess, roles
from unified_profile.identity.records.scoring import ByClasses, Scorer, scored
from unified_profile.identity.records.table import Table, read

if TYPE_CHECKING:
    from unified_profile.identity.records.clusters import Floats
    from unified_profile.identity.records.fields import Codes

_MOST_RULES = 5
"""Rules of which a note tells."""


def resolve(
    records: object,
    /,
    *,
    record_id: str = "record_id",
    fields: Mapping[str, str] | None = None,
    link_only: str | None = None,
    threshold: float = 0.0,
    model: RecordModel | None = None,
    normalizer: RecordNormalizer | None = None,
    blocking: BlockingRules | None = None,
    comparators: Mapping[str, Comparator] | None = None,
    scorer: Scorer | None = None,
    clusterer: Clusterer | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Resolution:
    """Return who is who among *records*, without labels and without configuration.

    *records* is a pandas, polars or pyarrow table, a mapping of columns, or an iterable of mappings. What its columns
    are about is guessed from names and values (`Resolution.roles`); *fields* says it for some. With *link_only*, the
    name of a column, only records that differ in it are linked. *threshold* is the match weight in bits from which a
    pair is linked: 0 is as likely as not. A *model* of an earlier resolution is used as it is, without learning anew.
    The other arguments exchange a stage; *comparators* are by role, and roles that are not there keep theirs.
    *progress* is told how far it has come, e.g. ``bars()`` of `unified_profile.identity.records.progress`; None tells
    nobody. *workers* is how many threads may work at once: None is one for each core, 8 at most, and 1 starts none.
    They end with the call, no process is started, and what comes out is the same with any number. A comparator, scorer
    or blocking part of yours may be called from several of them at once.

    Missing values say nothing. Values like ``unknown`` or ``n/a`` are missing.

    >>> people = [
    ...     {"record_id": 1, "name": "Hanako Mori", "email": "hanako.mori@example.com", "city": "Osaka"},
    ...     {"record_id": 2, "name": "Hanako Mory", "email": "hanako.mori@example.com", "city": "Osaka"},
    ...     {"record_id": 3, "name": "Taro Abe", "email": "abe@example.net", "city": "Nara"},
    ... ]
    >>> resolve(people).assignments
    {1: 1, 2: 1, 3: 3}

    Raises:
        InvalidInputError: If *records* is no table, an id is missing or twice there, or a value is no text, number
            or date.
        UnknownNameError: If a column that was named does not exist, or a role.
        MissingExtraError: If *records* is a frame and the extra ``frames`` is not installed.

    .. versionadded:: 0.1
    """
    if model is not None and not isinstance(model, RecordModel):
        raise InvalidInputError(field="model", reason=f"a {type(model).__name__}", hint="of resolve(…).model")
    stages = {"normalizer": normalizer, "blocking": blocking, "comparators": comparators, "scorer": scorer,
              "clusterer": clusterer}  # fmt: skip
    checked(record_id=record_id, link_only=link_only, threshold=threshold, seed=seed, stages=stages, progress=progress)
    alone(model, stages)
    counted(workers)
    tell = progress or silent
    with at_most(workers):
        tell("reading", 0, 1)
        table = read(records, record_id=record_id)
        sources = _sources(table, link_only)
        columns = {name: values for name, values in table.columns.items() if name != link_only}
        guesses = _guesses(columns, fields, model)
        learned = None if model is None else [one.name for one in model.fields]
        compared = encoding.fields(columns, guesses, normalizer or Cleaning(), learned=learned)
        notes = _notes(columns, guesses)
        table = attrs.evolve(table, columns={})  # the texts are no longer needed, and they are large
        del columns
        tell("reading", 1, 1)
        tell("meeting", 0, 1)
        if model is None:
            compare = all_of(comparators)
            measured = beside(partial(field_models, compared, compare, seed))
            blocks = met((blocking or FromData()).blocks(compared, len(table.ids)), len(table.ids))
            left, right = _apart(blocks, sources)
            tell("meeting", 1, 1)
            pairs = _all_pairs(len(table.ids), sources)
            model, levels, rarity = fit(
                compared, left, right, columns={name: found.role for name, found in guesses.items()},
                rules=blocks.rules, stop_keys=blocks.stop_keys, comparators=compare, measured=measured(), pairs=pairs,
                seed=seed, progress=tell,
            )  # fmt: skip
        else:
            compared = as_learned(compared, model, len(table.ids))
            blocks = ModelRules(model.rules, model.stop_keys).blocks(compared, len(table.ids))
            left, right = _apart(blocks, sources)
            tell("meeting", 1, 1)
            rarity = model.rarity(compared)
            levels = model.levels(compared, left, right, tell=partial(tell, "comparing"))
        scoring = scorer or ByClasses()
        weights = scored(scoring, model, compared, rarity, levels, left, right) if compared else np.empty(0)
        if blocks.too_common:
            notes.append(_left_out(blocks))
        if compared and len(table.ids) > 1 and not len(left):
            notes.append("no two records were compared: they share nothing, or too many of them share the same")
        linked = weights >= threshold
        used, chosen = model, clusterer or AverageLinked(float(threshold), before=model.prior)

        def weigh(one: Codes, two: Codes) -> Floats:
            return scored(scoring, used, compared, rarity, used.levels(compared, one, two), one, two)

        tell("joining", 0, 1)
        labels = labeled(
            chosen.clusters(len(table.ids), left[linked], right[linked], weights[linked], weigh), len(table.ids)
        )
        tell("joining", 1, 1)
        notes += _large(components(len(table.ids), left[linked], right[linked]), labels)
        return Resolution(
            table, compared, guesses, model, (left, right, weights), labels, notes, scorer=scoring, threshold=threshold,
            sources=sources,
        )  # fmt: skip


def _sources(table: Table, link_only: str | None) -> Codes | None:
    """Return the number of each record's source, or None if all may be linked with all."""
    if link_only is None:
        return None
    if link_only not in table.columns:
        raise UnknownNameError(kind="column", name=str(link_only), known=table.columns)
    return encoding.Field.of(link_only, "ignored", table.columns[link_only]).codes


def _guesses(
    columns: Mapping[str, Sequence[str | None]], told: Mapping[str, str] | None, model: RecordModel | None
) -> dict[str, Guess]:
    """Return the roles of the columns: as told, as in the model, or as they look."""
    if model is not None:
        told = {**{name: role for name, role in model.columns.items() if name in columns}, **(told or {})}
    seen = {name: [*islice(filter(None, values), SAMPLE)] for name, values in columns.items()}
    return roles(seen, given=told)


def _notes(columns: Mapping[str, Sequence[str | None]], guesses: Mapping[str, Guess]) -> list[str]:
    notes = [
        f"column {name!r} is left out: {found.reason}" for name, found in guesses.items() if found.role == "ignored"
    ]
    named = [name for name, found in guesses.items() if found.role in {"full_name", "family_name", "given_name"}]
    kanji = any(value and japanese.has_kanji(value) for name in named for value in columns[name][:2000])
    if kanji and not japanese.reading_is_known():
        notes.append("kanji in names cannot be read without the extra 'japanese'")
    return notes


def _left_out(blocks: Blocks) -> str:
    """Return what to tell of keys that were left out: how many, and which columns they are made of."""
    said = f"{blocks.too_common} blocking keys were shared by too many records and left out"
    most = Counter(blocks.by_rule).most_common()
    if most:
        said += f": {', '.join(f'{keys} of {rule}' for rule, keys in most[:_MOST_RULES])}"
    further = sum(keys for _, keys in most[_MOST_RULES:])
    return f"{said}, {further} of others" if further else said


def _large(connected: Codes, labels: Codes) -> list[str]:
    """Return what to tell of groups of which hardly anybody can be one person."""
    told = []
    sizes = np.bincount(connected)
    if (many := int(sizes[sizes > LARGEST_GROUP].sum())) and not np.array_equal(connected, labels):
        told.append(
            f"{many} records hang together in groups of more than {LARGEST_GROUP}; only heavier links count there"
        )
    largest = int(np.bincount(labels).max(initial=0))
    if largest > LARGEST_GROUP:
        told.append(f"the largest cluster has {largest} records: look at what they share")
    return told


def _apart(blocks: Blocks, sources: Codes | None) -> tuple[Codes, Codes]:
    """Return the candidates, those of two sources only if asked for."""
    if sources is None:
        return blocks.left, blocks.right
    differ = sources[blocks.left] != sources[blocks.right]
    return blocks.left[differ], blocks.right[differ]


def _all_pairs(records: int, sources: Codes | None) -> float:
    """Return how many pairs there are in all."""
    total = records * (records - 1) / 2.0
    if sources is None:
        return total
    sizes = np.bincount(sources + 1).astype(np.float64)
    return total - float((sizes * (sizes - 1.0) / 2.0).sum())
