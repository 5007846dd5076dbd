"""How the files of a store were read: kept beside their facts, since a file that is read in two ways is there twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from unified_profile._tour.business import Source
from unified_profile._tour.options import UsageError
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.rows import MetaRow
from unified_profile.storage.commands import Changes, Get, Put
from unified_profile.storage.protocols import Store
from unified_profile.storage.tables import META
from unified_profile.wire import RecordMapping

_PREFIX = "reading:"
_MOST = 3


def reading_of(mapping: RecordMapping, columns: Sequence[str], /) -> dict[str, str]:
    """Return what each of *columns* is read as, in words; and under no name what the whole table is.

    >>> reading_of(RecordMapping("crm", identifiers={"mail": "email"}, attributes={"sum": "total"}), ["mail", "sum"])
    {'': 'record', 'mail': 'identifier email', 'sum': 'attribute total'}
    """
    found = {"": " ".join(filter(None, (mapping.kind, mapping.name, mapping.country)))}
    for column in columns:
        kind = mapping.types.get(column, "")
        parts = [
            f"identifier {mapping.identifiers[column]}" if column in mapping.identifiers else "",
            f"attribute {mapping.attributes[column]}" if column in mapping.attributes else "",
            kind,
            f"decimal {mapping.decimal_of(column)}" if kind == "number" and mapping.decimal_of(column) else "",
            "the key" if column in mapping.key else "",
            "the moment" if column == mapping.occurred_at else "",
            "day first" if kind in {"date", "time"} and mapping.dayfirst else "",
            "month first" if kind in {"date", "time"} and mapping.dayfirst is False else "",
            f"in {mapping.tz}" if kind == "time" or column == mapping.occurred_at else "",
        ]
        found[column] = ", ".join(filter(None, parts)) or "left out"
    return found


def check(store: Store, sources: Sequence[Source], /) -> None:
    """Refuse files that were taken into *store* before and would be read otherwise now; remember how the others are.

    A column that came or went is no other reading.

    Raises:
        UsageError: With the columns that are read otherwise, and the ways out.
    """
    with store.session(DEFAULT_TENANT) as session:
        names = [(_PREFIX + source.name,) for source in sources]
        (rows,) = session.read((Get(META, names),))
        kept: dict[str, dict[str, str]] = {row.name: json.loads(row.value) for row in rows}
        fresh = []
        for source in sources:
            before = kept.get(_PREFIX + source.name, {})
            changed = [name for name, told in source.reading.items() if before.get(name, told) != told]
            if changed:
                raise UsageError(
                    field=source.file,
                    reason=f"was read otherwise when it was taken into this store ({_told(before, source, changed)})",
                    hint="both readings would stay: name another --store, or remove this one; or read it as before",
                )
            fresh.append(MetaRow(_PREFIX + source.name, json.dumps(before | dict(source.reading), ensure_ascii=False)))
        session.write(Changes(puts=[Put(META, fresh)]))


def _told(before: Mapping[str, str], source: Source, changed: Sequence[str]) -> str:
    parts = [
        f"{repr(name[:40]) if name else 'the table'}: was {before[name]}, is {source.reading[name]}"
        for name in changed[:_MOST]
    ]
    return "; ".join(parts) + (f"; and {len(changed) - _MOST} more" if len(changed) > _MOST else "")
