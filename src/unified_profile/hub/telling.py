"""What the hub does when facts come in: batch by batch, each kept whole before the next is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.hub import erasing, erasing_orders, erasing_quarantine, quarantine, records
from unified_profile.hub.arguments import called, many, name, names, number
from unified_profile.hub.courses import Course, More, Step, Upkeep, reading as reads, writing as writes
from unified_profile.hub.door import PayloadReader
from unified_profile.hub.memberships import followed
from unified_profile.hub.reports import IngestReport, Quarantined
from unified_profile.hub.setup import Setup
from unified_profile.hub.taking import reader_of, taking
from unified_profile.model.soundness import offers
from unified_profile.model.times import to_micros
from unified_profile.model.views import Link

_IN_HAND = (list, tuple)


def ingest(
    setup: Setup, items: object, /, *, source: str, reader: PayloadReader | None, batch_size: int,
    progress: Callable[[IngestReport], None] | None,
) -> Course[IngestReport]:  # fmt: skip
    """See ``Hub.ingest``; the driver gives the items, from whatever kind of iterable they come."""
    if isinstance(items, (str, bytes, bytearray, Mapping)):
        raise InvalidInputError(field="items", reason="a single payload", hint="pass a list: hub.ingest([payload])")
    if any(offers(items, rows) for rows in ("to_dict", "to_dicts", "to_pylist")):
        hint = (
            "hand in its rows, and say what they mean: hub.ingest(frame.to_dict('records'), reader=wire.RowReader(…))"
        )
        raise InvalidInputError(field="items", reason="a frame, which gives columns and no rows", hint=hint)
    batch_size = number(batch_size, "batch_size", least=1)
    called(progress, "progress")
    reader = _reader(source, reader, setup)
    report = IngestReport()
    # What is in hand can be made ready early; what a generator makes may stand for what was told before.
    ahead = type(items) in _IN_HAND and setup.resolver is None
    batch = yield More(batch_size)
    plan = taking(batch, setup, reader) if batch else None
    while plan is not None:
        step = Step(followed(plan, setup), only_reads=False)
        if ahead and (batch := (yield More(batch_size))):
            now_us = to_micros(setup.clock())  # a caller's clock need not bear two who read it at once
            ready = partial(taking, batch, setup, reader, now_us=now_us)
            taken, plan = yield attrs.evolve(step, meanwhile=ready)
        else:
            taken, plan = (yield step), None
        yield from forgotten(setup, taken)
        report += taken
        if progress is not None:
            progress(report)
        if not ahead and (batch := (yield More(batch_size))):
            plan = taking(batch, setup, reader)
    return report


def link(setup: Setup, links: Iterable[Link], /) -> Course[IngestReport]:
    """See ``Hub.link``."""
    found = tuple(many(links, "links"))
    linking = followed(lambda: records.linked_report(found, setup, to_micros(setup.clock())), setup)
    return (yield from writes(linking))


def quarantined(limit: int, /) -> Course[list[Quarantined]]:
    """See ``Hub.quarantined``."""
    limit = number(limit, "limit")
    return (yield from reads(lambda: quarantine.waiting(limit)))


def discard(setup: Setup, ids: Iterable[str], /) -> Course[int]:
    """See ``Hub.discard``."""
    wanted = list(dict.fromkeys(names(ids, "ids") or ()))
    sealed = (yield Upkeep(erasing.SEALS)) is True
    count = yield from writes(lambda: erasing_quarantine.discarded(wanted, sealed=sealed))
    if count:
        yield from erasing.shredded(setup)
        yield from erasing.files_cleaned()
    return count


def replay(setup: Setup, /, *, reader: PayloadReader | None, source: str, limit: int) -> Course[IngestReport]:
    """See ``Hub.replay``."""
    limit = number(limit, "limit")
    reader = _reader(source, reader, setup)
    report = IngestReport()
    for one in (yield from reads(lambda: quarantine.held(limit))):
        taken = yield from writes(followed(taking([one.item], setup, reader, held=one.row), setup))
        yield from forgotten(setup, taken)
        report += taken
    return report


def forgotten(setup: Setup, taken: IngestReport, /) -> Course[None]:
    """Carry out the erasures that were ordered in a batch, before anybody hears that they were taken.

    And those that came of late facts of people who were erased before: to go through whole files for each of these
    would hold up who tells facts, so that is left to ``resume_erasures``.
    """
    if taken.ordered or taken.erased:
        waiting = yield from reads(lambda: erasing_orders.pending(("ordered",)))
        yield from erasing.finish(setup, [row.id for row in waiting], overwrite=bool(taken.ordered))


def _reader(source: str, reader: PayloadReader | None, setup: Setup) -> PayloadReader | None:
    """Return what reads payloads.

    Raises:
        InvalidInputError: If *reader* reads nothing, or *source* is no name.
    """
    name(source, "source", empty=True)
    if reader is not None and not offers(reader, "read"):
        raise InvalidInputError(field="reader", reason="has no method read", hint="see wire.Reader and wire.RowReader")
    return reader_of(source, reader, setup)
