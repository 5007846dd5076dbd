"""Consents at the door: a withdrawal must not be lost to a spelling.

Purposes and brands are matched to those that are declared, and channels to one spelling, before anything is kept. What
names no declared one is refused with a reason instead of being taken and never heard again.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from unified_profile.consent.scopes import RESERVED
from unified_profile.consent.spelling import EVERY, one_channel, one_name
from unified_profile.consent.states import REFUSALS
from unified_profile.errors import InvalidFactError, UnknownNameError
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.values import Brand, spelled


def heard(record: ConsentRecord, setup: Setup, now: datetime, /) -> ConsentRecord:
    """Return *record* with the registered spelling of its purpose, channel and brand.

    When it was learned is the sender's to say for the past only: what is handed in has been heard by *now*, or a yes of
    next year would come back over a no of tomorrow.

    Raises:
        InvalidFactError: If purposes or brands are declared and it names none of them.
    """
    if record.recorded_at is not None and record.recorded_at > now:
        record = attrs.evolve(record, recorded_at=None)
    refused = record.state in REFUSALS
    purpose, channel = _purpose(record.purpose, setup, refused=refused), one_channel(record.channel)
    brand = "" if refused and spelled(record.brand) in EVERY else _brand(record.brand, setup)
    if (purpose, channel, brand) == (record.purpose, record.channel, record.brand):
        return record
    return attrs.evolve(record, purpose=purpose, channel=channel, brand=brand)


def _brand(given: str, setup: Setup) -> str:
    if not given or not setup.brands:
        return given
    found = Brand.known(given, setup.brands)
    if found is None:
        unknown = UnknownNameError(kind="declared brand", name=given, known=[one.name for one in setup.brands])
        raise InvalidFactError(field="brand", reason=str(unknown), hint="declare it, or replay it under another")
    return found.name


def _purpose(given: str, setup: Setup, *, refused: bool) -> str:
    registry = setup.purposes
    if refused and one_name(given) in EVERY:  # to refuse everything one need not know what there is
        return one_name(given)
    reserved = RESERVED if setup.policy is None else setup.policy.reserved
    if not len(registry) or given in registry or given in reserved:
        return given
    known = {one_name(purpose.name): purpose.name for purpose in registry} | {one_name(one): one for one in reserved}
    found = known.get(one_name(given))
    if found is None:
        unknown = UnknownNameError(kind="registered purpose", name=given, known=[one.name for one in registry])
        raise InvalidFactError(field="purpose", reason=str(unknown), hint="register it, or replay it under another")
    return found
