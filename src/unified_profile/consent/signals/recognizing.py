"""Which kind of string is it?  Recognized by its first character, as the specifications provide for."""

from __future__ import annotations

from unified_profile.consent.signals.gpp import GPPString, decode_gpp
from unified_profile.consent.signals.reading import STRICT, Attempt, Reading, fault
from unified_profile.consent.signals.tcf import TCString, decode_tc
from unified_profile.consent.signals.usp import USPrivacy, decode_usp
from unified_profile.errors import InvalidSignalError


def decode_signal(text: str, /, *, reading: Reading = STRICT) -> TCString | GPPString | USPrivacy:
    """Return what a string says, whichever kind it is: ``C…`` is a TC string, ``D…`` a GPP string, ``1…`` US Privacy.

    >>> decode_signal("1YNN").prefix
    'uspv1'

    Raises:
        InvalidSignalError: If it is none of them, or breaks.

    .. versionadded:: 0.1
    """
    try:
        return _decode(text, Attempt(reading).text(text, signal="signal")[0], reading)
    except InvalidSignalError as error:
        told = error.with_traceback(None)
    del text  # a report that shows the locals of this error must not show the string
    raise told


def _decode(text: str, first: str, reading: Reading) -> TCString | GPPString | USPrivacy:
    """Decode *text* as it came, so that blanks around it are told as the repair that they need."""
    if first == "D":
        return decode_gpp(text, reading=reading)
    if first == "1":
        return decode_usp(text, reading=reading)
    if first == "C" or (reading.order and first in "IJKLMNOPQRSTUVWXYZabcdef"):
        return decode_tc(text, reading=reading)
    if first == "B":
        raise fault("wrong_version", "a TC string of version 1, which no longer counts", "tcf", segment="core", bit=0)
    raise fault("wrong_version", "no kind of string that is known", "signal", bit=0, hint="C… (TCF), D… (GPP) or 1YNN")
