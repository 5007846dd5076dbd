"""What the hub does when it is asked to enter what was done into the audit log, and to prove it."""

from __future__ import annotations

from unified_profile.consent.evidence import replayed
from unified_profile.consent.permits import BOUND
from unified_profile.consent.policy import Policy, plain
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.errors import ErasedError, InvalidInputError, UnknownProfileError
from unified_profile.hub import notarizing
from unified_profile.hub.arguments import many, number
from unified_profile.hub.courses import Course, reading as reads, writing as writes
from unified_profile.hub.door import batches
from unified_profile.hub.driver import Plan
from unified_profile.hub.notarizing import BATCH, Notarized
from unified_profile.hub.reading import moment, people, permission_of, resolved
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.views import Permission
from unified_profile.rights.proof.entries import DECISION, DISCLOSURE, PERMIT, Entry, decision_in, entries_of
from unified_profile.rights.proof.heads import TreeHead
from unified_profile.rights.proof.proofs import ConsistencyProof, InclusionProof
from unified_profile.rights.proof.pseudonyms import Pseudonyms
from unified_profile.storage.commands import Find, Load
from unified_profile.storage.tables import ANCHORS, NODES


def notarize(setup: Setup, made: object, /, *, keys: Pseudonyms) -> Course[Notarized]:  # noqa: ARG001  # as all courses
    """See ``Hub.notarize``."""
    held = _keys(keys)
    found = [one for item in many(made, "made") for one in entries_of(item, held)]
    first, size = -1, 0
    for some in batches(found, BATCH):
        done = yield from writes(lambda some=some: notarizing.entered(some))  # type: ignore[misc]  # bound at once
        first, size = (done.first if first < 0 else first), done.size
    more = True
    while more:
        done, more = yield from writes(lambda: notarizing.caught_up(held))
        first, size = (done.first if first < 0 else first), done.size
    return Notarized(first, size)


def head(setup: Setup, /, *, size: int | None) -> Course[TreeHead]:
    """See ``Hub.log_head``."""
    wanted = None if size is None else number(size, "size")
    return (yield from reads(lambda: notarizing.head(setup, wanted, setup.clock())))


def inclusion(place: int, /, *, size: int | None) -> Course[InclusionProof]:
    """See ``Hub.prove_entry``."""
    wanted, place = (None if size is None else number(size, "size")), number(place, "place")
    return (yield from reads(lambda: notarizing.inclusion(place, wanted)))


def consistency(old: int, new: int | None, /) -> Course[ConsistencyProof]:
    """See ``Hub.prove_growth``."""
    wanted, old = (None if new is None else number(new, "new")), number(old, "old")
    return (yield from reads(lambda: notarizing.consistency(old, wanted)))


def entries(
    setup: Setup, /, *, who: Who | None, keys: Pseudonyms | None, after: int, limit: int
) -> Course[list[Entry]]:
    """See ``Hub.log_entries``."""
    after, limit = number(after, "after"), number(limit, "limit")
    if who is None:
        return (yield from reads(lambda: notarizing.entries(after, limit)))
    held = _keys(keys)
    ids = yield from reads(lambda: ids_of(who, setup))
    subjects = [name for one in ids for name in held.all_of("profile", one)]
    found = yield from reads(lambda: notarizing.about(subjects))
    return [one for one in found if one.place >= after][:limit]


def replay(
    setup: Setup, place: int, who: Who, /, *, keys: Pseudonyms, policy: Policy | None, situation: Situation | None
) -> Course[Permission]:
    """See ``Hub.replay_entry``."""
    place, held = number(place, "place"), _keys(keys)
    if policy is not None and not isinstance(policy, Policy):
        raise InvalidInputError(field="policy", reason=f"a {type(policy).__name__}", hint="see consent.Policy")
    if situation is not None and not isinstance(situation, Situation):
        raise InvalidInputError(field="situation", reason=f"a {type(situation).__name__}", hint="see consent.Situation")
    entry = yield from reads(lambda: notarizing.entry(place))
    if entry.kind not in {DECISION, PERMIT, DISCLOSURE}:
        raise InvalidInputError(field="place", reason=f"holds no decision, but {entry.kind}", hint="see log_entries")
    ids = yield from reads(lambda: _known(setup, who))
    profile = next((one for one in ids if entry.subject in held.all_of("profile", one)), None)
    if profile is None:
        raise InvalidInputError(field="who", reason="the entry is about somebody else", hint="or a key is missing")
    if entry.kind == DECISION:
        known = yield from reads(lambda: _consents(setup, who))
        made = decision_in(entry, profile, [one.id for one in known], held, situation=situation or NOTHING_KNOWN)
        chosen = policy or (plain(setup.purposes) if setup.policy is None else setup.policy)
        return replayed(made, known, chosen)
    return (yield from reads(lambda: _again(setup, who, entry)))


def _again(setup: Setup, who: Who, entry: Entry) -> Plan[Permission]:
    """Decide a permit or a disclosure again, as of the moment of the entry and as known then."""
    use = entry.body["use"]
    asked = {part: str(use[part]) for part in BOUND if isinstance(use, dict) and part != "action"}
    when = moment(setup, entry.at, entry.at)
    (person,) = yield from people([who], setup, when)
    return permission_of(person, setup, when, **asked)


def _known(setup: Setup, who: Who) -> Plan[list[str]]:
    try:
        return (yield from ids_of(who, setup))
    except UnknownProfileError:
        pass
    raise ErasedError("nobody is known under it any more: the person was erased, or never was")


def _consents(setup: Setup, who: Who) -> Plan[list[ConsentRecord]]:
    (person,) = yield from people([who], setup, moment(setup, None, None))
    return [fact for fact in person.facts if isinstance(fact, ConsentRecord)]


def ids_of(who: Who, setup: Setup, /) -> Plan[list[str]]:
    """Return every id that leads to *who* now, the live one first.

    Raises:
        UnknownProfileError: If *who* is nobody; with why.
    """
    profile = yield from resolved(who, setup)
    (members,) = (yield Load((Find(NODES, "profile", [profile]),))) or ([],)
    (anchors,) = (yield Load((Find(ANCHORS, "node", [row.node for row in members]),))) or ([],)
    return list(dict.fromkeys([profile, *sorted(row.profile for row in anchors)]))


def _keys(keys: object) -> Pseudonyms:
    if isinstance(keys, Pseudonyms):
        return keys
    raise InvalidInputError(field="keys", reason=f"a {type(keys).__name__}", hint="Pseudonyms.fresh(), and keep it")
