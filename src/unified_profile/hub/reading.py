"""Plans that read people: for a purpose, or raw with a reason; as of a moment, as known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from unified_profile.consent.decision import decide
from unified_profile.consent.situation import NOTHING_KNOWN, Situation, born_on
from unified_profile.consent.statements import heard_at
from unified_profile.consent.states import GRANTS, REFUSALS
from unified_profile.consent.view import PurposeView, view
from unified_profile.errors import UnknownNameError
from unified_profile.hub.arguments import many, use
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_gate import told_apart
from unified_profile.hub.parts import granting, part_of, profile_of
from unified_profile.hub.past import Nobody, Then, as_known
from unified_profile.hub.recording import Why, recorded
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Belongings, Who, belongings, find, machine_linked
from unified_profile.model.codec import decode
from unified_profile.model.facts import ConsentRecord, Fact
from unified_profile.model.times import aware
from unified_profile.model.values import Identifier
from unified_profile.model.views import Permission, Profile
from unified_profile.profiles.fold import FoldState
from unified_profile.storage.commands import Get, Load
from unified_profile.storage.tables import NODES, PROFILES


@attrs.frozen
class Moment:
    """When a view is asked for: as it was true, as it was known, and what time it is.

    *live* says that it is asked for now, and not looked at as of some moment by somebody who goes through many.
    """

    now: datetime
    as_of: datetime | None = None
    known_at: datetime | None = None
    live: bool = attrs.field(default=False, eq=False)

    @property
    def at(self) -> datetime:
        """The instant at which permissions and windows are decided."""
        return self.as_of or self.now

    def after(self, facts: Iterable[Fact], /) -> datetime:
        """Return the instant at which is decided what *facts* permit: of now, none before the last refusal was heard.

        Clocks differ. Another writer's that is ahead dates a withdrawal later than now; what is kept has been said.
        """
        if not self.live:
            return self.at
        heard = [heard_at(one) for one in facts if isinstance(one, ConsentRecord) and one.state in REFUSALS]
        return max([self.at, *heard])


def moment(setup: Setup, as_of: datetime | None, known_at: datetime | None, /, *, called: str = "as_of") -> Moment:
    """Return the moment asked for; times must be aware. *called* is what the caller calls the first of them.

    Raises:
        InvalidFactError: If one has no time zone.
    """
    return Moment(
        setup.clock(),
        None if as_of is None else aware(as_of, field=called),
        None if known_at is None else aware(known_at, field="known_at"),
        live=as_of is None and known_at is None,
    )


@attrs.frozen
class Person:
    """One person's facts and profile; *proven* is False when a machine link holds them together.

    *changes_at* is when a computed trait changes by itself: its window moves on, or what was announced happens.
    *today* is what is known now of those to whom a person as known then belongs now, if that is another moment.
    """

    profile: Profile
    facts: tuple[Fact, ...]
    proven: bool = True
    changes_at: datetime | None = None
    today: tuple[Said, ...] = ()


@attrs.frozen
class Said:
    """What somebody said, and whether it is proven to be one person's."""

    records: tuple[ConsentRecord, ...]
    proven: bool


def people(who: Sequence[Who], setup: Setup, when: Moment, /) -> Plan[list[Person]]:
    """Return each of *who* with facts and profile.

    Raises:
        UnknownProfileError: If one of them is nobody; with why.
        ErasedError: If one of them was erased.
    """
    who = list(many(who, "who"))
    return (yield from told_apart(_people(who, setup, when), who, setup))


def _people(who: Sequence[Who], setup: Setup, when: Moment) -> Plan[list[Person]]:
    if when.known_at is not None:
        thens = yield from as_known([(one, when.known_at) for one in who], setup)
        return (yield from people_then([existing(then) for then in thens], setup, [when] * len(thens)))
    found = yield from find(who, setup.rules)
    ids = [one.one() for one in found]
    owned_by = yield from belongings(ids, setup.rules)
    linked = yield from machine_linked(owned_by)
    made = {name: _person(name, owned_by[name], setup, when, proven=name not in linked) for name in dict.fromkeys(ids)}
    return [made[name] for name in ids]


def present(ids: Sequence[str], setup: Setup, when: Moment, /) -> Plan[list[Person]]:
    """Return those of *ids* that still have a profile of their own: others merged, or came apart, since."""
    (rows,) = (yield Load((Get(PROFILES, [(name,) for name in ids]),))) or ([],)
    alive = {row.profile for row in rows}
    return (yield from people([name for name in ids if name in alive], setup, when))


def existing(then: Then | Nobody, /) -> Then:
    """Return *then*, or say why there was nobody."""
    if isinstance(then, Nobody):
        raise then.error
    return then


def people_then(thens: Sequence[Then], setup: Setup, whens: Sequence[Moment], /) -> Plan[list[Person]]:
    """Return everybody of *thens* as known at a moment, with profile, and with what is known today."""
    nodes = sorted({node for then in thens for node in then.owned.nodes})
    (rows,) = (yield Load((Get(NODES, [(node,) for node in nodes]),))) or ([],) if nodes else ([],)
    home = {row.node: row.profile for row in rows if row.profile is not None}
    owned = yield from belongings(sorted(set(home.values())), setup.rules)
    linked = yield from machine_linked(owned)
    said = {name: Said(_records(own, setup), name not in linked) for name, own in owned.items()}
    return [
        attrs.evolve(
            _person(then.profile, then.owned, setup, when, proven=then.proven),
            today=tuple(said[name] for name in sorted({home[node] for node in then.owned.nodes if node in home})),
        )
        for then, when in zip(thens, whens, strict=True)
    ]


def _records(owned: Belongings, setup: Setup) -> tuple[ConsentRecord, ...]:
    found = (decode(row, tenant=setup.tenant) for row in owned.facts if row.kind == "consent")
    return tuple(one for one in found if isinstance(one, ConsentRecord))


def _person(name: str, owned: Belongings, setup: Setup, when: Moment, *, proven: bool) -> Person:
    facts = tuple(decode(row, tenant=setup.tenant) for row in owned.facts)
    state = FoldState(setup.profile_rules, as_of=when.as_of, known_at=when.known_at)
    state.update(facts)
    identifiers = [Identifier.of(node) for node in owned.nodes]
    profile = state.result(profile_id=name, identifiers=identifiers, now=when.now)
    early = profile.last_at is not None and profile.last_at > when.now
    turns = early or setup.profile_rules.needs_now
    return Person(profile, facts, proven, state.next_change_at(when.now) if turns else None)


def permission_of(
    person: Person, setup: Setup, when: Moment, *, purpose: str, channel: str, brand: str = "", recipient: str = ""
) -> Permission:
    """Return whether this person's values may be used for *purpose* on *channel*, and given to *recipient*."""
    use(purpose, channel, brand)
    declared(setup, brand)
    records = [fact for fact in person.facts if isinstance(fact, ConsentRecord)]
    return decide(
        records,
        purpose,
        channel,
        purposes=None if setup.policy else setup.purposes,
        policy=setup.policy,
        brand=brand,
        recipient="" if setup.policy and recipient in setup.policy.processors else recipient,
        situation=situation_of(person, setup, when.at),
        at=when.after(records),
        known_at=when.known_at,
        proven=person.proven,
    )


def situation_of(person: Person, setup: Setup, at: datetime, given: Situation | None = None, /) -> Situation:
    """Return what is known of *person* beside their consents: what was *given*, and that they are a child.

    A birth date that was told to the hub counts, whether the caller thinks of it or not; of a guessed person the
    youngest. Of those who are of age, and were when they consented, nothing is added.
    """
    found, policy = given or NOTHING_KNOWN, setup.policy
    told = None if policy is None or found.birth_date is not None else person.profile.traits.get(policy.birth_date)
    if policy is None or told is None:
        return found
    values = [told.value] if person.proven else [told.value, *(value for value, _ in told.losers)]
    born = [day for one in values if (day := born_on(one)) is not None]
    if not born:
        return found
    child, limit = attrs.evolve(found, birth_date=max(born)), policy.of_age
    yes = (heard_at(one) for one in person.facts if isinstance(one, ConsentRecord) and one.state in GRANTS)
    return child if any(child.younger_than(limit, when) for when in (at, *yes)) else found


def shown_to(
    person: Person, setup: Setup, when: Moment, *, purpose: str, channel: str, brand: str = "", recipient: str = ""
) -> Permission:
    """Return whether this person's values may be shown, which is a use now: values of the past are permitted twice.

    They must have been permitted then, or nobody saw them; and they must be now, or a withdrawal would be got around by
    asking for yesterday.
    """
    asked = {"purpose": purpose, "channel": channel, "brand": brand, "recipient": recipient}
    answer = permission_of(person, setup, when, **asked)
    if not answer.granted or (when.as_of is None and when.known_at is None):
        return answer
    today = person.today or (Said((), proven=True),)
    if when.known_at is None:
        today = (Said(tuple(one for one in person.facts if isinstance(one, ConsentRecord)), person.proven),)
    for said in today:
        now = attrs.evolve(person, facts=said.records, proven=said.proven)
        found = permission_of(now, setup, Moment(when.now, live=True), **asked)
        if not found.granted:
            return found
    return answer


def view_of(
    person: Person, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str, recipient: str = ""
) -> PurposeView:
    """Return *person* as *purpose* may see them on *channel*, to be given to *recipient* if one is named."""
    use = {"purpose": purpose, "channel": channel, "brand": brand, "recipient": recipient}
    permission = shown_to(person, setup, when, **use)
    return view(own_part(person, setup, when, permission).profile, setup.purposes[purpose], permission)


def own_part(person: Person, setup: Setup, when: Moment, permission: Permission, /) -> Person:
    """Return what of *person* may be shown by *permission*: of a guessed person the part whose own yes it is.

    Else one's yes would show the address of another, of whom a machine believes that they are the same.
    """
    said = granting(permission)
    if person.proven or not said:
        return person
    facts = part_of(person.facts, person.profile, said, setup)
    profile = profile_of(facts, person.profile, setup, now=when.now, as_of=when.as_of, known_at=when.known_at)
    return attrs.evolve(person, facts=facts, profile=profile)


def views(
    who: Sequence[Who], setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str
) -> Plan[list[PurposeView]]:
    """Return each of *who* as *purpose* may see them on *channel*.

    Raises:
        UnknownNameError: If the purpose is not registered.
    """
    asked(setup, purpose, channel, brand)
    found = yield from people(who, setup, when)
    return [view_of(one, setup, when, purpose=purpose, channel=channel, brand=brand) for one in found]


def asked(setup: Setup, purpose: str, channel: str, brand: str, /) -> None:
    """Check for what, where and by whom somebody is read, even where there is nobody.

    Raises:
        InvalidInputError: If one of them is no name.
        UnknownNameError: If the purpose is not registered.
    """
    use(purpose, channel, brand)
    declared(setup, brand)
    setup.purposes[purpose]


def declared(setup: Setup, brand: str, /) -> None:
    """Refuse a brand that the business does not have, if it said which it has.

    Raises:
        UnknownNameError: If there is none of that name.
    """
    if brand and setup.brands and all(one.name != brand for one in setup.brands):
        raise UnknownNameError(kind="declared brand", name=brand, known=[one.name for one in setup.brands])


def raw(who: Who, setup: Setup, when: Moment, /, *, because: Why) -> Plan[Person]:
    """Return a person whole, and record that this was done and why."""
    (person,) = yield from people([who], setup, when)
    yield from recorded([person.profile.id], because, setup)
    return person


def resolved(who: Who, setup: Setup, known_at: datetime | None = None, /) -> Plan[str]:
    """Return the live profile id of *who*, or the one that was live at *known_at*.

    Raises:
        UnknownProfileError: If nobody is; with why.
        ErasedError: If they were erased.
    """
    return (yield from told_apart(_resolved(who, setup, known_at), [who], setup))


def _resolved(who: Who, setup: Setup, known_at: datetime | None) -> Plan[str]:
    if known_at is not None:
        (then,) = yield from as_known([(who, known_at)], setup)
        return existing(then).profile
    (found,) = yield from find([who], setup.rules)
    return found.one()
