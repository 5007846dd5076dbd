"""Consents at the door: a withdrawal must not be lost to a spelling.

Purposes are matched to those that are registered, and channels to one spelling, before anything is kept. What names no
registered purpose is refused with a reason instead of being taken and never heard again.
"""

from __future__ import annotations

import unicodedata

import attrs

from unified_profile.consent.scopes import RESERVED
from unified_profile.errors import InvalidFactError, UnknownNameError
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import ConsentRecord

_CHANNELS = {"e-mail": "email", "e mail": "email", "mail": "email", "text": "sms", "telephone": "phone"}


def heard(record: ConsentRecord, setup: Setup, /) -> ConsentRecord:
    """Return *record* with the registered spelling of its purpose and channel.

    Raises:
        InvalidFactError: If purposes are registered and it names none of them.
    """
    purpose, channel = _purpose(record.purpose, setup), _channel(record.channel)
    if (purpose, channel) == (record.purpose, record.channel):
        return record
    return attrs.evolve(record, purpose=purpose, channel=channel)


def _channel(given: str) -> str:
    folded = _folded(given)
    return _CHANNELS.get(folded, folded)


def _purpose(given: str, setup: Setup) -> str:
    registry = setup.purposes
    if not len(registry) or given in registry or given in RESERVED:
        return given
    known = {_folded(purpose.name): purpose.name for purpose in registry}
    found = known.get(_folded(given))
    if found is None:
        unknown = UnknownNameError(kind="registered purpose", name=given, known=known.values())
        raise InvalidFactError(field="purpose", reason=str(unknown), hint="register it, or replay it under another")
    return found


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
