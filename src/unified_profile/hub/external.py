"""What the hub does with data from others: a row is linked where both sides permit it, and else refused and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.hub import reading
from unified_profile.hub.arguments import many, name
from unified_profile.hub.courses import Course, reading as reads, writing as writes
from unified_profile.hub.door import batches
from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships import followed
from unified_profile.hub.reading import Moment, moment
from unified_profile.hub.setup import Setup
from unified_profile.hub.taking import taking
from unified_profile.hub.telling import forgotten
from unified_profile.hub.whose import find
from unified_profile.model.facts import SourceRecord
from unified_profile.model.values import RECORD, Identifier
from unified_profile.rights.third_parties import ExternalRow, LinkReport, ThirdParty, no_bare_hashes

_PAGE = 500


def link_external(setup: Setup, rows: Iterable[ExternalRow], /, *, party: str, brand: str) -> Course[LinkReport]:
    """See ``Hub.link_external``."""
    name(party, "party")
    name(brand, "brand", empty=True)
    giver = _party(setup, party)
    found = list(many(rows, "rows"))
    no_bare_hashes(found)
    if not all(isinstance(row, ExternalRow) for row in found):
        raise InvalidInputError(field="rows", reason="holds something else than ExternalRow", hint="say on what basis")
    linked = 0
    refused: Counter[str] = Counter()
    inside = attrs.evolve(setup, third_parties=())  # what was checked here may pass the door
    for some in batches(found, _PAGE):
        when = moment(setup, None, None)
        answers = yield from reads(lambda some=some, when=when: _answers(some, setup, when, giver, brand))  # type: ignore[misc]  # bound at once
        refused.update(one for one in answers if isinstance(one, str))
        allowed = [one for one in answers if not isinstance(one, str)]
        if allowed:
            report = yield from writes(followed(taking(allowed, inside, None), setup))
            yield from forgotten(setup, report)
            linked += report.accepted + report.duplicates
            refused.update({"unusable": report.n_quarantined} if report.n_quarantined else {})
    return LinkReport(linked, dict(refused.most_common()))


def _party(setup: Setup, source: str) -> ThirdParty:
    found = {party.source: party for party in setup.third_parties}
    if source not in found:
        raise UnknownNameError(kind="third party", name=str(source), known=found)
    return found[source]


def _answers(
    rows: Sequence[ExternalRow], setup: Setup, when: Moment, party: ThirdParty, brand: str
) -> Plan[list[SourceRecord | str]]:
    """Return for each row the record to take, or why it is refused.

    Of its identifiers the record keeps those by which we know the person. Another one would join people later, when
    somebody else turns up with it; so would a key that the giver uses for two people.
    """
    codes = [row.refusal(party) for row in rows]
    asked = dict.fromkeys(
        one
        for row, code in zip(rows, codes, strict=True)
        if not code
        for one in (row.record.node, *row.record.identifiers)
        if one.namespace in setup.rules.by_name or one.namespace == RECORD
    )
    homes = yield from find(list(asked), setup.rules)
    home = {one: found.profile for one, found in zip(asked, homes, strict=True) if found.profile is not None}
    whose = [_whose(row, home) if not code else set() for row, code in zip(rows, codes, strict=True)]
    ids = sorted({name for names in whose if len(names) == 1 for name in names})
    people = yield from reading.people(ids, setup, when)
    use = {"purpose": party.purpose, "channel": party.channel, "brand": brand}
    permits = {one.profile.id: reading.permission_of(one, setup, when, **use) for one in people}
    answers: list[SourceRecord | str] = []
    for row, code, names in zip(rows, codes, whose, strict=True):
        person = next(iter(names), "")
        if code or len(names) != 1:
            answers.append(code or ("several_people" if names else "nobody"))
        elif home.setdefault(row.record.node, person) != person:
            answers.append("several_people")
        elif not permits[person].granted:
            answers.append(permits[person].code)
        else:
            known = [one for one in row.record.identifiers if home.get(one) == person]
            answers.append(attrs.evolve(row.record, identifiers=known))
    return answers


def _whose(row: ExternalRow, home: dict[Identifier, str]) -> set[str]:
    """Return the profiles that the identifiers of *row*, and what came under its key before, lead to."""
    led = {home[one] for one in row.record.identifiers if one in home}
    return led | {home[row.record.node]} if led and row.record.node in home else led
