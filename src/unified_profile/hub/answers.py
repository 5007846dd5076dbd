"""What the hub does when somebody asks about their own data, wants it corrected, or wants its use to stop."""

from __future__ import annotations

import json
import secrets
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import attrs

from unified_profile.consent.permits import DISCLOSED, Disclosure, disclosure
from unified_profile.consent.scopes import OBJECTION, RESTRICTION
from unified_profile.errors import InvalidInputError, NoMarketingWarning
from unified_profile.hub import reading
from unified_profile.hub.arguments import name, names, number
from unified_profile.hub.courses import Ask, Course, More, collected, everyone, reading as reads, writing as writes
from unified_profile.hub.driver import Plan
from unified_profile.hub.proving import ids_of
from unified_profile.hub.reading import Person, moment, people
from unified_profile.hub.recording import recorded, why
from unified_profile.hub.setup import Setup
from unified_profile.hub.telling import ingest
from unified_profile.hub.whose import Who
from unified_profile.model.facts import ConsentRecord, ConsentState, Event, EventType, Fact
from unified_profile.model.rows import AccessRow, ChangeRow
from unified_profile.model.times import from_micros
from unified_profile.model.values import RECORD, Identifier, Json
from unified_profile.profiles.rectified import RECTIFIED, SOURCE, corrected_by
from unified_profile.rights.access import AccessReport, Held, Seen, access_report
from unified_profile.rights.breach import Affected, BreachScope, affected
from unified_profile.rights.portability import PortableData, portable as taken_along
from unified_profile.rights.requests import Verify, confirmed, question
from unified_profile.rights.retention import RetentionSchedule
from unified_profile.storage.commands import Find, Get, Load, Scan
from unified_profile.storage.tables import ACCESSES, ANCHORS, CHANGES

T = TypeVar("T")
_PAGE = 1_000
MARKETING = "direct_marketing"
"""What a purpose does, in the words of ``Policy.kinds``, if an objection to all marketing stops it."""


@attrs.frozen
class Answered:
    """What became of a request that changes something: the fact that says so, and who has to be told of it (GDPR 19).

    .. versionadded:: 0.1
    """

    right: str
    profile: str
    fact_id: str
    recipients: tuple[str, ...]


def access(
    setup: Setup, who: Who, /, *, verify: Verify, evidence: object, by: str, channel: str, brand: str,
    schedule: RetentionSchedule | None, further: Mapping[str, Json] | None,
) -> Course[AccessReport]:  # fmt: skip
    """See ``Hub.access``."""
    because = why("access", "a request for access", by)
    name(channel, "channel")
    name(brand, "brand", empty=True)
    _schedule(schedule)
    added = _json(further or {}, "further")
    yield from _confirmed("access", who, verify, evidence, setup)
    when = moment(setup, None, None)

    def plan() -> Plan[AccessReport]:
        (person,) = yield from people([who], setup, when)
        held = yield from _held(setup, who, person, {
            one.name: reading.permission_of(person, setup, when, purpose=one.name, channel=channel, brand=brand)
            for one in setup.purposes
        })  # fmt: skip
        yield from recorded([person.profile.id], because, setup)
        return access_report(
            attrs.evolve(held, further=added), setup.purposes, at=when.now, schedule=schedule,
            register=() if setup.policy is None else setup.policy.register or (),
            others=_others(setup), inferred=setup.profile_rules.inferred,
        )  # fmt: skip

    return (yield from writes(plan))


def portable(setup: Setup, who: Who, /, *, verify: Verify, evidence: object, by: str) -> Course[PortableData]:
    """See ``Hub.portable``."""
    because = why("portable", "a request to take data along", by)
    yield from _confirmed("portability", who, verify, evidence, setup)
    when = moment(setup, None, None)

    def plan() -> Plan[PortableData]:
        (person,) = yield from people([who], setup, when)
        yield from recorded([person.profile.id], because, setup)
        return taken_along(
            Held(person.profile, person.facts, {}), setup.purposes,
            at=when.now, others=_others(setup), inferred=setup.profile_rules.inferred,
        )  # fmt: skip

    return (yield from writes(plan))


def consent_records(
    setup: Setup, who: Who, /, *, reason: str, by: str, known_at: datetime | None
) -> Course[list[ConsentRecord]]:
    """See ``Hub.consent_records``."""
    because = why("consent_records", reason, by)
    when = moment(setup, None, known_at)

    def plan() -> Plan[list[ConsentRecord]]:
        (person,) = yield from people([who], setup, when)
        said = [fact for fact in person.facts if isinstance(fact, ConsentRecord)]
        yield from recorded([person.profile.id], because, setup)
        return sorted(said, key=lambda one: (one.occurred_at, one.id))

    return (yield from writes(plan))


def rectify(
    setup: Setup, who: Who, values: Mapping[str, Json], /, *, verify: Verify, evidence: object
) -> Course[Answered]:
    """See ``Hub.rectify``."""
    told = _json(values, "values")
    if not told:
        raise InvalidInputError(field="values", reason="none", hint='{"city": "Kyoto"}')
    rules = setup.profile_rules
    for one in told:
        if rules.name_of(name(one, "values")) in rules.derived_from:
            raise InvalidInputError(field="values", reason="is computed", hint="correct what it is made of")
    yield from _confirmed("rectification", who, verify, evidence, setup)
    when = moment(setup, None, None)
    person, node, recipients = yield from reads(lambda: _whom(setup, who, when))
    wrong = corrected_by(told, person.profile, rules)
    fact = Event(
        id=f"rect_{secrets.token_hex(10)}", source=SOURCE, type=EventType.IDENTIFY, occurred_at=when.now,
        identifiers=[node], traits=told, context={RECTIFIED: wrong}, tenant=setup.tenant,
    )  # fmt: skip
    return (yield from _kept(setup, "rectification", person, fact, recipients))


def restrict(setup: Setup, who: Who, /, *, verify: Verify, evidence: object, lift: bool) -> Course[Answered]:
    """See ``Hub.restrict``."""
    yield from _confirmed("restriction", who, verify, evidence, setup)
    return (yield from _said(setup, who, "restriction", RESTRICTION, lift=_bool(lift, "lift")))


def object_to(
    setup: Setup, who: Who, purpose: str | None, /, *, verify: Verify, evidence: object, take_back: bool
) -> Course[Answered]:
    """See ``Hub.object_to``."""
    if purpose is not None:
        setup.purposes[name(purpose, "purpose")]
    yield from _confirmed("objection", who, verify, evidence, setup)
    done = yield from _said(setup, who, "objection", purpose or OBJECTION, lift=_bool(take_back, "take_back"))
    kinds = {} if setup.policy is None else setup.policy.kinds
    if purpose is None and not take_back and not any(MARKETING in some for some in kinds.values()):
        warnings.warn(NoMarketingWarning(), stacklevel=2)
    return done


def disclosed_to(recipient: str, /, *, after: int, limit: int) -> Course[list[Disclosure]]:
    """See ``Hub.disclosed_to``."""
    wanted, after, limit = name(recipient, "recipient"), number(after, "after"), number(limit, "limit")

    def plan() -> Plan[list[Disclosure]]:
        found: list[Disclosure] = []
        position = after
        while len(found) < limit:
            (rows,) = (yield Load((Scan(CHANGES, (position,), _PAGE),))) or ([],)
            found += [one for one in _disclosures(rows) if one.bound.recipient == wanted]
            if len(rows) < _PAGE:
                break
            position = rows[-1].position
        return found[:limit]

    return (yield from reads(plan))


def breach_scope(
    setup: Setup, /, *, known_at: datetime | None, schedule: RetentionSchedule | None, sources: Iterable[str] | None,
    page: int,
) -> Course[BreachScope]:  # fmt: skip
    """See ``Hub.breach_scope``."""
    _schedule(schedule)
    wanted = names(sources, "sources")
    when = moment(setup, None, known_at)

    def made(person: Person) -> Affected | None:
        return affected(person.profile.id, person.facts, schedule=schedule, sources=wanted)

    found = yield from collected(everyone(setup, when, None, page, made))
    return BreachScope(when.known_at or when.now, tuple(one for one in found if one is not None))


def _confirmed(right: str, who: Who, verify: Verify, evidence: object, setup: Setup) -> Course[None]:
    """Ask *verify*, before anything is looked up."""
    confirmed(right, (yield Ask(question(right, who, verify, evidence, setup.clock()))))


def _said(setup: Setup, who: Who, right: str, purpose: str, *, lift: bool) -> Course[Answered]:
    """Keep a statement of the person, which decides from the next call on."""
    when = moment(setup, None, None)
    person, node, recipients = yield from reads(lambda: _whom(setup, who, when))
    fact = ConsentRecord(
        id=f"{right[:5]}_{secrets.token_hex(10)}", source="rights", occurred_at=when.now, purpose=purpose,
        state=ConsentState.GIVEN if lift else ConsentState.REFUSED, identifiers=[node], method="rights request",
        tenant=setup.tenant,
    )  # fmt: skip
    return (yield from _kept(setup, right, person, fact, recipients))


def _kept(setup: Setup, right: str, person: Person, fact: Fact, recipients: tuple[str, ...]) -> Course[Answered]:
    """Take *fact* in, as any other: whoever follows the hub hears of it."""
    course = ingest(setup, (), source="", reader=None, batch_size=1, progress=None)
    report = yield from _fed(course, [fact])
    if report.accepted != 1:
        reason = next(iter(report.reasons()), "was not taken")
        raise InvalidInputError(field=right, reason=reason, hint="see hub.quarantined()")
    return Answered(right, person.profile.id, fact.id, recipients)


def _fed(course: Course[T], items: list[Any]) -> Course[T]:
    """Follow *course*, and give it *items* when it asks for some."""
    answer: Any = None
    while True:
        try:
            step = course.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if isinstance(step, More):
            answer, items = items[: step.size], items[step.size :]
        else:
            answer = yield step


def _whom(setup: Setup, who: Who, when: reading.Moment) -> Plan[tuple[Person, Identifier, tuple[str, ...]]]:
    """Return the person, an identifier that leads to them, and to whom their values went."""
    (person,) = yield from people([who], setup, when)
    held = yield from _held(setup, who, person, {})
    recipients = tuple(sorted({one.bound.recipient for one in held.disclosures}))
    if isinstance(who, Identifier):
        return person, who, recipients
    (anchors,) = (yield Load((Get(ANCHORS, [(person.profile.id,)]),))) or ([],)
    nodes = [Identifier.of(row.node) for row in anchors if row.node is not None]
    known = [one for one in (*nodes, *person.profile.identifiers) if one.namespace != RECORD]
    return person, (known or nodes or [*person.profile.identifiers])[0], recipients


def _held(setup: Setup, who: Who, person: Person, permissions: Mapping[str, Any]) -> Plan[Held]:
    ids = yield from ids_of(who, setup)
    changes, reads = (yield Load((Find(CHANGES, "profile", ids), Find(ACCESSES, "profile", ids)))) or ([], [])
    return Held(
        person.profile, person.facts, permissions,
        disclosures=tuple(_disclosures(sorted(changes, key=_position))),
        reads=tuple(
            Seen(from_micros(row.at_us), row.what, row.reason, row.by) for row in sorted(reads, key=_position)
        ),
    )  # fmt: skip


def _position(row: ChangeRow | AccessRow) -> int:
    return row.position


def _disclosures(rows: Iterable[ChangeRow]) -> list[Disclosure]:
    return [disclosure(row.profile, row.body, row.at_us, row.position) for row in rows if row.kind == DISCLOSED]


def _others(setup: Setup) -> frozenset[str]:
    return frozenset(one.source for one in setup.third_parties)


def _bool(value: object, field: str) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidInputError(field=field, reason=f"a {type(value).__name__}", hint="True or False")


def _schedule(schedule: object) -> None:
    if schedule is not None and not isinstance(schedule, RetentionSchedule):
        raise InvalidInputError(field="schedule", reason=f"a {type(schedule).__name__}", hint="see RetentionSchedule")


def _json(values: object, field: str) -> dict[str, Any]:
    """Return *values* as a plain JSON object of their own."""
    found = None
    try:
        if isinstance(values, Mapping) and all(isinstance(one, str) for one in values):
            found = dict(json.loads(json.dumps(dict(values), allow_nan=False)))
    except Exception:  # noqa: BLE001  # whatever a stranger's object answers
        found = None
    if found is not None:
        return found
    raise InvalidInputError(field=field, reason="not a JSON object", hint='{"city": "Kyoto"}')
