"""What the hub does when somebody is to be forgotten: it plans, carries out, and cleans up."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.hub import erasing_done, erasing_kept, erasing_orders, erasing_whom, shredding
from unified_profile.hub.arguments import LONGEST, flag, many, name, number
from unified_profile.hub.courses import Course, Upkeep, reading as reads, writing as writes
from unified_profile.hub.erasing_gate import told_apart
from unified_profile.hub.memberships import followed
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.rights.anonymising import AnonymousCount
from unified_profile.rights.erasing import Erasure, ErasurePlan, Scope
from unified_profile.rights.holds import ConsentProof, HeldFact

SEALS, SHRED = "seals", "shred"
"""What a store is asked if it seals values: whether it does, and to destroy the keys of those who are gone."""

CLEAN, OVERWRITE = "scrub", "overwrite"
"""What a store is asked to do after an erasure, if it can: leave nothing deleted in its logs, or anywhere in files."""


def plan(setup: Setup, who: Who | Sequence[Identifier], /, *, scope: str) -> Course[ErasurePlan]:
    """See ``Hub.plan_erasure``."""
    asked = _who(who)
    wanted = erasing_whom.wanted_of(asked, setup, scope=Scope.of(scope))
    id_ = f"erasure:{secrets.token_hex(10)}"
    apart: list[object] = [asked] if isinstance(asked, str) else []
    return (yield from reads(lambda: told_apart(erasing_whom.planned(id_, wanted, setup), apart, setup)))


def erase(setup: Setup, planned: ErasurePlan, /, *, anonymous: bool = False, overwrite: bool = True) -> Course[Erasure]:
    """See ``Hub.erase`` and ``Hub.anonymise``."""
    if not isinstance(planned, ErasurePlan):
        raise InvalidInputError(field="plan", reason=f"a {type(planned).__name__}", hint="hub.plan_erasure(...)")
    now = flag(overwrite, "overwrite")
    who = [planned.profile] if planned.profile else []
    yield from writes(lambda: told_apart(erasing_orders.ordered(planned, setup, anonymous=anonymous), who, setup))
    return (yield from finish(setup, [planned.id], overwrite=now))[0]


def finish(setup: Setup, ids: Sequence[str], /, *, overwrite: bool = True) -> Course[list[Erasure]]:
    """Carry out the orders *ids*, destroy the keys of what was sealed, and clean up after all of them at once."""
    sealed = (yield Upkeep(SEALS)) is True
    found: list[Erasure] = []
    for id_ in ids:
        gone = lambda id_=id_: erasing_done.carried_out(id_, setup, sealed=sealed)  # noqa: E731  # bound at once
        found.append((yield from writes(followed(gone, setup))))
    if all(done.state != "erased" for done in found) or not (yield from _clean(setup, overwrite=overwrite)):
        return found
    for place, done in enumerate(found):
        if done.state == "erased":
            last = yield from writes(lambda done=done: erasing_done.cleaned(done.id))  # type: ignore[misc]  # bound at once
            found[place] = erasing_kept.with_values(last, done)
    return found


def _clean(setup: Setup, /, *, overwrite: bool) -> Course[bool]:
    """Destroy the keys that have to go, and what is left in files; say whether nothing is: else a later call tries."""
    if not (yield from shredded(setup)):
        return False
    return (yield from files_cleaned()) if overwrite else (yield from _cleaned_in_part())


def files_cleaned() -> Course[bool]:
    """Leave nothing deleted in files, logs included; say whether that was possible: somebody may read there still."""
    if (yield Upkeep(OVERWRITE, only_ask=True)):  # a store that overwrites does what is needed before, too
        return (yield Upkeep(OVERWRITE)) is not False
    return (yield Upkeep(CLEAN)) is not False


def _cleaned_in_part() -> Course[bool]:
    """Leave nothing deleted in logs; say whether nothing is left anywhere by that."""
    return (yield Upkeep(CLEAN)) is not False and not (yield Upkeep(OVERWRITE, only_ask=True))


def shredded(setup: Setup, /) -> Course[bool]:
    """Destroy the keys that have to go, if there are any; say whether none is left."""
    if not (yield from reads(shredding.waiting)):
        return True
    return (yield Upkeep(SHRED, (setup.tenant, to_micros(setup.clock())))) is True


def resume(setup: Setup, /) -> Course[list[Erasure]]:
    """See ``Hub.resume_erasures``."""
    found: list[Erasure] = []
    for state in ("erased", "ordered"):  # an order that cannot be carried out must not keep files from being cleaned
        waiting = yield from reads(lambda state=state: erasing_orders.pending((state,)))  # type: ignore[misc]  # bound at once
        found += yield from finish(setup, [row.id for row in waiting])
    yield from shredded(setup)  # a sweep may have left some
    return found


def erasures(limit: int, /) -> Course[list[Erasure]]:
    """See ``Hub.erasures``."""
    limit = number(limit, "limit")
    rows = yield from reads(lambda: erasing_orders.pending(("ordered", "erased", "done")))
    return [erasing_orders.report_of(row) for row in rows[:limit]]


def held(setup: Setup, /, *, hold: str, reason: str, by: str) -> Course[list[HeldFact]]:
    """See ``Hub.held_facts``."""
    wanted, why = name(hold, "hold"), erasing_kept.why(reason, by)
    return (yield from writes(lambda: erasing_kept.held(wanted, why, setup)))


def proofs(setup: Setup, who: Identifier, /) -> Course[list[ConsentProof]]:
    """See ``Hub.consent_proofs``."""
    if not isinstance(who, Identifier):
        raise InvalidInputError(field="who", reason="not an Identifier", hint="the one that the consent was given for")
    return (yield from reads(lambda: erasing_kept.proofs(who, setup)))


def anonymous_counts(least: int, /) -> Course[list[AnonymousCount]]:
    """See ``Hub.anonymous_counts``."""
    least = number(least, "least", least=1)
    return (yield from reads(lambda: erasing_kept.counts(least)))


def _who(who: Any) -> Who | Sequence[Identifier]:
    if isinstance(who, Identifier) or (isinstance(who, str) and who.isprintable() and 0 < len(who) <= LONGEST):
        return who
    if isinstance(who, str) or not isinstance(who, Iterable):
        raise InvalidInputError(field="who", reason="neither a profile id nor Identifiers", hint="pass one, or a list")
    found = list(many(who, "who"))
    if not found or not all(isinstance(one, Identifier) for one in found):
        raise InvalidInputError(field="who", reason="not Identifiers of one person", hint="pass one, or a list")
    return found
